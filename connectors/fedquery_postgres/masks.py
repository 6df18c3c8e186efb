"""The closed list of masks and the token, spelled for PostgreSQL; each is total over every normalised reading.

Poison passes through: an infinity or a NaN that travels to be refused on arrival stays one under ``truncate`` and ``band``.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from fedquery.spi import TOKEN_PREFIX, LogicalType, Mask
from fedquery_postgres.types import RANGES

BINARY = 'COLLATE "C"'

#: Below this a step and any value of a type narrower than bigint stay within bigint's arithmetic.
_SMALL_STEP = 2**31


def mask(mask: Mask, value: str, type: LogicalType, string: Callable[[str], str], type_name: str) -> str | None:
    """The masked value; None for a mask that is not of the list."""
    match mask.name, mask.arguments:
        case "null", ():
            return f"CAST(NULL AS {type_name})" + (f" {BINARY}" if type.name == "varchar" else "")
        case "const", (text,) if mask.hide_null:
            return f"{string(str(text))} {BINARY}"
        case "const", (text,):
            return f"CASE WHEN {value} IS NOT NULL THEN {string(str(text))} {BINARY} END"
        case "keep", (int(prefix), int(suffix)):
            length = f"char_length({value})"
            shown = f"left({value}, {prefix}) || repeat('*', {length} - {prefix + suffix}) || right({value}, {suffix})"
            return f"CASE WHEN {length} <= {prefix + suffix} THEN repeat('*', {length}) {BINARY} ELSE {shown} END"
        case "prefix", (count,):
            return f"left({value}, {count})"
        case "truncate", (unit,):
            return _truncate(value, str(unit), type, type_name)
        case "band", (step,):
            return _band(value, Decimal(step), type, type_name)
    return None


def token(value: str, inner: str, outer: str) -> str:
    """Decision 21: HMAC-SHA-256 as two nested digests over padded keys, given as hex; only the ASCII blanks are trimmed."""
    trimmed = rf"btrim({value}, E' \t\n\x0B\f\r')"
    ascii_only = f"octet_length({trimmed}) = char_length({trimmed})"
    canonical = f"CASE WHEN {ascii_only} THEN upper({trimmed}) ELSE {trimmed} END"
    first = f"sha256(decode({inner}, 'hex') || convert_to({canonical}, 'UTF8'))"
    return f"('{TOKEN_PREFIX}' || left(encode(sha256(decode({outer}, 'hex') || {first}), 'hex'), 32)) {BINARY}"


def _truncate(value: str, unit: str, type: LogicalType, type_name: str) -> str:
    """Outside the years that a timestamp can start, the value is one that is refused on arrival: it is made infinite."""
    if type.name == "timestamp":
        inside, moment = f"{value} >= TIMESTAMP '4713-01-01 00:00:00 BC'", value
    else:
        inside = f"{value} BETWEEN DATE '4713-01-01 BC' AND DATE '294247-01-10'"
        moment = f"CAST({value} AS timestamp)"
    truncated = f"CAST(date_trunc('{unit}', {moment}) AS {type_name})"
    return f"CASE WHEN {inside} THEN {truncated} WHEN {value} IS NOT NULL THEN CAST('infinity' AS {type_name}) END"


def _band(value: str, step: Decimal, type: LogicalType, type_name: str) -> str:
    """The greatest multiple of step not above the value, and never below the type's smallest value."""
    integer = type.name != "decimal"
    narrow = integer and type.name not in ("bigint", "ubigint") and step < _SMALL_STEP
    wide = "bigint" if narrow else "numeric"
    number, divisor = f"CAST({value} AS {wide})", f"CAST({step:f} AS {wide})"
    remainder = f"({number} % {divisor})"
    floor = f"({number} - {remainder} - CASE WHEN {remainder} < 0 THEN {divisor} ELSE 0 END)"
    smallest = RANGES[type.name][0] if integer else Decimal((1, (9,) * type.precision, -type.scale))
    banded = f"greatest({floor}, CAST({smallest} AS {wide}))"
    # A decimal keeps its digits as they are: a cast to decimal(p,s) could raise for a value that is refused on arrival.
    banded = f"CAST({banded} AS {type_name})" if integer else banded
    return f"CASE WHEN {value} IS NOT NULL THEN {banded} END"
