"""The reference dataset: every logical type with NULLs and edge values, odd names, joins, and enough rows to interrupt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import product

import pyarrow as pa

from fedquery.arrow import LogicalType

TYPES, VISITS, REGIONS, ODD, EMPTY, MANY = (
    "kit_types", "kit_visit", "kit_region", 'Kit "odd" 表', "kit_empty", "kit_many",
)  # fmt: skip
MANY_ROWS = 20_000

_UTC = dt.UTC
_DIGITS38 = "9" * 38

#: Edge values by logical type. Every list starts with ordinary values; NULL is added to each column.
VALUES: dict[str, tuple[object, ...]] = {
    "boolean": (True, False),
    "tinyint": (0, 1, -1, 127, -128),
    "smallint": (0, 1, -1, 32767, -32768),
    "integer": (0, 1, -1, 37, 2**31 - 1, -(2**31)),
    "bigint": (0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63)),
    "utinyint": (0, 1, 255),
    "usmallint": (0, 1, 65535),
    "uinteger": (0, 1, 2**32 - 1),
    "ubigint": (0, 1, 2**63, 2**64 - 1),
    "real": (0.0, 1.5, -1.5, -0.0, 3.4028234663852886e38, 1.1754943508222875e-38, float("inf"), float("-inf"), float("nan")),
    "double": (0.0, 0.1, -2.5, -0.0, 1.7976931348623157e308, 2.3e-308, float("inf"), float("-inf"), float("nan")),
    "decimal(10,2)": tuple(map(Decimal, ("0.00", "12.50", "-0.01", "99999999.99", "-99999999.99"))),
    "decimal(18,6)": tuple(map(Decimal, ("0.000000", "1.000001", "-123456789012.654321", "999999999999.999999"))),
    "decimal(38,0)": tuple(map(Decimal, ("0", "7", _DIGITS38, "-" + _DIGITS38))),
    "decimal(38,10)": tuple(Decimal(t) for t in ("0E-10", "1.0000000001", f"{'9' * 28}.{'9' * 10}", f"-{'9' * 28}.{'9' * 10}")),
    "varchar": (
        "abc", "ABC", "abc ", " abc", "", " ", "ab", "a", "A", "á", "a\u0301", "ß", "SS", "İ", "O'Brien", "back\\slash", "100%",
        "a_b", '"', "`", "-- x", "NULL", "010", "1e3", "李雷", "𠮷野家", "👩‍👩‍👧", "\uffff", "\U00010000", "tab\tnew\nline",
        "99010519491231002x", " 99010519491231002X\t", "x" * 300,
    ),
    "blob": (b"abc", b"", b"\x00", b"\xff\xfe\x00", b"'\\", b"\\x41"),
    "date": tuple(map(dt.date.fromisoformat, (
        "2024-02-29", "2000-02-29", "1970-01-01", "1969-12-31", "1900-02-28", "2023-11-05", "0001-01-01", "9999-12-31",
    ))),
    "time": (dt.time(12, 34, 56, 1), dt.time(0), dt.time(23, 59, 59, 999999)),
    "timestamp": tuple(map(dt.datetime.fromisoformat, (
        "2024-02-29 12:34:56.123456", "1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", "2023-08-31 23:59:59",
        "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999",
    ))),
    "timestamptz": tuple(dt.datetime.fromisoformat(t).replace(tzinfo=_UTC) for t in (
        "2024-02-29 12:34:56.123456", "1970-01-02 00:00:00", "1969-12-31 23:59:59.999999", "0001-01-02 00:00:00",
        "9999-12-30 23:59:59.999999",
    )),
    "interval": (pa.MonthDayNano((0, 1, 0)), pa.MonthDayNano((14, 3, 1_000_000)), pa.MonthDayNano((-1, -2, -3_000))),
    "integer[]": ([1, 2, None], [], [2**31 - 1]),
    "varchar[]": (["a", "", None, "𠮷'"], []),
}  # fmt: skip

#: Whether a source can hold a value at all; what it cannot hold is NULL in the dataset it is loaded with.
Holds = Callable[[LogicalType, object], bool]


@dataclass(frozen=True, slots=True)
class ReferenceColumn:
    """A column of the dataset; its name is also its physical name."""

    name: str
    type: LogicalType
    nullable: bool = True


@dataclass(frozen=True)
class ReferenceTable:
    """A table of the dataset with its rows as Python values. The first column is its key."""

    name: str
    columns: tuple[ReferenceColumn, ...]
    rows: tuple[tuple[object, ...], ...]

    def column(self, name: str) -> ReferenceColumn:
        return next(c for c in self.columns if c.name == name)

    @cached_property
    def arrow(self) -> pa.Table:
        """The rows under exactly the columns' types."""
        fields = [pa.field(c.name, c.type.arrow, c.nullable) for c in self.columns]
        arrays = [pa.array([row[i] for row in self.rows], f.type) for i, f in enumerate(fields)]
        return pa.table(arrays, schema=pa.schema(fields))

    def ddl(self, identifier: Callable[[str], str], declared: dict[str, str], table: str | None = None) -> str:
        """``CREATE TABLE`` with the source's own type texts, ``declared`` by logical type; the first column is the key."""
        lines = [f"{identifier(c.name)} {declared[str(c.type)]}{'' if c.nullable else ' NOT NULL'}" for c in self.columns] + [
            f"PRIMARY KEY ({identifier(self.columns[0].name)})"
        ]
        return f"CREATE TABLE {table or identifier(self.name)} ({', '.join(lines)})"


