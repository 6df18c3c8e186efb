"""A column of a batch in one step, where every value plainly is of the type; whatever is not goes value by value.

Never more lenient than :mod:`fedquery_sqlite.values`: what is accepted here, it would read as the same. Blobs are not here, for
Arrow takes a text among bytes for bytes.
"""

from __future__ import annotations

from array import array as packed
from collections.abc import Callable, Sequence
from types import NoneType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fedquery.spi import INTEGERS, LogicalType

_MOMENT = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?$"
_NUMBER = r"^-?\d{1,30}(\.\d{1,7})?$"
#: Python's calendar begins here, Arrow's a year earlier: days from 1970, and microseconds of a day.
_FIRST, _DAY = -719_162, 86_400_000_000
#: Numbers of so many digits and their nearest doubles correspond one to one.
DIGITS = 15


def whole(values: Sequence[object], type: LogicalType) -> pa.Array | None:
    """The column, or None when a value must be looked at."""
    try:
        array = _array(values)
        return array if array is None else plain(array, type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return None


def plain(array: pa.Array, type: LogicalType) -> pa.Array | None:
    """The same of values that Arrow holds already. May raise ArrowInvalid."""
    convert = _CONVERTS.get("integer" if type.name in INTEGERS else type.name)
    if convert is None:
        return None
    return array.cast(type.arrow) if array.null_count == len(array) else convert(array, type)


def _array(values: Sequence[Any]) -> pa.Array | None:
    """The values as of SQLite's one type, None where there are several. Told no type, Arrow searches for pandas each time."""
    kinds = frozenset(map(type, values))
    if kinds == {int}:
        return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(packed("q", values))])
    found = _KINDS.get(kinds - {NoneType})
    return found if found is None else pa.array(values, found)


def _same(array: pa.Array, type: LogicalType) -> pa.Array | None:
    return array if array.type == type.arrow else None


def _integer(array: pa.Array, type: LogicalType) -> pa.Array | None:
    return array.cast(type.arrow) if pa.types.is_int64(array.type) else None


def _double(array: pa.Array, type: LogicalType) -> pa.Array | None:
    return array.cast(type.arrow) if pa.types.is_int64(array.type) or pa.types.is_float64(array.type) else None


def _boolean(array: pa.Array, type: LogicalType) -> pa.Array | None:
    if not pa.types.is_int64(array.type):
        return None
    extremes = pc.min_max(array).as_py()
    return array.cast(pa.bool_()) if extremes["min"] >= 0 and extremes["max"] <= 1 else None


def _date(array: pa.Array, type: LogicalType) -> pa.Array | None:
    if not pa.types.is_string(array.type):
        return None
    days = array.cast(pa.date32())  # Arrow reads ten characters and no other form
    return days if pc.min(days.view(pa.int32())).as_py() >= _FIRST else None


def _timestamp(array: pa.Array, type: LogicalType) -> pa.Array | None:
    moments = array.cast(type.arrow) if _written(array, _MOMENT) else None
    return moments if moments is not None and pc.min(moments.view(pa.int64())).as_py() >= _FIRST * _DAY else None


def _decimal(array: pa.Array, type: LogicalType) -> pa.Array | None:
    if pa.types.is_int64(array.type):
        return array.cast(pa.decimal128(38, 0)).cast(type.arrow)
    if pa.types.is_float64(array.type):
        return _from_doubles(array, type)
    return array.cast(type.arrow) if _written(array, _NUMBER) else None


def _from_doubles(array: pa.Array, type: LogicalType) -> pa.Array | None:
    """Doubles that are the nearest to a number of at most 15 digits that has the type's places: that number is meant."""
    numbers = array.fill_null(0.0).to_numpy(zero_copy_only=False)
    if not np.isfinite(numbers).all():
        return None
    scaled = np.rint(numbers * 10.0**type.scale)
    if (np.abs(scaled) >= 10.0 ** min(type.precision, DIGITS)).any() or (scaled / 10.0**type.scale != numbers).any():
        return None
    halves = np.empty((len(scaled), 2), np.int64)
    halves[:, 0] = scaled
    halves[:, 1] = halves[:, 0] >> 63
    found = pa.Array.from_buffers(type.arrow, len(scaled), [None, pa.py_buffer(halves)])
    return pc.if_else(array.is_valid(), found, pa.scalar(None, type.arrow)) if array.null_count else found


def _written(array: pa.Array, pattern: str) -> bool:
    """Whether every value is a text of that form."""
    return pa.types.is_string(array.type) and bool(pc.all(pc.match_substring_regex(array, pattern)).as_py())


#: What the values of a column are, SQLite's NULL aside, and how Arrow holds them: whole numbers among doubles where exact.
_KINDS = {
    frozenset[type](): pa.null(),
    frozenset[type]({int}): pa.int64(),
    frozenset[type]({float}): pa.float64(),
    frozenset[type]({int, float}): pa.float64(),
    frozenset[type]({str}): pa.string(),
}
_CONVERTS: dict[str, Callable[[pa.Array, LogicalType], pa.Array | None]] = {
    "integer": _integer,
    "double": _double,
    "varchar": _same,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
    "decimal": _decimal,
}
