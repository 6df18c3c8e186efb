"""Arrow values as exact text and JSON: no decimal through a float, no integer that a browser would round."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

#: The largest integer that every JSON reader keeps exactly.
SAFE_INTEGER = 2**53 - 1


def exact(array: pa.Array) -> pa.Array:
    """``array`` with each type that JSON and CSV lack as text: decimals in full, ISO 8601 times, base64 bytes."""
    type = array.type
    if pa.types.is_dictionary(type):
        return exact(array.dictionary_decode())
    if pa.types.is_timestamp(type):
        text = pc.replace_substring(array.cast(pa.string()), " ", "T", max_replacements=1)
        return _short_fraction(text)
    if pa.types.is_time(type):
        return _short_fraction(array.cast(pa.string()))
    if pa.types.is_date(type) or pa.types.is_decimal(type):
        return array.cast(pa.string())
    if pa.types.is_binary(type) or pa.types.is_large_binary(type):
        return _each(array, lambda value: base64.b64encode(value).decode())
    if pa.types.is_interval(type):
        return _each(array, duration)
    return array


def to_json(array: pa.Array) -> list[Any]:
    """The values of one column as what ``json`` may write."""
    type = array.type
    if pa.types.is_list(type) or pa.types.is_large_list(type):
        return [None if item is None else to_json(item) for item in (scalar.values for scalar in array)]
    plain: list[Any] = exact(array).to_pylist()
    if pa.types.is_int64(type) or pa.types.is_uint64(type):
        return [str(v) if v is not None and abs(v) > SAFE_INTEGER else v for v in plain]
    if pa.types.is_floating(type):
        return [_number_name(v) if v is not None and not math.isfinite(v) else v for v in plain]
    return plain


def to_text(array: pa.Array) -> pa.Array:
    """The values of one column as what CSV may hold: exact, lists as JSON."""
    type = array.type
    if pa.types.is_list(type) or pa.types.is_large_list(type):
        return pa.array([None if v is None else json.dumps(v, ensure_ascii=False) for v in to_json(array)], pa.string())
    return exact(array)


def duration(value: Any) -> str:
    """A month-day-nanosecond interval as ISO 8601.

    >>> duration(pa.MonthDayNano([14, 3, 1_500_000_000]))
    'P14M3DT1.5S'
    """
    seconds, rest = divmod(abs(value.nanoseconds), 1_000_000_000)
    sign = "-" if value.nanoseconds < 0 else ""
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"P{value.months}M{value.days}DT{sign}{seconds}{fraction}S"


def _each(array: pa.Array, render: Callable[[Any], str]) -> pa.Array:
    return pa.array([None if value is None else render(value) for value in array.to_pylist()], pa.string())


def _short_fraction(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(text, r"\.0+(Z?)$", r"\1")


def _number_name(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
