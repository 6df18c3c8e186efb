"""A raw column as a value of its logical type, exact or refused: what :meth:`Dialect.read` spells.

Texts become ``CAST(c AS CHAR)``, which has the session's own collation: binary and without padding (see ``session``).
A value that the logical type cannot hold becomes NULL, or makes the statement fail with :data:`MARKER` and the column's
name in the server's error text, where ``errors`` finds it.
"""

from __future__ import annotations

from fedquery.spi import INTEGERS, LogicalType, PhysicalColumn
from fedquery_mysql.types import BINARY_BASES, EXACT_BASES, RANGES, TEXTUAL_BASES, Declared, cast_name

MARKER = "fedquery_invalid_"


def reading(raw: str, column: PhysicalColumn) -> str:
    """``raw`` under the column's logical type; any value of a declared type that has no exact reading is refused."""
    declared, type = Declared.parse(column.declared), column.type
    base = declared.base or _default_base(type)
    if type.name in INTEGERS and base in EXACT_BASES:
        return _integer(raw, column, declared)
    match type.name:
        case "boolean" if base in EXACT_BASES:
            return _boolean(raw, column, declared)
        case "decimal" if base in EXACT_BASES:
            return _decimal(raw, column, declared)
        case "varchar" if base in TEXTUAL_BASES | {"date", "datetime", "time"} | EXACT_BASES - {"bit"}:
            return f"CAST({raw} AS CHAR)"
        case "real" if base == "float":
            return f"CAST({raw} AS DOUBLE)"
        case "double" if base in ("float", "double"):
            return raw if base == "double" and declared.base else f"CAST({raw} AS DOUBLE)"
        case "date" if base == "date":
            return _checked(_no_date(raw), raw, column)
        case "timestamp" if base == "datetime":
            return _checked(_no_date(raw), raw, column)
        case "timestamptz" if base == "timestamp":
            return _checked(f"MONTH({raw}) = 0", raw, column)
        case "time" if base == "time":
            return _checked(f"{raw} NOT BETWEEN CAST('00:00:00' AS TIME) AND '23:59:59.999999'", raw, column)
        case "blob" if base in BINARY_BASES:
            return raw
    return f"CASE WHEN {raw} IS NOT NULL THEN {_refusal(raw, column)} END"


def _default_base(type: LogicalType) -> str:
    """The base assumed where the directory keeps no declared type."""
    bases = {
        "varchar": "varchar", "real": "float", "double": "double", "timestamp": "datetime", "timestamptz": "timestamp",
        "blob": "blob", "date": "date", "time": "time",
    }  # fmt: skip
    return bases.get(type.name, "decimal")


def _integer(raw: str, column: PhysicalColumn, declared: Declared) -> str:
    low, high = RANGES[column.type.name]
    value = raw if declared.base not in ("bit", "year") else f"CAST({raw} AS UNSIGNED)"
    if declared.range and low <= declared.range[0] and declared.range[1] <= high:
        return value
    bad = f"{value} NOT BETWEEN {low} AND {high}"
    if declared.range is None:
        bad, value = f"{bad} OR {raw} <> ROUND({raw})", f"CAST({raw} AS {cast_name(column.type)})"
    return _checked(bad, value, column, raw)


def _boolean(raw: str, column: PhysicalColumn, declared: Declared) -> str:
    value = f"({raw} = 1)"
    return value if declared.range == (0, 1) else _checked(f"{raw} NOT IN (0, 1)", value, column, raw)


def _decimal(raw: str, column: PhysicalColumn, declared: Declared) -> str:
    whole, scale = column.type.precision - column.type.scale, column.type.scale
    if declared.base == "decimal":
        length = declared.length or 10
        if declared.scale == scale and length - scale <= whole:
            return raw
        fits = declared.scale <= scale and length - declared.scale <= whole
    else:
        fits = declared.range is not None and declared.range[1] < 10**whole and -declared.range[0] < 10**whole
    value = f"CAST({raw} AS {cast_name(column.type)})"
    return value if fits else _checked(f"ABS({raw}) >= {10**whole} OR {raw} <> {value}", value, column, raw)


def _no_date(raw: str) -> str:
    """Whether it is a zero date, an incomplete one, or a day that the month does not have."""
    return f"MONTH({raw}) = 0 OR DAYOFMONTH({raw}) NOT BETWEEN 1 AND DAYOFMONTH(LAST_DAY({raw}))"


def _checked(bad: str, value: str, column: PhysicalColumn, raw: str | None = None) -> str:
    if column.invalid == "null":
        return f"CASE WHEN {bad} THEN NULL ELSE {value} END"
    return f"CASE WHEN {bad} THEN {_refusal(raw or value, column)} ELSE {value} END"


def _refusal(raw: str, column: PhysicalColumn) -> str:
    """An expression that fails when it is evaluated: EXP overflows, which is an error in a SELECT.

    It reads the row, so that nothing evaluates it ahead of the CASE around it.
    """
    mark = MARKER + column.name.encode().hex()[:128]
    return f"CAST(EXP(1000 + LENGTH(CONCAT('{mark}', {raw}))) AS {cast_name(column.type)})"
