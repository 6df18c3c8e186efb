"""SQLite's JSON lists of one column's values -> Arrow, or nothing where a list does not plainly show values of the type."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fedquery.spi import INTEGERS, LogicalType
from fedquery_sqlite.whole import DIGITS, plain

TEXTS = frozenset({"varchar", "date", "timestamp"})
NUMBERS = INTEGERS | {"boolean"}
#: What stands for NULL among texts, JSON that SQLite itself writes for none; and for a decimal that is none of its places.
NO_TEXT, NO_INTEGER = '"\\/"', "0.5"


def listed_array(listed: bytes, rows: int, type: LogicalType) -> pa.Array | None:
    """The column of so many rows, or None."""
    try:
        found = _texts(listed, rows) if type.name in TEXTS else _numbers(listed)
        if found is None:
            return None
        return _decimals(found, type) if type.name == "decimal" else plain(found, type)
    except pa.ArrowInvalid:
        return None


def _numbers(listed: bytes) -> pa.Array:
    """Raises ArrowInvalid where one of them is not a whole number."""
    if listed.translate(None, b"0123456789-,") == b"[]":
        return pa.array(np.fromstring(listed[1:-1], np.int64, sep=","))
    found = _split(listed[1:-1], ",")
    if b"n" in listed:
        found = pc.if_else(pc.equal(found, "null"), pa.scalar(None, pa.string()), found)
    return found.cast(pa.int64())


def _texts(listed: bytes, rows: int) -> pa.Array | None:
    """None where there is more than NULL and texts that are written as they are.

    No quote stands inside a text that is written without a backslash. So between ``rows`` values there are as many ``","`` less
    one only where each of them is a text: a value without quotes takes away one at each of its sides, and texts that are
    themselves a comma give back at most one.
    """
    if not (listed.startswith(b'["') and listed.endswith(b'"]')):
        return None
    nulls = listed.count(NO_TEXT.encode())
    if nulls != listed.count(b"\\"):
        return None
    found = _split(listed[2:-2], '","')
    if len(found) != rows:
        return None
    return pc.if_else(pc.equal(found, NO_TEXT.strip('"')), pa.scalar(None, pa.string()), found) if nulls else found


def _decimals(scaled: pa.Array, type: LogicalType) -> pa.Array | None:
    """Whole numbers of the type's smallest place."""
    most = 10 ** min(type.precision, DIGITS)
    extremes = pc.min_max(scaled).as_py()
    if extremes["min"] is not None and not -most < extremes["min"] <= extremes["max"] < most:
        return None
    return scaled.cast(pa.decimal128(19, 0)).view(type.arrow)


def _split(text: bytes, between: str) -> pa.Array:
    """Raises ArrowInvalid where it is not UTF-8."""
    ends = pa.py_buffer(np.array([0, len(text)], np.int32))
    whole = pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(text)])
    whole.validate(full=True)
    return pc.split_pattern(whole, between).values
