"""Constants are folded once, before anything is classed: dates moved by intervals, clocks, casts of literals.

DuckDB computes them, so that folding means what running would have meant; a constant that cannot be computed is left where
it stands. Then a constant beside a column takes the column's type where nothing is lost, so that the comparison can travel.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from sqlglot import exp

from fedquery.arrow import INTEGERS, LogicalType
from fedquery.plan.calculus import of_type
from fedquery.plan.functions import COMPARISONS, LOOKUP, OPERATORS, SCALAR, is_aggregate, reads_clock
from fedquery.plan.model import Constant, Engine, LeafColumn
from fedquery.plan.parse import DIALECT
from fedquery.plan.printed import printed

_PARTS = (exp.Literal, exp.Null, exp.Boolean, exp.Interval, exp.Var, exp.DataType, exp.DataTypeParam, exp.Paren, exp.If)
_MIDNIGHT, _NUMBER = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} 00:00:00"), re.compile(r"[0-9]+(?:\.[0-9]+)?")
_KEPT = {"boolean", "tinyint", "smallint", "integer", "bigint", "double", "varchar", "date", "time", "timestamp", "timestamptz"}


def fold_constants(tree: exp.Query, engine: Engine) -> exp.Query:
    """Replace every greatest constant expression by its value; the tree is changed in place and given back."""
    _, found = _constants_in(tree)
    values = engine.evaluate([printed(node) for node in found])
    for node, value in zip(found, values, strict=True):
        if value is not None and (folded := _node(value)) is not None:
            node.replace(folded)
    return tree


def fit_constants(tree: exp.Query, columns: Mapping[int, LeafColumn], engine: Engine) -> exp.Query:
    """Give constants the type of the leaf column they are compared with, where both casts keep the value.

    ``columns`` are those that mean a leaf's, by the node's id.
    """
    pairs: list[tuple[exp.Expr, LogicalType]] = []
    for node in tree.walk():
        column, others = _compared(node)
        if column is None or id(column) not in columns:
            continue
        wanted = columns[id(column)].type
        pairs += [(other, wanted) for other in others if (given := constant_type(other)) and not _fits(given, wanted, other)]
    texts = [_read_off(other, wanted) for other, wanted in pairs]
    answers = iter(engine.evaluate([_fitted(*pair) for pair, text in zip(pairs, texts, strict=True) if text is None]))
    for (other, wanted), text in zip(pairs, texts, strict=True):
        if text is None and (answer := next(answers)) is not None:
            text = answer.text
        if text is not None:
            other.replace(_typed(text, wanted))
    return tree


def constant_type(node: exp.Expr) -> LogicalType | None:
    """The logical type of a constant node; None when it is no constant, or NULL."""
    match node:
        case exp.Paren():
            return constant_type(node.this)
        case exp.Boolean():
            return LogicalType("boolean")
        case exp.Neg(this=exp.Literal(is_string=False)) as negative:
            return _whole(-int(negative.this.name)) if negative.this.is_int else constant_type(negative.this)
        case exp.Literal():
            if node.is_string:
                return LogicalType("varchar")
            if node.is_int:
                return _whole(int(node.name))
            if "e" in node.name.lower():
                return LogicalType("double")
            whole, _, fraction = node.name.partition(".")
            return LogicalType("decimal", len(whole) + len(fraction), len(fraction))
        case exp.Cast(this=exp.Literal() | exp.Null()):
            return named_type(node.to)
    return None


def _whole(number: int) -> LogicalType | None:
    """The type of a whole number as written; None for one that no column can hold."""
    fitting = (name for name, bits in (("integer", 31), ("bigint", 63)) if -(2**bits) <= number < 2**bits)
    return next(map(LogicalType, fitting), None)


def named_type(type: exp.DataType) -> LogicalType | None:
    """The logical type that a cast names; None for any other type."""
    sizes = type.expressions
    if isinstance(type.this, exp.DType) and all(isinstance(size, exp.DataTypeParam) for size in sizes):
        return _logical(type.this, tuple(size.name for size in sizes))
    return _parsed(printed(type))


@lru_cache(maxsize=256)
def _logical(type: exp.DType, sizes: tuple[str, ...]) -> LogicalType | None:
    """The logical type of that name and these sizes: a statement names the same few again and again."""
    named = [exp.DataTypeParam(this=exp.Literal.number(size)) for size in sizes]
    return _parsed(printed(exp.DataType(this=type, expressions=named), used_up=True))


def _parsed(text: str) -> LogicalType | None:
    name = text.replace(" ", "").lower()
    try:
        return LogicalType.parse({"text": "varchar", "int": "integer"}.get(name, name))
    except ValueError:
        return None


def constant_value(node: exp.Expr, type: LogicalType) -> object:
    """The Python value of a constant of that type. Raises ValueError when it has none."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Neg):
        return -constant_value(node.this, type)  # type: ignore[operator]
    if isinstance(node, exp.Null) or isinstance(node.this, exp.Null):
        raise ValueError("NULL")
    text = node.this.name if isinstance(node, exp.Cast) else node.name
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if type.name in INTEGERS:
        return int(text)
    if type.name == "decimal":
        return Decimal(text)
    if type.name == "date":
        return dt.date.fromisoformat(text)
    if type.name == "timestamp":
        return dt.datetime.fromisoformat(text)
    if type.name == "varchar":
        return text
    if type.name == "boolean":
        return text.lower() == "true"
    raise ValueError(type.name)


