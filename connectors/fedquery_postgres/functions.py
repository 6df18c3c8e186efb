"""How PostgreSQL spells the functions that it computes exactly as DuckDB, over normalised readings; every one is total.

Numbers are computed in numeric without a precision, which has room for whatever comes, NaN and infinities included.
"""

from __future__ import annotations

from fedquery.spi import INTEGERS, LogicalType

_CALLS = {
    "abs": "abs({0})",
    "negate": "(- {0})",
    "cast": "{0}",
    "like": "({0} LIKE {1} ESCAPE {2})",
    "starts_with": "starts_with({0}, {1})",
    "ends_with": "(right({0}, char_length({1})) = {1})",
    "contains": "(strpos({0}, {1}) > 0)",
    "left": "left({0}, {1})",
    "right": "right({0}, {1})",
    "length": "char_length({0})",
    "||": "({0} || {1})",
    "quarter": "CASE WHEN isfinite({0}) THEN EXTRACT(QUARTER FROM {0}) END",
    "month": "CASE WHEN isfinite({0}) THEN EXTRACT(MONTH FROM {0}) END",
    "day": "CASE WHEN isfinite({0}) THEN EXTRACT(DAY FROM {0}) END",
    # the year before 1 is -1 here and 0 in DuckDB
    "year": "CASE WHEN isfinite({0}) THEN EXTRACT(YEAR FROM {0}) + CASE WHEN EXTRACT(YEAR FROM {0}) < 0 THEN 1 ELSE 0 END END",
}
_PARTS = frozenset({"year", "quarter", "month", "day"})
_ARITHMETIC = frozenset({"+", "-", "*"})
_NUMBERS = _ARITHMETIC | {"abs", "negate", "cast"}
#: Types whose own cast raises wherever DuckDB's arithmetic does.
_CHECKED = {"smallint": "smallint", "integer": "integer", "bigint": "bigint"}

FUNCTIONS = frozenset({*_CALLS, *_ARITHMETIC, "substring", "case", "coalesce", "nullif", "checked"})


def function(name: str, operands: tuple[str, ...], types: tuple[LogicalType, ...]) -> str | None:
    """The call; None where standard SQL is right."""
    if name in _NUMBERS:
        operands = tuple(_numeric(text, type) for text, type in zip(operands, types, strict=True))
    if name in _ARITHMETIC:
        return f"({operands[0]} {name} {operands[1]})"
    if name == "substring":
        return f"substr({', '.join(operands)})"
    if name in _PARTS:  # before PostgreSQL 14 it is a double
        return f"CAST({_CALLS[name].format(*operands)} AS numeric)"
    return _CALLS[name].format(*operands) if name in _CALLS else None


def checked(text: str, type: LogicalType) -> str:
    """The number, or an error where its type cannot hold it."""
    return f"CAST({text} AS {_CHECKED.get(type.name) or f'numeric({type.precision},{type.scale})'})"


def _numeric(text: str, type: LogicalType) -> str:
    return f"CAST({text} AS numeric)" if type.name in INTEGERS or type.name == "hugeint" else text
