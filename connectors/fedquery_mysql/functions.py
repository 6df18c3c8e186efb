"""How MySQL and MariaDB spell the functions that they compute exactly as DuckDB, over normalised readings; every one is total.

Whole numbers become decimals of the most digits, since the servers' own arithmetic on them fails beyond 64 bits.
"""

from __future__ import annotations

from fedquery.spi import INTEGERS, LogicalType

_CALLS = {
    "abs": "ABS({0})",
    "negate": "(- {0})",
    "cast": "{0}",
    "starts_with": "(LEFT({0}, CHAR_LENGTH({1})) = {1})",
    "ends_with": "(RIGHT({0}, CHAR_LENGTH({1})) = {1})",
    "contains": "(LOCATE({1}, {0}) > 0)",
    "left": "LEFT({0}, {1})",
    "right": "RIGHT({0}, {1})",
    "length": "CHAR_LENGTH({0})",
    "year": "YEAR({0})",
    "quarter": "QUARTER({0})",
    "month": "MONTH({0})",
    "day": "DAYOFMONTH({0})",
}
_ARITHMETIC = frozenset({"+", "-", "*"})
_NUMBERS = _ARITHMETIC | {"abs", "negate", "cast"}

_NONE = "''"
#: More than 38 digits, and a number of so many that every decimal has room for it.
_BEYOND, _REFUSED = f"1{'0' * 38}", f"1{'0' * 40}"

FUNCTIONS = frozenset({*_CALLS, "like", *_ARITHMETIC, "substring", "case", "coalesce", "nullif"})


def function(name: str, operands: tuple[str, ...], types: tuple[LogicalType, ...]) -> str | None:
    """The call; None where standard SQL is right."""
    if name in _NUMBERS:
        operands = tuple(_decimal(text, type) for text, type in zip(operands, types, strict=True))
    if name in _ARITHMETIC:
        return _arithmetic(name, *operands)
    if name == "substring":
        return f"SUBSTRING({', '.join(operands)})"
    if name == "like":
        text, pattern, escape = operands
        return f"({text} LIKE {pattern} ESCAPE {_unused(pattern) if escape == _NONE else escape})"
    return _CALLS[name].format(*operands) if name in _CALLS else None


def _arithmetic(operator: str, left: str, right: str) -> str:
    """A value that no type can hold, which is to be refused on arrival, stays one: to compute with it could fail."""
    invalid = " OR ".join(f"ABS({side}) >= {_BEYOND}" for side in (left, right) if "`" in side)
    computed = f"({left} {operator} {right})"
    return f"CASE WHEN {invalid} THEN {_REFUSED} ELSE {computed} END" if invalid else computed


def _unused(pattern: str) -> str:
    """An escape that escapes nothing here: without one the servers take the backslash for it."""
    return next(f"'{c}'" for c in map(chr, range(ord("!"), 0xFFFF)) if c not in pattern and c not in "%'\\_")


def _decimal(text: str, type: LogicalType) -> str:
    return f"CAST({text} AS DECIMAL(65,0))" if type.name in INTEGERS or type.name == "hugeint" else text
