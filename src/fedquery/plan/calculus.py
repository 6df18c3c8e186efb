"""What DuckDB makes of exact numbers: the type of a result, the bounds of its values, and whether computing it can raise.

Bounds are whole numbers in units of the type's last decimal place. They tell where DuckDB's checks for overflow can never
fail: there a source that computes with more room gives the same answer.

>>> price = of_type(LogicalType("decimal", 15, 2))
>>> multiply(price, price).type, multiply(price, price).raises
(LogicalType(name='decimal', precision=18, scale=4, item=None), True)
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache

from fedquery.arrow import INTEGERS, LogicalType

#: The type of sums of whole numbers, which no column of the directory has.
HUGEINT = LogicalType("hugeint")
#: The type of a bare NULL, which takes any other.
NULL = LogicalType("null")
#: What an embedded DuckDB computes without our having to know its type.
UNKNOWN = LogicalType("unknown")

_RANGES = {
    "tinyint": (-(2**7), 2**7 - 1), "smallint": (-(2**15), 2**15 - 1), "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1), "hugeint": (-(2**127), 2**127 - 1), "utinyint": (0, 2**8 - 1),
    "usmallint": (0, 2**16 - 1), "uinteger": (0, 2**32 - 1), "ubigint": (0, 2**64 - 1),
}  # fmt: skip
#: Decimal digits that DuckDB gives a whole number of the type.
_DIGITS = {
    "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "hugeint": 38, "utinyint": 3, "usmallint": 5, "uinteger": 10,
    "ubigint": 20,
}  # fmt: skip
_WIDEST, _FAST = 38, 18  # a decimal's most digits, and the most that DuckDB keeps in 64 bits
_ROWS = 2**63


class Unlike(ValueError):
    """Two types that are not computed or compared here as DuckDB would; the text says which."""


@dataclass(frozen=True, slots=True)
class Value:
    """An expression's type and, for exact numbers, its bounds.

    ``raises``: computing it fails in DuckDB for some values that its operands may have. ``literal``: a whole number as
    written, which takes the other side's type where it fits. ``computed``: no column, constant or count; at the source a
    computed whole number may have any exact type.
    """

    type: LogicalType
    low: int = 0
    high: int = 0
    raises: bool = False
    literal: bool = False
    computed: bool = False

    @property
    def exact(self) -> bool:
        """Whether it is a whole number or a decimal."""
        return self.type.name in _RANGES or self.type.name == "decimal"


@lru_cache(maxsize=1024)
def of_type(type: LogicalType) -> Value:
    """Any value of the type."""
    if type.name == "decimal":
        return Value(type, 1 - 10**type.precision, 10**type.precision - 1)
    return Value(type, *_RANGES.get(type.name, (0, 0)))


def constant(type: LogicalType, units: int, *, literal: bool = False) -> Value:
    """One number, in units of the type's last place."""
    return Value(type, units, units, literal=literal)


def add(left: Value, right: Value) -> Value:
    """``left + right``."""
    return _summed(left, right, right.low, right.high)


def subtract(left: Value, right: Value) -> Value:
    """``left - right``."""
    return _summed(left, right, -right.high, -right.low)


def multiply(left: Value, right: Value) -> Value:
    """``left * right``."""
    corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
    raises = left.raises or right.raises
    if "decimal" not in (left.type.name, right.type.name):
        return _checked(_whole(left, right), min(corners), max(corners), raises)
    (p, s), (q, t) = _digits(left), _digits(right)
    if s + t > _WIDEST:
        raise Unlike("a product of more than 38 decimal places")
    width = p + q
    if width > _FAST >= max(p, q) and s + t < _FAST:
        width = _FAST
    return _checked(LogicalType("decimal", min(width, _WIDEST), s + t), min(corners), max(corners), raises)


def negate(value: Value) -> Value:
    """``-value``."""
    return _checked(value.type, -value.high, -value.low, value.raises)


def absolute(value: Value) -> Value:
    """``abs(value)``."""
    high = max(abs(value.low), abs(value.high))
    return _checked(value.type, 0 if value.low <= 0 <= value.high else min(abs(value.low), abs(value.high)), high, value.raises)


