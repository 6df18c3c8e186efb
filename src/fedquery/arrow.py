"""The logical types of the directory, and their one mapping to Arrow and to DuckDB's SQL names.

>>> LogicalType.parse("decimal(10,2)").arrow
Decimal128Type(decimal128(10, 2))
>>> LogicalType.parse("integer[]").sql
'INTEGER[]'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

ARROW_STREAM = "application/vnd.apache.arrow.stream"

_SIMPLE: dict[str, tuple[pa.DataType, str]] = {
    "boolean": (pa.bool_(), "BOOLEAN"),
    "tinyint": (pa.int8(), "TINYINT"),
    "smallint": (pa.int16(), "SMALLINT"),
    "integer": (pa.int32(), "INTEGER"),
    "bigint": (pa.int64(), "BIGINT"),
    "utinyint": (pa.uint8(), "UTINYINT"),
    "usmallint": (pa.uint16(), "USMALLINT"),
    "uinteger": (pa.uint32(), "UINTEGER"),
    "ubigint": (pa.uint64(), "UBIGINT"),
    "real": (pa.float32(), "FLOAT"),
    "double": (pa.float64(), "DOUBLE"),
    "varchar": (pa.string(), "VARCHAR"),
    "blob": (pa.binary(), "BLOB"),
    "date": (pa.date32(), "DATE"),
    "time": (pa.time64("us"), "TIME"),
    "timestamp": (pa.timestamp("us"), "TIMESTAMP"),
    "timestamptz": (pa.timestamp("us", tz="UTC"), "TIMESTAMPTZ"),
    "interval": (pa.month_day_nano_interval(), "INTERVAL"),
}

INTEGERS = frozenset({"tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint"})
FLOATS = frozenset({"real", "double"})
NUMERICS = INTEGERS | FLOATS | {"decimal"}
TEMPORALS = frozenset({"date", "time", "timestamp", "timestamptz"})
TYPE_NAMES = (*_SIMPLE, "decimal")

_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)")


@dataclass(frozen=True, slots=True)
class LogicalType:
    """A type of the directory: a name, for ``decimal`` a precision (1-38) and scale, for a list its ``item``."""

    name: str
    precision: int = 0
    scale: int = 0
    item: LogicalType | None = None

    @staticmethod
    def parse(text: str) -> LogicalType:
        """``"decimal(10,2)"``, ``"varchar"``, ``"integer[]"``. Raises ValueError that names the known types."""
        return _parse(text)

    @property
    def arrow(self) -> pa.DataType:
        if self.item is not None:
            return pa.list_(self.item.arrow)
        if self.name == "decimal":
            return pa.decimal128(self.precision, self.scale)
        return _SIMPLE[self.name][0]

    @property
    def sql(self) -> str:
        """DuckDB's name of the type."""
        if self.item is not None:
            return f"{self.item.sql}[]"
        if self.name == "decimal":
            return f"DECIMAL({self.precision},{self.scale})"
        return _SIMPLE[self.name][1]

    def __str__(self) -> str:
        if self.item is not None:
            return f"{self.item}[]"
        return f"decimal({self.precision},{self.scale})" if self.name == "decimal" else self.name


@lru_cache(maxsize=512)
def _parse(text: str) -> LogicalType:
    word = text.strip().lower()
    if word.endswith("[]"):
        return LogicalType("list", item=_parse(word[:-2]))
    if word in _SIMPLE:
        return LogicalType(word)
    if found := _DECIMAL.fullmatch(word):
        precision, scale = int(found[1]), int(found[2])
        if 1 <= precision <= 38 and scale <= precision:
            return LogicalType("decimal", precision, scale)
        raise ValueError(f"{text!r}: a decimal has 1 to 38 digits, of which at most all are behind the point")
    raise ValueError(f"{text!r} is not a type; the types are {', '.join(_SIMPLE)}, decimal(p,s), and TYPE[] for lists")


def field(name: str, type: LogicalType, nullable: bool = True) -> pa.Field:
    """The Arrow field that a column of this type is promised as."""
    return pa.field(name, type.arrow, nullable)


def sql_name(type: pa.DataType) -> str:
    """DuckDB's name of an Arrow type, for people; the Arrow name of one that has none.

    >>> sql_name(pa.list_(pa.date32()))
    'DATE[]'
    """
    if pa.types.is_list(type):
        return f"{sql_name(type.value_type)}[]"
    if pa.types.is_decimal(type):
        return f"DECIMAL({type.precision},{type.scale})"
    if pa.types.is_timestamp(type) and type.tz:
        return "TIMESTAMPTZ"
    return next((name for arrow, name in _SIMPLE.values() if arrow == type), str(type))
