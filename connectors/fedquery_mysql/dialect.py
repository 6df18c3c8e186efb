"""How MySQL and MariaDB spell what a governed leaf needs.

Every session's texts are utf8mb4 under a binary collation without padding (``session``), so comparisons here are DuckDB's.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from fedquery.spi import (
    INTEGERS,
    TOKEN_PREFIX,
    ColumnOperand,
    Compare,
    Dialect,
    In,
    IsNull,
    LogicalType,
    Mask,
    ParameterOperand,
    PhysicalColumn,
    ValueOperand,
)
from fedquery_mysql.functions import function
from fedquery_mysql.reading import no_date, reading
from fedquery_mysql.session import ELEMENT_LENGTH, variable
from fedquery_mysql.types import RANGES, TEXT_BASES, Declared, cast_name

_FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_FORMATS = {"year": "%Y-01-01", "month": "%Y-%m-01", "day": "%Y-%m-%d", "hour": "%Y-%m-%d %H:00:00"}
_BLANKS = " \t\n\v\f\r"


class MySQLDialect(Dialect):
    """MySQL from 8.0.17, MariaDB from 10.6. Parameters are user variables, lists are JSON texts in them."""

    name: ClassVar[str] = "mysql"
    filters: ClassVar[bool] = False

    def identifier(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def string(self, value: str) -> str:
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"

    def type_name(self, type: LogicalType) -> str:
        return cast_name(type)

    def literal(self, value: object, type: LogicalType) -> str:
        if isinstance(value, bytes):
            return f"X'{value.hex()}'"
        if isinstance(value, dt.datetime) and value.tzinfo:
            value = value.astimezone(dt.UTC).replace(tzinfo=None)
        if isinstance(value, str) and type.name != "varchar":
            return f"CAST({self.string(value)} AS {self.type_name(type)})"
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and type.name in ("real", "double"):
            value = float(value)
        return super().literal(value, type)

    def parameter(self, name: str, type: LogicalType) -> str:
        return f"CAST({variable(name)} AS {self.type_name(type)})"

    def member(self, operand: str, name: str, type: LogicalType) -> str:
        value = "CAST(v AS CHAR)" if type.name == "varchar" else "v"
        return f"{operand} IN ({self._elements(value, name, type)})"

    def _elements(self, value: str, name: str, type: LogicalType, length: int = ELEMENT_LENGTH) -> str:
        """A SELECT of the list's members, texts cut to ``length``: the server keeps so much room for each of them."""
        kinds = {"CHAR": f"VARCHAR({length})", "SIGNED": "BIGINT", "UNSIGNED": "BIGINT UNSIGNED"}
        kind = "TINYINT" if type.name == "boolean" else self.type_name(type)
        element = kinds.get(kind, kind)
        return f"SELECT {value} FROM JSON_TABLE({variable(name)}, '$[*]' COLUMNS (v {element} PATH '$')) AS list"

    def function(self, name: str, operands: tuple[str, ...], types: tuple[LogicalType, ...], result: LogicalType) -> str | None:
        return function(name, operands, types)

    def read(self, column: PhysicalColumn) -> str:
        return reading(self.identifier(column.name), column)

    def mask(self, mask: Mask, value: str, type: LogicalType) -> str:
        match mask.name, mask.arguments:
            case "null", ():
                return self.literal(None, type)
            case "const", (text,) if mask.hide_null:
                return self.string(str(text))
            case "const", (text,):
                return f"CASE WHEN {value} IS NOT NULL THEN {self.string(str(text))} END"
            case "keep", (int(prefix), int(suffix)):
                length, both = f"CHAR_LENGTH({value})", prefix + suffix
                shown = f"CONCAT(LEFT({value}, {prefix}), REPEAT('*', {length} - {both}), RIGHT({value}, {suffix}))"
                return f"CASE WHEN {length} <= {both} THEN REPEAT('*', {length}) ELSE {shown} END"
            case "prefix", (count,):
                return f"LEFT({value}, {count})"
            case "truncate", (unit,):
                start = f"CAST({_start(value, str(unit))} AS {self.type_name(type)})"
                return f"CASE WHEN {no_date(value)} THEN {value} ELSE {start} END"  # to be refused on arrival
            case "band", (step,):
                return self._band(value, str(step), type)
        return super().mask(mask, value, type)

    def _band(self, value: str, step: str, type: LogicalType) -> str:
        """The greatest multiple of the step not above the value, and never below the type's smallest value.

        Not cast to the type: a value beyond it, which is to be refused on arrival, would become the type's greatest.
        """
        scale = type.scale
        number, divisor = f"CAST({value} AS DECIMAL(65,{scale}))", f"CAST({step} AS DECIMAL(65,{scale}))"
        rest = f"({number} % {divisor})"
        floor = f"{number} - {rest} - CASE WHEN {rest} < 0 THEN {divisor} ELSE 0 END"
        smallest = Decimal((1, (9,) * type.precision, -scale)) if type.name == "decimal" else RANGES[type.name][0]
        least = f"CAST({smallest:f} AS DECIMAL(65,{scale}))"
        return f"GREATEST({floor}, {least})"

    def token(self, value: str, inner: str, outer: str) -> str:
        blank = f"ORD(LEFT({value}, 1)) <= 32 OR ORD(RIGHT({value}, 1)) <= 32"
        edges = self.string(rf"\A[{_BLANKS}]+|[{_BLANKS}]+\z")
        trimmed = f"CASE WHEN {blank} THEN REGEXP_REPLACE({value}, {edges}, '') ELSE {value} END"
        canonical = f"CASE WHEN LENGTH({value}) = CHAR_LENGTH({value}) THEN UPPER({trimmed}) ELSE {trimmed} END"
        first = f"UNHEX(SHA2(CONCAT(UNHEX({variable(inner)}), {canonical}), 256))"
        return f"CONCAT('{TOKEN_PREFIX}', LEFT(SHA2(CONCAT(UNHEX({variable(outer)}), {first}), 256), 32))"

    def starts_with(self, value: str, prefix: str) -> str:
        return f"LEFT({value}, CHAR_LENGTH({prefix})) = {prefix}"

    def slot(self, column: PhysicalColumn, predicate: Compare | In | IsNull) -> str | None:
        raw, declared = self.identifier(column.name), Declared.parse(column.declared)
        match predicate:
            case IsNull(ColumnOperand()) if column.invalid == "error":
                return f"{raw} IS NULL"
            case Compare(operator, ColumnOperand(), (ValueOperand() | ParameterOperand()) as other):
                return self._compared(raw, operator, other, column, declared)
            case Compare(operator, (ValueOperand() | ParameterOperand()) as other, ColumnOperand()) if operator in _FLIPPED:
                return self._compared(raw, _FLIPPED[operator], other, column, declared)
            case In(ColumnOperand(), ParameterOperand(name, type)) if _indexed("=", column, declared):
                item = type.item or type
                value = _collated("v", declared) if item.name == "varchar" else "v"
                return f"{raw} IN ({self._elements(value, name, item, _longest(declared))})"
            case In(ColumnOperand(), tuple() as values) if values and _indexed("=", column, declared):
                return f"{raw} IN ({', '.join(self.literal(v.value, v.type) for v in values)})"
        return None

    def numbers(self, column: PhysicalColumn, type: LogicalType) -> tuple[str, str] | None:
        """A list in the statement is looked up in an index, or counted; a bound one is a table of unknown size."""
        whole = type.name in INTEGERS and column.type.name in INTEGERS
        fits = whole and _indexed("=", column, Declared.parse(column.declared))
        return (f"{self.identifier(column.name)} IN (", ")") if fits else None

    def _compared(
        self, raw: str, operator: str, other: ValueOperand | ParameterOperand, column: PhysicalColumn, declared: Declared
    ) -> str | None:
        if not _indexed(operator, column, declared):
            return None
        if isinstance(other, ValueOperand):
            return f"{raw} {operator} {self.literal(other.value, other.type)}"
        value = self.parameter(other.name, other.type)
        return f"{raw} {operator} {_collated(value, declared) if other.type.name == 'varchar' else value}"


