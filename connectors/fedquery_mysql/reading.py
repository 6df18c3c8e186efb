"""A raw column as a value of its logical type: what :meth:`Dialect.read` spells. Every reading is total.

Texts become ``CAST(c AS CHAR)``, which has the session's own collation: binary and without padding (see ``session``).
A value that the logical type cannot hold becomes NULL, or travels as one that no cell of the type can be, and is refused when
it arrives. A reading that failed at the source would be evaluated beside the row filter, and tell of rows that it hides.
"""

from __future__ import annotations

from fedquery.spi import INTEGERS, LogicalType, PhysicalColumn
from fedquery_mysql.types import BINARY_BASES, EXACT_BASES, RANGES, TEXTUAL_BASES, Declared, cast_name


def reading(raw: str, column: PhysicalColumn) -> str:
    """``raw`` under the column's logical type. Where the declared type has no exact reading, the result is drift."""
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
            return _checked(no_date(raw), raw, column)
        case "timestamp" if base == "datetime":
            return _checked(no_date(raw), raw, column)
        case "timestamptz" if base == "timestamp":
            return _checked(f"MONTH({raw}) = 0", raw, column)
        case "time" if base == "time":
            return _checked(f"{raw} NOT BETWEEN CAST('00:00:00' AS TIME) AND '23:59:59.999999'", raw, column)
        case "blob" if base in BINARY_BASES:
            return raw
    return f"HEX({raw})" if type.name != "varchar" else raw  # not of the promised type: drift before the first row


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
    return _checked(bad, value, column, _too_large(0))


def _boolean(raw: str, column: PhysicalColumn, declared: Declared) -> str:
    value = f"({raw} = 1)"
    return value if declared.range == (0, 1) else _checked(f"{raw} NOT IN (0, 1)", value, column, "2")


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
    return value if fits else _checked(f"ABS({raw}) >= {10**whole} OR {raw} <> {value}", value, column, _too_large(scale))


def no_date(raw: str) -> str:
    """Whether it is a zero date, an incomplete one, or a day that the month does not have."""
    return f"MONTH({raw}) = 0 OR DAYOFMONTH({raw}) NOT BETWEEN 1 AND DAYOFMONTH(LAST_DAY({raw}))"


def _checked(bad: str, value: str, column: PhysicalColumn, refused: str = "") -> str:
    """``refused`` is what an invalid value travels as; without it, as itself."""
    if column.invalid == "null":
        return f"CASE WHEN {bad} THEN NULL ELSE {value} END"
    return f"CASE WHEN {bad} THEN {refused} ELSE {value} END" if refused else value


def _too_large(scale: int) -> str:
    """A number beyond every logical type, and still so when it is added up."""
    return f"CAST(1{'0' * (60 - scale)} AS DECIMAL(65,{scale}))"