def _constants_in(node: exp.Expr) -> tuple[bool, list[exp.Expr]]:
    """Whether the node is constant, and the greatest constant expressions in it that are more than a constant."""
    below = [_constants_in(child) for child in node.iter_expressions()]
    constant = _keeps_constant(node) and all(inside for inside, _ in below)
    if constant and not isinstance(node, _PARTS) and constant_type(node) is None:
        return True, [node]
    return constant, [found for _, inside in below for found in inside]


def _keeps_constant(node: exp.Expr) -> bool:
    """Whether the node is constant where all below it are."""
    if is_aggregate(node) or isinstance(node, (exp.Exists, exp.Any, exp.All)):
        return False
    named = isinstance(node, exp.Anonymous) and node.name.lower() != LOOKUP
    return named or type(node) in SCALAR or type(node) in OPERATORS or isinstance(node, _PARTS) or reads_clock(node)


def _node(value: Constant) -> exp.Expr | None:
    """The folded value as a typed node; None for types that stay expressions."""
    if value.text is None:
        return exp.cast(exp.Null(), value.type, dialect=DIALECT) if value.type != '"NULL"' else exp.Null()
    try:
        type = LogicalType.parse(_logical_name(value.type))
    except ValueError:
        return None
    if type.name in ("integer", "bigint"):  # a number alone takes the type of what it stands beside
        return exp.cast(exp.Literal.string(value.text), type.sql, dialect=DIALECT)
    return _typed(value.text, type) if type.name in _KEPT or type.name == "decimal" else None


def _logical_name(name: str) -> str:
    return {"timestamp with time zone": "timestamptz", "float": "real"}.get(name.lower(), name.lower())


def _typed(text: str, type: LogicalType) -> exp.Expr:
    if type.name == "varchar":
        return exp.Literal.string(text)
    if type.name == "boolean":
        return exp.Boolean(this=text.lower() == "true")
    if type.name in ("integer", "bigint") and abs(int(text)) < 2**31:
        number = exp.Literal.number(text.lstrip("-"))
        return exp.Neg(this=number) if text.startswith("-") else number
    return exp.cast(exp.Literal.string(text), type.sql, dialect=DIALECT)


def _compared(node: exp.Expr) -> tuple[exp.Expr | None, list[exp.Expr]]:
    """The column of a comparison and the constants it is compared with."""
    if type(node) in COMPARISONS or isinstance(node, (exp.NullSafeEQ, exp.NullSafeNEQ)):
        for one, other in ((node.this, node.expression), (node.expression, node.this)):
            if isinstance(one, exp.Column):
                return one, [other]
    if isinstance(node, exp.In) and isinstance(node.this, exp.Column):
        return node.this, list(node.expressions)
    if isinstance(node, exp.Between) and isinstance(node.this, exp.Column):
        return node.this, [node.args["low"], node.args["high"]]
    return None, []


def _fits(given: LogicalType, wanted: LogicalType, node: exp.Expr) -> bool:
    return given == wanted or (given.name in INTEGERS and wanted.name in INTEGERS and isinstance(node, (exp.Literal, exp.Neg)))


def _read_off(node: exp.Expr, wanted: LogicalType) -> str | None:
    """The constant in the wanted type where its own text tells it: the midnight of a day, a number of fewer digits.

    None where DuckDB has to be asked.
    """
    given, written = constant_type(node), node.this if isinstance(node, exp.Cast) else node
    if given is None or not isinstance(written, exp.Literal):
        return None
    if (given.name, wanted.name) == ("timestamp", "date"):
        return written.name[:10] if _is_midnight(written.name) else None
    exact = wanted.name == "decimal" and wanted.scale < wanted.precision and (given.name in INTEGERS or given.name == "decimal")
    if not exact or not _NUMBER.fullmatch(written.name):
        return None
    whole, _, fraction = written.name.partition(".")
    for type in (given, wanted):
        if len(fraction) > type.scale or int(whole + fraction.ljust(type.scale, "0")) > of_type(type).high:
            return None
    return f"{int(whole)}.{fraction.ljust(wanted.scale, '0')}" if wanted.scale else str(int(whole))


def _is_midnight(text: str) -> bool:
    try:
        return _MIDNIGHT.fullmatch(text) is not None and dt.datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def _fitted(node: exp.Expr, wanted: LogicalType) -> str:
    """The constant in the wanted type; NULL where that loses something of it."""
    text = printed(node)
    fitted = f"CAST({text} AS {wanted.sql})"
    written = isinstance(node, exp.Literal) and node.is_string
    return fitted if written else f"CASE WHEN CAST({fitted} AS {_sql_type(node)}) = {text} THEN {fitted} END"


def _sql_type(node: exp.Expr) -> str:
    given = constant_type(node)
    return given.sql if given else "VARCHAR"