def _indexed(operator: str, column: PhysicalColumn, declared: Declared) -> bool:
    """Whether the comparison on the raw column is total and never FALSE where the exact one is TRUE.

    A text's own collation may find more equal than its bytes are, never less; so only equality, and only for texts.
    """
    if column.type.name == "varchar":
        return operator == "=" and declared.base in TEXT_BASES
    return operator in _FLIPPED and column.type.name not in ("real", "double", "blob")


def _longest(declared: Declared) -> int:
    """Code points of the longest text that may be a value of the column: a longer one that is cut finds a row too many."""
    return min(declared.length or ELEMENT_LENGTH, ELEMENT_LENGTH) if declared.base in ("char", "varchar") else ELEMENT_LENGTH


def _collated(value: str, declared: Declared) -> str:
    """A text in the character set and collation of the column, which its index is ordered by."""
    if not declared.collation:
        return f"CAST({value} AS CHAR)"
    return f"CONVERT({value} USING {declared.collation.partition('_')[0]}) COLLATE {declared.collation}"


def _start(value: str, unit: str) -> str:
    """The start of the year, quarter, month, day or hour as a text."""
    if unit == "quarter":
        return f"CONCAT(DATE_FORMAT({value}, '%Y-'), LPAD(QUARTER({value}) * 3 - 2, 2, '0'), '-01')"
    return f"DATE_FORMAT({value}, '{_FORMATS[unit]}')"
