"""How PostgreSQL spells what a governed leaf needs.

Bound values are settings of the transaction: ``set_config('fedquery.NAME', VALUE, true)`` before the statement,
``current_setting('fedquery.NAME')`` in it. See :mod:`fedquery_postgres.parameters` for how values are written there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from fedquery.spi import (
    INTEGERS,
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
from fedquery_postgres import functions, masks, reading, scratch
from fedquery_postgres.parameters import HIGH, LOW, elements, setting
from fedquery_postgres.types import Declared

_NAMES = {
    "boolean": "boolean", "tinyint": "smallint", "utinyint": "smallint", "smallint": "smallint", "usmallint": "integer",
    "integer": "integer", "uinteger": "bigint", "bigint": "bigint", "ubigint": "numeric(20,0)", "real": "real",
    "double": "double precision", "varchar": "text", "blob": "bytea", "date": "date", "time": "time", "timestamp": "timestamp",
    "timestamptz": "timestamp with time zone", "interval": "interval",
}  # fmt: skip

_FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class PostgresDialect(Dialect):
    """PostgreSQL 12 and newer, in a database encoded in UTF-8."""

    name: ClassVar[str] = "postgres"

    def type_name(self, type: LogicalType) -> str:
        if type.item is not None:
            return f"{self.type_name(type.item)}[]"
        return f"numeric({type.precision},{type.scale})" if type.name == "decimal" else _NAMES[type.name]

    def literal(self, value: object, type: LogicalType) -> str:
        """Anything but a text is a cast string, so that no sign, exponent or operator's choice of type can interfere."""
        if isinstance(value, bytes):
            return f"CAST('\\x{value.hex()}' AS bytea)"
        if value is None or isinstance(value, (bool, str)):
            return super().literal(value, type)
        text = value.isoformat(" ") if isinstance(value, dt.datetime) else str(value)
        # numeric without precision: a cast to numeric(p,s) would round a literal that has more places.
        kind = "numeric" if isinstance(value, Decimal) else self.type_name(type)
        return f"CAST({self.string(text)} AS {kind})"

    def parameter(self, name: str, type: LogicalType) -> str:
        value = f"substr(nullif(current_setting('{setting(name)}'), ''), 2)"
        return value if type.name == "varchar" else f"CAST({value} AS {self.type_name(type)})"

    def member(self, operand: str, name: str, type: LogicalType) -> str:
        return _joined(operand, self._element(type), name)

    def function(self, name: str, operands: tuple[str, ...], types: tuple[LogicalType, ...], result: LogicalType) -> str | None:
        return functions.function(name, operands, types)

    def computed(self, text: str, type: LogicalType) -> str:
        return f"({text} {masks.BINARY})" if type.name == "varchar" else text

    def checked(self, text: str, type: LogicalType) -> str:
        return functions.checked(text, type)

    def read(self, column: PhysicalColumn) -> str:
        return reading.read(column, self.type_name)

    def mask(self, mask: Mask, value: str, type: LogicalType) -> str:
        text = masks.mask(mask, value, type, self.string, self.type_name(type))
        return super().mask(mask, value, type) if text is None else text

    def token(self, value: str, inner: str, outer: str) -> str:
        varchar = LogicalType("varchar")
        return masks.token(value, self.parameter(inner, varchar), self.parameter(outer, varchar))

    def decode(self, value: str, codes: Mapping[str, str]) -> str:
        return f"({super().decode(value, codes)}) {masks.BINARY}"

    def split(self) -> str | None:
        return f"ctid >= CAST(current_setting('{LOW}') AS tid) AND ctid < CAST(current_setting('{HIGH}') AS tid)"

    def split_by(self, column: PhysicalColumn) -> str | None:
        """Of whole numbers, whose ranges leave none out. That the column holds no NULL is seen to when parts are made."""
        if column.type.name not in INTEGERS or Declared.parse(column.declared).family not in ("", *INTEGERS):
            return None
        low, high = (f"CAST(current_setting('{name}') AS bigint)" for name in (LOW, HIGH))
        return f"{self.identifier(column.name)} BETWEEN {low} AND {high}"

    def slot(self, column: PhysicalColumn, predicate: Compare | In | IsNull) -> str | None:
        raw = self.identifier(column.name)
        match predicate:
            case IsNull(ColumnOperand()):
                return None if column.invalid == "null" and reading.may_be_invalid(column) else f"{raw} IS NULL"
            case Compare(operator, ColumnOperand(), (ValueOperand() | ParameterOperand()) as other):
                value = self._raw_value(column, operator, other)
                return value and f"{raw} {operator} {value}"
            case Compare(operator, (ValueOperand() | ParameterOperand()) as other, ColumnOperand()):
                value = self._raw_value(column, _FLIPPED[operator], other)
                return value and f"{raw} {_FLIPPED[operator]} {value}"
            case In(ColumnOperand(), ParameterOperand(name, type)):
                item = type.item or type
                kind = _raw_type(column, "=", item, self)
                return kind and f"{raw} = ANY (ARRAY(SELECT {self._element(item, kind)} FROM {elements(name)}))"
            case In(ColumnOperand(), tuple() as values):
                texts = [self._raw_value(column, "=", value) for value in values]
                return f"{raw} IN ({', '.join(t for t in texts if t)})" if texts and all(texts) else None
        return None

    def keys(self, column: PhysicalColumn, name: str, type: LogicalType) -> str | None:
        """Joined: PostgreSQL would compare a row with one member of a bound array after the other, where no index serves."""
        kind = _raw_type(column, "=", type, self)
        return kind and _joined(self.identifier(column.name), self._element(type, kind), name)

    def stored(self, column: PhysicalColumn, name: str, type: LogicalType) -> str | None:
        kind = _raw_type(column, "=", type, self)
        return kind and f"{self.identifier(column.name)} IN ({scratch.selected(name, kind)})"

    def numbers(self, column: PhysicalColumn, type: LogicalType) -> tuple[str, str] | None:
        """Of a bound list PostgreSQL expects ten members, whatever their number."""
        kind = _raw_type(column, "=", type, self) if type.name in INTEGERS else None
        return (f"{self.identifier(column.name)} = ANY (CAST('{{", f"}}' AS {kind}[]))") if kind else None

    def again(self, condition: str) -> str:
        """PostgreSQL expects 99.5 % of an expression that it has no statistics of to be NOT NULL."""
        return f"(CASE WHEN {condition} THEN 1 END) IS NOT NULL"

    def _raw_value(self, column: PhysicalColumn, operator: str, value: ValueOperand | ParameterOperand) -> str | None:
        """The other side of a comparison with the raw column, so typed that the column's own index can serve it."""
        kind = _raw_type(column, operator, value.type, self)
        if kind is None:
            return None
        if isinstance(value, ParameterOperand):
            text = self.parameter(value.name, value.type)
            return f"CAST({text} AS {kind})" if value.type.name == "varchar" else text
        if value.value is None:
            return None
        if value.type.name == "varchar":
            return f"CAST({self.string(str(value.value))} AS {kind})"
        return self.literal(value.value, value.type)

    def _element(self, type: LogicalType, kind: str | None = None) -> str:
        return f'CAST("e" AS {kind or self.type_name(type)})'


def _joined(operand: str, element: str, name: str) -> str:
    return f"{operand} IN (SELECT {element} FROM {elements(name)})"


def _raw_type(column: PhysicalColumn, operator: str, other: LogicalType, dialect: Dialect) -> str | None:
    """The type in which a value is compared with the raw column; None where that would not be a superset, or could raise.

    A text is compared raw for equality only (another collation has another order), and only where the column is declared a
    text: an enum or a uuid would refuse a value that it cannot parse.
    """
    declared = Declared.parse(column.declared)
    if operator == "<>" or declared.dimensions or column.type.item is not None:
        return None
    if column.type.name == "varchar":
        kind = {"text": "text", "char": "bpchar"}.get(declared.family)
        return kind if operator == "=" and other.name == "varchar" else None
    if declared.family == "money" or column.type.name in ("interval", "real"):
        return None
    exact = {*INTEGERS, "decimal"}
    if column.type.name == other.name or (column.type.name in exact and other.name in exact):
        return dialect.type_name(other)
    return None