def common(left: Value, right: Value) -> Value:
    """The value that DuckDB casts both to before it compares them or chooses one. Raises Unlike where that cast could fail."""
    if NULL in (left.type, right.type):
        return dataclasses.replace(right if left.type == NULL else left, raises=False)
    if left.type == right.type and not (left.literal or right.literal):
        return Value(left.type, min(left.low, right.low), max(left.high, right.high))
    if not (left.exact and right.exact):
        raise Unlike(f"{left.type} beside {right.type}")
    if "decimal" not in (left.type.name, right.type.name):
        type, literal = _whole(left, right), left.literal and right.literal
        return Value(type, min(left.low, right.low), max(left.high, right.high), literal=literal)
    (p, s), (q, t) = _digits(left), _digits(right)
    scale = max(s, t)
    width = max(p - s, q - t) + scale
    if width > _WIDEST:
        raise Unlike(f"{left.type} beside {right.type}")
    low = min(_scaled(left.low, s, scale), _scaled(right.low, t, scale))
    high = max(_scaled(left.high, s, scale), _scaled(right.high, t, scale))
    return Value(LogicalType("decimal", width, scale), low, high)


def holds(wide: Value, value: Value) -> bool:
    """Whether ``wide`` may be each number that ``value`` may be; of what is no exact number, it always may."""
    if not (wide.exact and value.exact):
        return True
    scale = max(wide.type.scale, value.type.scale)
    (low, high), (least, most) = (
        (_scaled(side.low, side.type.scale, scale), _scaled(side.high, side.type.scale, scale)) for side in (wide, value)
    )
    return wide.type.scale >= value.type.scale and low <= least and most <= high


def cast(value: Value, type: LogicalType) -> Value:
    """``CAST(value AS type)`` where every digit is kept."""
    target = of_type(type)
    if not (value.exact and target.exact) or type.scale < value.type.scale:
        raise Unlike(f"a cast of {value.type} to {type}")
    low, high = (_scaled(v, value.type.scale, type.scale) for v in (value.low, value.high))
    return _checked(type, low, high, value.raises)


def total(value: Value) -> Value:
    """``sum(value)``, over as many rows as there may be."""
    if not value.exact or value.type == HUGEINT:
        raise Unlike(f"sum of {value.type}")
    type = LogicalType("decimal", _WIDEST, value.type.scale) if value.type.name == "decimal" else HUGEINT
    return _checked(type, min(value.low, 0) * _ROWS, max(value.high, 0) * _ROWS, value.raises)


def hull(values: list[Value]) -> Value:
    """Any one of the values, as CASE, COALESCE and the like give it."""
    result = values[0]
    for value in values[1:]:
        result = dataclasses.replace(common(result, value), raises=result.raises or value.raises)
    return dataclasses.replace(result, literal=False)


def _summed(left: Value, right: Value, low: int, high: int) -> Value:
    raises = left.raises or right.raises
    if "decimal" not in (left.type.name, right.type.name):
        return _checked(_whole(left, right), left.low + low, left.high + high, raises)
    (p, s), (q, t) = _digits(left), _digits(right)
    scale = max(s, t)
    type = LogicalType("decimal", min(max(p - s, q - t) + scale + 1, _WIDEST), scale)
    first = [_scaled(v, s, scale) for v in (left.low, left.high)]
    second = [_scaled(v, t, scale) for v in (low, high)]
    operands = any(abs(v) >= 10**type.precision for v in (*first, *second))
    return _checked(type, first[0] + second[0], first[1] + second[1], raises or operands)


def _checked(type: LogicalType, low: int, high: int, raises: bool) -> Value:
    """The value of the type; it raises where the bounds go beyond it, and lies within the type where it does not raise."""
    whole = of_type(type)
    fits = whole.low <= low and high <= whole.high
    return Value(type, max(low, whole.low), min(high, whole.high), raises or not fits)


def _whole(left: Value, right: Value) -> LogicalType:
    """The type of arithmetic on two whole numbers: the wider one; a literal takes the other's where it fits."""
    for literal, other in ((left, right), (right, left)):
        low, high = _RANGES[other.type.name]
        if literal.literal and low <= literal.low and literal.high <= high:
            return other.type
    for wide, narrow in ((left.type, right.type), (right.type, left.type)):
        (low, high), (least, most) = _RANGES[wide.name], _RANGES[narrow.name]
        if low <= least and most <= high:
            return wide
    raise Unlike(f"{left.type} beside {right.type}")


def _digits(value: Value) -> tuple[int, int]:
    return (value.type.precision, value.type.scale) if value.type.name == "decimal" else (_DIGITS[value.type.name], 0)


def _scaled(units: int, scale: int, wanted: int) -> int:
    return units * int(10 ** (wanted - scale))


assert set(_RANGES) == INTEGERS | {"hugeint"}
