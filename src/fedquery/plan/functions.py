"""The language: which nodes and functions a statement may hold, by allow-list, and which of them can never raise.

Listed by semantic class: deterministic, no I/O, no catalogue, session or statistics access. Whatever is not here is
refused, so a new release of the parser or the engine adds nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from fedquery.arrow import LogicalType

#: Structure: what a SELECT is made of.
STRUCTURE: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery, exp.CTE, exp.With, exp.From, exp.Join, exp.Where,
        exp.Group, exp.Having, exp.Qualify, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Distinct, exp.Table,
        exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Literal, exp.Boolean, exp.Null, exp.Placeholder,
        exp.Paren, exp.Tuple, exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var, exp.Window, exp.WindowSpec, exp.Filter,
        exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls, exp.Cube, exp.Rollup, exp.GroupingSets, exp.If, exp.Fetch,
    }
)  # fmt: skip

#: Operators.
OPERATORS: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is,
        exp.In, exp.Between, exp.Like, exp.ILike, exp.Escape, exp.Exists, exp.Any, exp.All, exp.Add, exp.Sub, exp.Mul, exp.Div,
        exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe, exp.Case, exp.Cast, exp.TryCast,
    }
)  # fmt: skip

SCALAR: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.Abs, exp.Ceil, exp.Floor, exp.Round, exp.Sign, exp.Sqrt, exp.Pow, exp.Ln, exp.Log, exp.Exp, exp.Greatest, exp.Least,
        exp.Coalesce, exp.Nullif, exp.Trunc, exp.Pi, exp.IsNan, exp.IsInf,
        exp.Upper, exp.Lower, exp.Length, exp.Trim, exp.Left, exp.Right, exp.Substring, exp.Replace, exp.Concat, exp.ConcatWs,
        exp.Reverse, exp.StartsWith, exp.EndsWith, exp.Contains, exp.StrPosition, exp.SplitPart, exp.RegexpLike,
        exp.RegexpReplace,
        exp.RegexpExtract, exp.RegexpFullMatch, exp.Translate,
        exp.TimestampTrunc, exp.DateTrunc, exp.DateDiff, exp.DateAdd, exp.Extract, exp.Year, exp.Month, exp.Day, exp.Quarter,
        exp.Week, exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfYear, exp.Hour, exp.Minute, exp.Second, exp.TimeToStr,
        exp.StrToTime,
        exp.DateFromParts, exp.LastDay, exp.CurrentDate, exp.CurrentTimestamp, exp.ToDays, exp.Monthname, exp.Dayname,
    }
)  # fmt: skip

AGGREGATES: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.LogicalOr, exp.LogicalAnd, exp.AnyValue, exp.First,
        exp.Last, exp.ArgMax, exp.ArgMin, exp.GroupConcat, exp.Stddev, exp.StddevSamp, exp.StddevPop, exp.Variance,
        exp.VariancePop, exp.Median, exp.PercentileCont, exp.PercentileDisc, exp.Mode, exp.Corr, exp.CovarPop, exp.CovarSamp,
        exp.Grouping,
    }
)  # fmt: skip

WINDOWS: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue,
        exp.LastValue, exp.NthValue,
    }
)  # fmt: skip

#: The gateway's own: a written value becomes its token (:mod:`fedquery.plan.lookups`).
LOOKUP = "lookup"

#: Functions that the parser knows by name only.
NAMED = frozenset(
    {
        "strlen", "suffix", "prefix", "date_part", "date_sub", "age", "now", "to_months", "to_years", "isfinite", "product",
        LOOKUP,
    }
)  # fmt: skip
NAMED_AGGREGATES = frozenset({"product"})
#: The kinds of node that an aggregate may be.
_FOLDING = AGGREGATES | {exp.Anonymous}

ALLOWED = STRUCTURE | OPERATORS | SCALAR | AGGREGATES | WINDOWS

#: Read the clock: folded once per query, before anything is planned.
CLOCK: frozenset[type[exp.Expr]] = frozenset({exp.CurrentDate, exp.CurrentTimestamp})
CLOCK_NAMED = frozenset({"now"})

COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip

AGGREGATE_NAMES: dict[type[exp.Expr], str] = {
    exp.Count: "count", exp.Sum: "sum", exp.Avg: "avg", exp.Min: "min", exp.Max: "max", exp.LogicalOr: "bool_or",
    exp.LogicalAnd: "bool_and",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signature:
    """A total function of DuckDB by one type of its arguments: where they are in the node, what they may be, what it gives.

    A ``count`` is a written whole number from 0 on, a ``place`` one from 1 on, a ``word`` a written text.
    """

    name: str
    arguments: tuple[tuple[str, str], ...]
    gives: LogicalType


def _signature(name: str, gives: str, **arguments: str) -> Signature:
    return Signature(name, tuple(arguments.items()), LogicalType(gives))


SIGNATURES: dict[type[exp.Expr], Signature] = {
    exp.Upper: _signature("upper", "varchar", this="varchar"),
    exp.Lower: _signature("lower", "varchar", this="varchar"),
    exp.Length: _signature("length", "bigint", this="varchar"),
    exp.Left: _signature("left", "varchar", this="varchar", expression="count"),
    exp.Right: _signature("right", "varchar", this="varchar", expression="count"),
    exp.Substring: _signature("substring", "varchar", this="varchar", start="place", length="count"),
    exp.StartsWith: _signature("starts_with", "boolean", this="varchar", expression="varchar"),
    exp.EndsWith: _signature("ends_with", "boolean", this="varchar", expression="varchar"),
    exp.Contains: _signature("contains", "boolean", this="varchar", expression="varchar"),
    exp.DPipe: _signature("||", "varchar", this="varchar", expression="varchar"),
    exp.Year: _signature("year", "bigint", this="day"),
    exp.Quarter: _signature("quarter", "bigint", this="day"),
    exp.Month: _signature("month", "bigint", this="day"),
    exp.Day: _signature("day", "bigint", this="day"),
    exp.DayOfWeek: _signature("dayofweek", "bigint", this="day"),
    exp.DayOfWeekIso: _signature("isodow", "bigint", this="day"),
    exp.DayOfYear: _signature("dayofyear", "bigint", this="day"),
    exp.TimeToStr: _signature("strftime", "varchar", this="day", format="word"),
    exp.TimestampTrunc: _signature("date_trunc", "timestamp", this="day", unit="word"),
    exp.DateTrunc: _signature("date_trunc", "timestamp", this="day", unit="word"),
}
#: Parts of a day that EXTRACT and date_part give as their own function does.
DAY_PARTS = {s.name: s for s in SIGNATURES.values() if s.arguments == (("this", "day"),)}


def is_aggregate(node: exp.Expr) -> bool:
    """Whether the node folds many rows into one value."""
    return type(node) in AGGREGATES or (isinstance(node, exp.Anonymous) and node.name.lower() in NAMED_AGGREGATES)


def has_aggregate(*nodes: exp.Expr) -> bool:
    """Whether anything in the nodes is an aggregate, of a sub-query too."""
    return any(type(inner) in _FOLDING and is_aggregate(inner) for node in nodes for inner in node.walk())


def reads_clock(node: exp.Expr) -> bool:
    """Whether the node's value depends on when it is evaluated."""
    return type(node) in CLOCK or (isinstance(node, exp.Anonymous) and node.name.lower() in CLOCK_NAMED)
