"""Which expressions may be asked of a source: total ones, that the source declares to answer exactly as DuckDB does.

An expression that can raise never travels past a row filter or a mask: its error would tell of a row that the caller may
not see. Each refusal is a sentence that ``explain`` shows.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from fedquery.arrow import FLOATS, INTEGERS, LogicalType
from fedquery.plan.constants import constant_type, constant_value
from fedquery.plan.functions import AGGREGATE_NAMES, COMPARISONS, is_aggregate
from fedquery.spi import Capabilities

#: The type of a column node at the source; None for one that is not the source's.
TypeOf = Callable[[exp.Column], LogicalType | None]

#: Functions of DuckDB that can be NULL and can never raise, for sources that run DuckDB themselves.
TOTAL = frozenset(
    {
        exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Upper, exp.Lower, exp.Length, exp.Left,
        exp.Right, exp.Substring, exp.StartsWith, exp.EndsWith, exp.Contains, exp.Like, exp.ILike, exp.Concat, exp.DPipe,
        exp.Year, exp.Month, exp.Day, exp.Quarter, exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfYear, exp.TimeToStr,
        exp.TimestampTrunc, exp.DateTrunc, exp.Var, exp.Literal, exp.Null, exp.Boolean, exp.Filter, exp.Where,
    }
)  # fmt: skip


def obstacle(node: exp.Expr, type_of: TypeOf, capabilities: Capabilities) -> str | None:
    """Why the condition stays at the gateway; None when the source may be asked it."""
    match node:
        case exp.And() | exp.Or():
            return obstacle(node.this, type_of, capabilities) or obstacle(node.expression, type_of, capabilities)
        case exp.Not() | exp.Paren():
            return obstacle(node.this, type_of, capabilities)
        case exp.Boolean():
            return None
        case exp.Column():
            own = type_of(node)
            if own is not None and own.name == "boolean":
                return _declared(capabilities, own, "=")
            return "a bare column that is no yes or no"
        case exp.Is() if isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Null):
            own = type_of(node.this)
            return _declared(capabilities, own, "null") if own else "a column of another place"
        case exp.In() if not node.args.get("query"):
            return _each(node.this, node.expressions, "in", type_of, capabilities)
        case exp.Between():
            bounds = [node.args["low"], node.args["high"]]
            return _each(node.this, bounds, ">=", type_of, capabilities) or _each(
                node.this, bounds, "<=", type_of, capabilities
            )
        case exp.NullSafeEQ() | exp.NullSafeNEQ():
            return _each(node.this, [node.expression], "=", type_of, capabilities)
    if operator := COMPARISONS.get(node.__class__):
        reason = _each(node.this, [node.expression], operator, type_of, capabilities)
        if reason and isinstance(node.expression, exp.Column) and not isinstance(node.this, exp.Column):
            reason = _each(node.expression, [node.this], operator, type_of, capabilities)
        if not (reason and capabilities.embedded):
            return reason
    if capabilities.embedded:
        return value_obstacle(node, type_of, capabilities)
    return f"{node.key.upper()} can raise, or is not declared exact at this source"


def value_obstacle(node: exp.Expr, type_of: TypeOf, capabilities: Capabilities) -> str | None:
    """Why a value expression stays at the gateway; columns and constants travel, functions only to embedded sources."""
    if isinstance(node, (exp.Alias, exp.Paren)):
        return value_obstacle(node.this, type_of, capabilities)
    if isinstance(node, exp.Column):
        return None if type_of(node) is not None else "a column of another place"
    if constant_type(node) is not None:
        return None
    if not capabilities.embedded:
        return f"{node.key.upper()} is not declared exact at this source"
    if is_aggregate(node):
        return aggregate_obstacle(node, type_of, capabilities)
    if (
        type(node) in TOTAL
        or type(node) in COMPARISONS
        or isinstance(node, (exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ))
    ):
        if node.args.get("query"):
            return "a sub-query"
        if type(node) in COMPARISONS and not _same_types(node, type_of):
            return "it compares values of different types, which can raise"
        return next((r for child in node.iter_expressions() if (r := value_obstacle(child, type_of, capabilities))), None)
    return f"{node.key.upper()} can raise"


def aggregate_obstacle(node: exp.Expr, type_of: TypeOf, capabilities: Capabilities) -> str | None:
    """Why an aggregate stays at the gateway; plain aggregates of plain columns travel where they are declared exact."""
    if isinstance(node, exp.Filter):
        condition = node.expression.this
        return aggregate_obstacle(node.this, type_of, capabilities) or obstacle(condition, type_of, capabilities)
    name = AGGREGATE_NAMES.get(node.__class__)
    if name is None:
        return f"{node.key.upper()} is not pushed to sources"
    argument = node.this
    while isinstance(argument, exp.Cast) and isinstance(node, (exp.LogicalOr, exp.LogicalAnd)):
        argument = argument.this
    if isinstance(argument, exp.Star):
        return None if capabilities.aggregates_exactly("count", "*") else "count(*) is not declared exact at this source"
    if isinstance(argument, exp.Distinct):
        if len(argument.expressions) != 1:
            return "DISTINCT over more than one column"
        name, argument = f"{name}_distinct", argument.expressions[0]
    if not isinstance(argument, exp.Column) or (type := type_of(argument)) is None:
        return f"{name} of more than a plain column"
    if type.name in FLOATS and name == "sum":
        return "a sum of floating-point values depends on the order of rows"
    if not capabilities.aggregates_exactly(name, type.name):
        return f"{name} of {type} is not declared exact at this source"
    return None


def having_obstacle(node: exp.Expr, type_of: TypeOf, capabilities: Capabilities) -> str | None:
    """Why a condition on groups stays at the gateway; counts compared with whole numbers travel."""
    if isinstance(node, (exp.And, exp.Or)):
        return having_obstacle(node.this, type_of, capabilities) or having_obstacle(node.expression, type_of, capabilities)
    if isinstance(node, exp.Paren):
        return having_obstacle(node.this, type_of, capabilities)
    if type(node) in COMPARISONS and isinstance(node.this, exp.Count):
        other = constant_type(node.expression)
        if other is not None and other.name in INTEGERS:
            return aggregate_obstacle(node.this, type_of, capabilities)
    if capabilities.embedded:
        return value_obstacle(node, type_of, capabilities)
    return "HAVING of more than a count is not pushed"


def _each(column: exp.Expr, others: list[exp.Expr], operator: str, type_of: TypeOf, capabilities: Capabilities) -> str | None:
    if not isinstance(column, exp.Column) or (type := type_of(column)) is None:
        return "it is no comparison of a plain column"
    for other in others:
        if isinstance(other, exp.Column):
            if type_of(other) != type:
                return "it compares columns of different types"
        elif (given := constant_type(other)) is None or not _fits(given, type, other):
            return f"it compares {type} with another type"
    return _declared(capabilities, type, operator)


#: A number beyond its column's type is compared at the gateway; sources refuse it.
_BITS = {"smallint": 16, "integer": 32, "bigint": 64}


def _fits(given: LogicalType, type: LogicalType, node: exp.Expr) -> bool:
    if given.name in INTEGERS and type.name in INTEGERS and not isinstance(node, exp.Cast):
        limit: int = 2 ** (_BITS.get(type.name, 8) - 1)
        return abs(int(str(constant_value(node, given)))) < limit
    return given == type


def _same_types(node: exp.Expr, type_of: TypeOf) -> bool:
    """Both sides plain and of one type, or texts from functions of text compared with texts."""
    types = []
    for side in (node.this, node.expression):
        if isinstance(side, exp.Column):
            types.append(type_of(side))
        elif (constant := constant_type(side)) is not None:
            types.append(constant)
        elif isinstance(side, (exp.TimeToStr, exp.Upper, exp.Lower, exp.Left, exp.Right, exp.Substring)):
            types.append(LogicalType("varchar"))
        else:
            return False
    return types[0] == types[1]


def _declared(capabilities: Capabilities, type: LogicalType, operator: str) -> str | None:
    if capabilities.compares(type.name, operator):
        return None
    return f"{operator} on {type} is not declared exact at this source"
