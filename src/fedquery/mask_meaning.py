"""What every mask and the token mean: plain, total functions on Python values that every source must agree with.

NULL (None) stays NULL, except under ``hide_null``. Lengths and positions count code points.

``null``               nothing
``const(x)``           the text x; with ``hide_null`` for NULL too
``keep(p, s)``         the first p and last s characters, one ``*`` for each between; all ``*`` when there are at most p + s
``prefix(n)``          the first n characters
``band(step)``         the greatest multiple of step that is not above the value, but never below the type's smallest value
``truncate(unit)``     the start of the year, quarter, month, day or hour; a value of the same type
``token``              ``tk1_`` and the first 32 hex digits of HMAC-SHA-256 over the canonical value
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from decimal import Context, Decimal
from typing import TypeVar

from fedquery.arrow import LogicalType
from fedquery.masks import TOKEN_PREFIX, Argument, Mask

#: What :func:`canonical` strips: ASCII blanks only, so that no system's idea of white space matters.
BLANKS = " \t\n\v\f\r"
#: SHA-256 works on blocks of this many bytes; HMAC pads its keys to one.
BLOCK = 64

#: Room for 38 digits and a carry; Python's default context would round at 28.
_WIDE = Context(prec=80)
_SMALLEST = {"tinyint": -(2**7), "smallint": -(2**15), "integer": -(2**31), "bigint": -(2**63)}
_Moment = TypeVar("_Moment", dt.date, dt.datetime)


def apply(mask: Mask, value: object, type: LogicalType) -> object:
    """``mask`` over one value of ``type``. ``token`` needs a key: see :func:`token`."""
    match mask.name, mask.arguments, value:
        case _, _, None if not mask.hide_null:
            return None
        case "null", (), _:
            return None
        case "const", (text,), _:
            return str(text)
        case "keep", (int(prefix), int(suffix)), str(text):
            return _keep(text, prefix, suffix)
        case "prefix", (int(count),), str(text):
            return text[:count]
        case "band", (step,), int() | Decimal():
            return _band(Decimal(value), step, type)
        case "truncate", (str(unit),), dt.date():
            return _truncate(value, unit)
    raise ValueError(f"the mask {mask} does not fit the type {type}")


def canonical(text: str) -> str:
    """The form of an identifier that tokens are made of: ASCII blanks stripped, upper case if it is all ASCII."""
    stripped = text.strip(BLANKS)
    return stripped.upper() if stripped.isascii() else stripped


def token(key: bytes, value: str | None) -> str | None:
    """The token of an identifier under the key of one grant and epoch."""
    if value is None:
        return None
    digest = hmac.new(key, canonical(value).encode(), hashlib.sha256).hexdigest()
    return TOKEN_PREFIX + digest[:32]


def padded_blocks(key: bytes) -> tuple[str, str]:
    """HMAC's inner and outer key blocks in hex: with them a source needs plain SHA-256 only (RFC 2104)."""
    block = (key if len(key) <= BLOCK else hashlib.sha256(key).digest()).ljust(BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in block).hex(), bytes(b ^ 0x5C for b in block).hex()


def smallest(type: LogicalType) -> Decimal:
    """The smallest value of an integer or decimal type."""
    if type.name == "decimal":
        return Decimal((1, (9,) * type.precision, -type.scale))
    return Decimal(_SMALLEST.get(type.name, 0))


def _keep(text: str, prefix: int, suffix: int) -> str:
    hidden = len(text) - prefix - suffix
    if hidden <= 0:
        return "*" * len(text)
    return text[:prefix] + "*" * hidden + text[len(text) - suffix :]


def _band(value: Decimal, step: Argument, type: LogicalType) -> object:
    scale = type.scale if type.name == "decimal" else 0
    units, width = int(value.scaleb(scale, _WIDE)), int(Decimal(step).scaleb(scale, _WIDE))
    floor = max(units - units % width, int(smallest(type).scaleb(scale, _WIDE)))
    return Decimal(floor).scaleb(-scale, _WIDE) if type.name == "decimal" else floor


def _truncate(value: _Moment, unit: str) -> _Moment:
    match unit:
        case "year":
            day = dt.date(value.year, 1, 1)
        case "quarter":
            day = dt.date(value.year, (value.month - 1) // 3 * 3 + 1, 1)
        case "month":
            day = dt.date(value.year, value.month, 1)
        case _:
            day = dt.date(value.year, value.month, value.day)
    if not isinstance(value, dt.datetime):
        return day
    return dt.datetime(day.year, day.month, day.day, value.hour if unit == "hour" else 0)
