"""How a raw column becomes a value of its logical type under DuckDB's rules, in PostgreSQL's SQL.

A reading of a type that can be compared never raises: an expression that can would be an oracle for rows that a filter
hides. A value that the type cannot hold either becomes NULL here (``invalid = "null"``) or travels as what it is and is
refused on arrival, in :mod:`fedquery_postgres.arrival`. Only lists and intervals, which the source never compares, raise.
See docs/decisions/0010-postgres-types.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from fedquery.spi import INTEGERS, LogicalType, PhysicalColumn
from fedquery_postgres.types import RANGES, Declared

#: Moments that Arrow's microseconds, DuckDB and PostgreSQL can all hold, and whose year can be truncated.
FIRST, LAST_DAY, LAST_MOMENT = "4713-01-01 BC", "294247-01-10", "294247-01-10 04:00:54.775806"
#: Arrow counts an interval's time in nanoseconds.
_HOURS = 2562046

_RAISED = re.compile(r"fedquery invalid value ([0-9a-f]+)")
_CAST = {"boolean": "boolean", "real": "real", "double": "double precision", "blob": "bytea"}
_FAMILIES = {"boolean": {"boolean"}, "real": {"real"}, "double": {"double", "real"}, "blob": {"bytea"}}


def read(column: PhysicalColumn, type_name: Callable[[LogicalType], str]) -> str:
    """The reading. Where the declared type has none as the logical one, it is a text that the source refuses before it runs,
    as it refuses a column that is gone."""
    declared, raw = Declared.parse(column.declared), _quoted(column.name)
    nulls = column.invalid == "null"
    if column.type.item is not None:
        return _list(raw, declared, column.type.item, type_name, nulls)
    if declared.dimensions:
        return _refused(raw)
    if column.type.name == "interval":
        if declared.family not in ("", "interval"):
            return _refused(raw)
        fits = f"EXTRACT(HOUR FROM {raw}) BETWEEN -{_HOURS} AND {_HOURS}"
        other = "" if nulls else f" WHEN {raw} IS NOT NULL THEN {_raise(raw, 'interval')}"
        return f"CASE WHEN {fits} THEN {raw}{other} END"
    value, condition = _scalar(raw, declared, column.type)
    return f"CASE WHEN {condition} THEN {value} END" if nulls and condition else value


def raised(message: str) -> str | None:
    """The column that an error text of the source names as holding an invalid value."""
    found = _RAISED.search(message)
    return bytes.fromhex(found[1]).decode()[1:-1].replace('""', '"') if found else None


def may_be_invalid(column: PhysicalColumn) -> bool:
    """Whether the reading can differ from the raw column in being NULL."""
    declared = Declared.parse(column.declared)
    listed = column.type.item is not None or column.type.name == "interval"
    return listed or _scalar("x", declared, column.type)[1] is not None


def _scalar(raw: str, declared: Declared, type: LogicalType) -> tuple[str, str | None]:
    """The value, and the condition under which the type can hold it (None: always)."""
    family = declared.family
    match type.name:
        case "varchar" if family == "char":
            return f'{_unpadded(raw)} COLLATE "C"', None
        case "varchar" if family != "bytea":
            return f'CAST({raw} AS text) COLLATE "C"', None
        case name if name in INTEGERS and family in ("", *RANGES):
            low, high = RANGES[name]
            fits = family in RANGES and low <= RANGES[family][0] and RANGES[family][1] <= high
            value = f"CAST({raw} AS bigint)" if family == "oid" else raw
            return value, None if fits else f"{value} BETWEEN {low} AND {high}"
        case "ubigint" if family == "numeric":
            return raw, f"{raw} BETWEEN 0 AND {2**64 - 1} AND {raw} = trunc({raw})"
        case "decimal" if family in ("", "numeric"):
            return raw, _decimal_fits(raw, declared, type)
        case "decimal" if family == "money":
            value = f"CAST({raw} AS numeric)"
            return value, _decimal_fits(value, declared, type)
        case "date" | "timestamp" | "timestamptz" as name if family in ("", name):
            zone, last = ("+00" if name == "timestamptz" else ""), (LAST_DAY if name == "date" else LAST_MOMENT)
            word = "timestamp with time zone" if name == "timestamptz" else name
            era = FIRST if name == "date" else FIRST.replace(" BC", f" 00:00:00{zone} BC")
            return raw, f"{raw} BETWEEN CAST('{era}' AS {word}) AND CAST('{last}{zone}' AS {word})"
        case "time" if family in ("", "time"):
            return raw, f"{raw} < CAST('24:00' AS time)"
        case name if name in _CAST and family in ("", *_FAMILIES[name]):
            return (f"CAST({raw} AS {_CAST[name]})" if (name, family) == ("double", "real") else raw), None
    return _refused(raw), None


def _unpadded(raw: str) -> str:
    """By way of a name, which holds 63 bytes and sheds the padding sooner; a column may have become wider than declared."""
    return f"CASE WHEN octet_length({raw}) < 64 THEN CAST(CAST({raw} AS name) AS text) ELSE CAST({raw} AS text) END"


def _decimal_fits(value: str, declared: Declared, type: LogicalType) -> str:
    """Comparing with a power of ten also excludes NaN and the infinities, which are above it."""
    whole = type.precision - type.scale
    fits = f"abs({value}) < 1{'0' * whole}"
    if declared.family == "numeric" and declared.arguments and declared.arguments[1] <= type.scale:
        return fits
    return f"{fits} AND {value} = trunc({value}, {type.scale})"


def _list(raw: str, declared: Declared, item: LogicalType, type_name: Callable[[LogicalType], str], nulls: bool) -> str:
    if item.item is not None or (declared.family and declared.dimensions != 1):
        return _refused(raw)
    _, fits = _scalar('"e"', Declared(declared.family, declared.arguments), item)
    cast = _item_cast(declared.family, item)
    whole = f"CAST({raw} AS {cast}[])" if cast else raw
    bad = f"array_ndims({raw}) > 1"
    if not nulls:
        return f"CASE WHEN {bad} THEN {_raise(raw, f'{cast or type_name(item)}[]')} ELSE {whole} END"
    if fits:
        bad += f' OR EXISTS (SELECT FROM unnest({raw}) AS "_" ("e") WHERE "e" IS NOT NULL AND NOT ({fits}))'
    return f"CASE WHEN {bad} THEN NULL ELSE {whole} END"


def _item_cast(family: str, item: LogicalType) -> str | None:
    if item.name == "varchar":
        return None if family == "text" else "text"
    if item.name == "double" and family == "real":
        return "double precision"
    return {"oid": "bigint", "money": "numeric"}.get(family)


def _raise(raw: str, type: str) -> str:
    """A cast that fails with a text that :func:`raised` reads, the column's name in hex.

    It depends on the row, else it would fail when it is planned.
    """
    text = f"'fedquery invalid value {raw.encode().hex()}'"
    return f"CAST({text} || left(CAST({raw} AS text), 0) AS {type})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _refused(raw: str) -> str:
    """No function has this name: the statement fails when it is analysed, and is told as drift."""
    return f"pg_catalog.fedquery_has_no_reading({raw})"