def column_of(type: LogicalType | str) -> str:
    """The name of the column of ``kit_types`` that has this type: ``decimal(10,2)`` is in ``decimal_10_2``."""
    return "c_" + str(type).replace("(", "_").replace(",", "_").replace(")", "").replace("[]", "_list")


def dataset(supported: frozenset[str], holds: Holds) -> dict[str, ReferenceTable]:
    """The dataset for a source that can hold the ``supported`` types and the values that ``holds`` accepts."""
    tables = (_types(), _visits(), _regions(), _odd(), replace(_types(), name=EMPTY, rows=()), _many())
    return {t.name: _fitted(t, supported, holds) for t in tables}


def _fitted(table: ReferenceTable, supported: frozenset[str], holds: Holds) -> ReferenceTable:
    kept = [i for i, c in enumerate(table.columns) if str(c.type) in supported]
    columns = tuple(table.columns[i] for i in kept)
    rows = tuple(
        tuple(row[i] if row[i] is None or holds(table.columns[i].type, row[i]) else None for i in kept) for row in table.rows
    )
    return replace(table, columns=columns, rows=rows)


def _column(name: str, type: str, nullable: bool = True) -> ReferenceColumn:
    return ReferenceColumn(name, LogicalType.parse(type), nullable)


def _types() -> ReferenceTable:
    columns = (_column("id", "bigint", False), *(_column(column_of(t), t) for t in VALUES))
    height = max(map(len, VALUES.values())) + 2
    cycles = [(*values, None) for values in VALUES.values()]
    rows = [(i, *(cycle[i % len(cycle)] for cycle in cycles)) for i in range(height)]
    return ReferenceTable(TYPES, columns, (*rows, (height, *(None for _ in VALUES))))


def _visits() -> ReferenceTable:
    columns = (
        _column("id", "bigint", False), _column("region", "varchar"), _column("amount", "decimal(10,2)"),
        _column("quantity", "integer"), _column("paid", "boolean"), _column("day", "date"),
    )  # fmt: skip
    regions, amounts = ("east", "West", "west", "", None), (None, Decimal("0.10"), Decimal("-7.25"), Decimal("1000.00"))
    rows = tuple(
        (i, region, amount, i % 7 if i % 11 else None, (True, False, None)[i % 3], dt.date(2024, 1 + i % 12, 1 + i % 28))
        for i, (region, amount, _) in enumerate(product(regions, amounts, range(5)))
    )
    return ReferenceTable(VISITS, columns, rows)


def _regions() -> ReferenceTable:
    columns = (_column("code", "varchar", False), _column("name", "varchar"))
    return ReferenceTable(REGIONS, columns, (("east", "东区"), ("west", "西区"), ("north", None), ("", "empty")))


def _odd() -> ReferenceTable:
    names = ("id", "select", "a b", 'q"uote', "back`tick", "semi;--", "Straße", "列名", "100%s", "dollar$1", ":colon", "q?mark")
    columns = (_column("id", "bigint", False), *(_column(n, "varchar") for n in names[1:]))
    return ReferenceTable(ODD, columns, ((1, *(f"in {n}" for n in names[1:])), (2, *(None for _ in names[1:]))))


def _many() -> ReferenceTable:
    columns = (_column("id", "bigint", False), _column("note", "varchar"))
    return ReferenceTable(MANY, columns, tuple((i, f"{i:08d}" * 8) for i in range(MANY_ROWS)))
