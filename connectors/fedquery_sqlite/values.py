"""SQLite's values -> exactly the declared type. SQLite types values, not columns, so each one is looked at.

========================  ==========================================================================================
type                      accepted
========================  ==========================================================================================
integers                  INTEGER within the type's range
decimal(p,s)              INTEGER, TEXT that is a number, REAL that has at most s digits behind the point; all within p
real, double              REAL, INTEGER that a float holds
varchar                   TEXT
blob                      BLOB
boolean                   INTEGER 0 or 1
date                      TEXT ``YYYY-MM-DD``
time                      TEXT ``HH:MM:SS[.ffffff]``
timestamp                 TEXT ``YYYY-MM-DD HH:MM:SS[.ffffff]``, with a blank or a T
timestamptz               the same with an offset or Z
========================  ==========================================================================================

Numbers that stand for dates (Julian days, seconds since 1970) are refused: nothing in the file says which they are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation

import pyarrow as pa

from fedquery.spi import FLOATS, INTEGERS, LogicalType, PhysicalColumn, faults
from fedquery_sqlite.whole import whole

_EXACT = Context(prec=80, traps=[Inexact, InvalidOperation])
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d\d:\d\d:\d\d(\.\d{1,6})?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?")


def converted(values: Sequence[object], column: PhysicalColumn, source: str) -> pa.Array:
    """One column of one batch. Raises InvalidValue, which names the column, unless its entry reads such values as NULL."""
    wanted = column.type.arrow
    fast = whole(values, column.type)
    if fast is not None:
        return fast
    convert = _converter(column.type)
    kept: list[object] = []
    for value in values:
        try:
            kept.append(None if value is None else convert(value))
        except (ValueError, ArithmeticError):
            if column.invalid != "null":
                raise faults.invalid_value(source, column.name, private=f"a {type(value).__name__}") from None
            kept.append(None)
    return pa.array(kept, wanted)


def _converter(type: LogicalType) -> Callable[[object], object]:
    if type.name in INTEGERS:
        return lambda value: _integer(value, type)
    if type.name in FLOATS:
        return lambda value: _float(value, type)
    if type.name == "decimal":
        return lambda value: _decimal(value, type)
    return _BY_NAME.get(type.name, _refuse)


def _refuse(value: object) -> object:
    raise ValueError("SQLite has no such values")


def _integer(value: object, type: LogicalType) -> int:
    if not isinstance(value, int):
        raise ValueError("not an integer")
    bits = type.arrow.bit_width
    low, high = (0, 2**bits) if type.name.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    if not low <= value < high:
        raise ValueError("out of range")
    return value


def _float(value: object, type: LogicalType) -> float:
    if not isinstance(value, (int, float)) or (isinstance(value, int) and int(float(value)) != value):
        raise ValueError("not a float")
    if type.name == "real" and value == value and pa.scalar(float(value), pa.float32()).as_py() != value:
        raise ValueError("more digits than a real holds")
    return float(value)


def _decimal(value: object, type: LogicalType) -> Decimal:
    if isinstance(value, bytes) or (isinstance(value, str) and value != value.strip()):
        raise ValueError("not a number")
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(str(value))
    if not number.is_finite():
        raise ValueError("not finite")
    exact = number.quantize(Decimal(1).scaleb(-type.scale), context=_EXACT)
    if len(exact.as_tuple().digits) > type.precision:
        raise ValueError("too many digits")
    return exact


def _boolean(value: object) -> bool:
    if value not in (0, 1) or not isinstance(value, int):
        raise ValueError("neither 0 nor 1")
    return bool(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("no blob")
    return value


def _date(value: object) -> dt.date:
    if not _DATE.fullmatch(_text(value)):
        raise ValueError("no date")
    return dt.date.fromisoformat(_text(value))


def _time(value: object) -> dt.time:
    if not _TIME.fullmatch(_text(value)):
        raise ValueError("no time")
    return dt.time.fromisoformat(_text(value))


def _timestamp(value: object) -> dt.datetime:
    if not _MOMENT.fullmatch(_text(value)):
        raise ValueError("no timestamp")
    return dt.datetime.fromisoformat(_text(value))


def _instant(value: object) -> dt.datetime:
    moment = dt.datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment.astimezone(dt.UTC)


_BY_NAME: dict[str, Callable[[object], object]] = {
    "boolean": _boolean,
    "varchar": _text,
    "blob": _bytes,
    "date": _date,
    "time": _time,
    "timestamp": _timestamp,
    "timestamptz": _instant,
}
