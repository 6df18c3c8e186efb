"""Whether a result's columns are what was promised, by name, order and family of types."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pymysql.constants import FIELD_TYPE as F

from fedquery.spi import faults
from fedquery_mysql.session import ResultColumn

_INTEGERS = frozenset({F.TINY, F.SHORT, F.INT24, F.LONG, F.LONGLONG, F.YEAR})
_DECIMALS = frozenset({F.DECIMAL, F.NEWDECIMAL})
_BYTES = frozenset({F.VARCHAR, F.VAR_STRING, F.STRING, F.TINY_BLOB, F.MEDIUM_BLOB, F.LONG_BLOB, F.BLOB, F.JSON})


def check(described: Sequence[ResultColumn], schema: pa.Schema, source: str) -> None:
    """Raises SourceDrift with the columns that differ."""
    names = [column.name for column in described]
    if names != schema.names:
        raise faults.other_columns(source, private=f"{names}")
    wrong = [c.name for c, field in zip(described, schema, strict=True) if c.code != F.NULL and not _fits(c, field.type)]
    if wrong:
        raise faults.other_type(source, wrong, private=f"{[c for c in described if c.name in wrong]}")


def _fits(column: ResultColumn, promised: pa.DataType) -> bool:
    """Whether the column's cells are texts that parse as the promised type without a change."""
    types = pa.types
    if types.is_boolean(promised):
        return column.code in _INTEGERS
    if types.is_integer(promised):
        return column.code in _INTEGERS or (column.code in _DECIMALS and column.decimals == 0)
    if types.is_decimal(promised):
        return column.code in _INTEGERS | _DECIMALS
    if types.is_floating(promised):
        return bool(column.code == F.DOUBLE)
    if types.is_string(promised):
        return column.code in _BYTES and not column.binary
    if types.is_binary(promised):
        return column.code in _BYTES and column.binary
    if types.is_date(promised):
        return column.code in (F.DATE, F.NEWDATE)
    if types.is_time(promised):
        return bool(column.code == F.TIME)
    return bool(types.is_timestamp(promised)) and column.code in (F.DATETIME, F.TIMESTAMP)
