"""Tables of random rows with every edge that a type has, in every department; and one DuckDB that holds them all.

Each department has ``item``, ``event`` and ``kind`` with the same columns and other rows. ``event.item`` and ``event.kind``
mostly name a row of the other two. ``event`` is cut by a row filter. Numbers that statements compute with (``n``, ``qty``,
``weight``) are small, and floats among them add up exactly in any order; ``edge``, ``big``, ``wide`` and ``score`` hold the
ends of their types.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from fedquery.arrow import LogicalType
from fedquery.testing.dataset import ReferenceColumn, ReferenceTable
from tests.differential.loading import fitted
from tests.estate import ZONE

_UTC = dt.UTC
_WORDS = ("abc", "ABC", "abc ", " abc", "", " ", "ab", "a", "A", "á", "a\u0301", "ß", "SS", "İ", "O'Brien", "back\\slash",
          "a\\b", "100%", "a_b", "axb", '"', "`", "-- x", "NULL", "010", "12", "1e3", "-7", "李雷", "李 雷", "𠮷野家", "👩‍👩‍👧",
          "\U00010000",
          "tab\tnew\nline", "2024-02-29", "x" * 300, "\u00a0abc", "ﬁ", "Ωω", "ǅ", "ſ")  # fmt: skip
_DAYS = ("2024-02-29", "2023-02-28", "2000-02-29", "1900-02-28", "1970-01-01", "1969-12-31", "2023-12-31", "2024-12-30",
         "2021-01-03", "1582-10-10", "0001-01-01", "9999-12-31", "2024-03-31", "2024-01-31")  # fmt: skip
_MOMENTS = ("2024-02-29 12:34:56.123456", "1970-01-01 00:00:01", "1969-12-31 23:59:59.999999", "2023-08-31 23:59:59",
            "2024-01-01 00:00:00", "2023-12-31 16:00:00", "0001-01-02 00:00:00", "9999-12-30 23:59:59.999999",
            "2024-02-29 12:34:00", "1986-05-04 10:30:00")  # fmt: skip
POOLS: Mapping[str, tuple[object, ...]] = {
    "small": (0, 1, -1, 7, 32767, -32768),
    "n": (0, 1, 2, 3, -5, 7, 12, 100),
    "edge": (0, 1, -1, 37, 2**31 - 1, -(2**31)),
    "big": (0, 1, -1, 2**53 + 1, 2**53, 2**63 - 1, -(2**63)),
    "price": tuple(map(Decimal, ("0.00", "12.50", "-0.01", "0.10", "19.99", "99999999.99", "-99999999.99"))),
    "rate": tuple(map(Decimal, ("0.000000", "1.000001", "1.5", "-123456789012.654321", "999999999999.999999"))),
    "wide": tuple(map(Decimal, ("0", "1.0000000001", f"{'9' * 28}.{'9' * 10}", f"-{'9' * 28}.{'9' * 10}", "12.5"))),
    "score": (0.0, -0.0, 0.1, -2.5, 1.5, 1.7976931348623157e308, 2.3e-308, float("inf"), float("-inf"), float("nan"), 3.14),
    "weight": (0.0, 0.5, 1.25, -2.0, 1024.0, 3.75),
    "ok": (True, False),
    "word": _WORDS,
    "day": tuple(map(dt.date.fromisoformat, _DAYS)),
    "at": tuple(map(dt.datetime.fromisoformat, _MOMENTS)),
    "moment": tuple(dt.datetime.fromisoformat(t).replace(tzinfo=_UTC) for t in _MOMENTS),
    "clock": (dt.time(12, 34, 56, 1), dt.time(0), dt.time(23, 59, 59, 999999), dt.time(12, 34)),
}
_KINDS = ("visit", "call", "李", "", "z%", "back\\")
_ITEM = {
    "id": "bigint", "n": "integer", "edge": "integer", "big": "bigint", "small": "smallint", "price": "decimal(10,2)",
    "rate": "decimal(18,6)", "wide": "decimal(38,10)", "score": "double", "weight": "double", "ok": "boolean",
    "word": "varchar", "note": "varchar", "day": "date", "at": "timestamp", "moment": "timestamptz", "clock": "time",
}  # fmt: skip
_EVENT = {
    "id": "bigint", "item": "bigint", "kind": "varchar", "qty": "integer", "amount": "decimal(10,2)", "day": "date",
    "ok": "boolean", "weight": "double", "at": "timestamp",
}  # fmt: skip
_KIND = {"code": "varchar", "label": "varchar", "rank": "smallint", "since": "date"}
COLUMNS: Mapping[str, Mapping[str, LogicalType]] = {
    table: {name: LogicalType.parse(type) for name, type in columns.items()}
    for table, columns in (("item", _ITEM), ("event", _EVENT), ("kind", _KIND))
}
#: The row filters of the entries: only these rows are anybody's.
FILTERS = {"event": "id < 900"}


@dataclass(frozen=True)
class World:
    """The tables by department, as its system holds them, and all of them in one DuckDB, cut by the row filters."""

    tables: Mapping[str, tuple[ReferenceTable, ...]]
    everything: duckdb.DuckDBPyConnection


def world(seed: int, departments: Mapping[str, str]) -> World:
    """Rows drawn by ``seed`` for each department, whose kinds of source are given."""
    chance = random.Random(seed)
    tables = {}
    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute(f"SET TimeZone = '{ZONE}'; SET error_on_division_by_zero = false")
    for department, kind in departments.items():
        tables[department] = tuple(fitted(table, kind) for table in (_items(chance), _events(chance), _kinds(chance)))
        connection.execute(f"CREATE SCHEMA {department}")
        for table in tables[department]:
            connection.register("rows", table.arrow)
            where = f" WHERE {FILTERS[table.name]}" if table.name in FILTERS else ""
            connection.execute(f"CREATE TABLE {department}.{table.name} AS FROM rows{where}")
            connection.unregister("rows")
    return World(tables, connection)


def _items(chance: random.Random) -> ReferenceTable:
    def row(id: int) -> tuple[object, ...]:
        return (id, *(_value(chance, "word" if name == "note" else name) for name in _ITEM if name != "id"))

    return _table("item", [row(id) for id in (*range(1, 12), 2**53 + 1, 2**63 - 1)])


def _events(chance: random.Random) -> ReferenceTable:
    def row(id: int) -> tuple[object, ...]:
        item = chance.choice([*range(1, 14), 2**53 + 1, 2**53, None])
        kind = chance.choice([*_KINDS, "Visit", "visit ", "CALL", None])
        amount, day, ok, weight, at = (_value(chance, name) for name in ("price", "day", "ok", "weight", "at"))
        return id, item, kind, _value(chance, "n"), amount, day, ok, weight, at

    return _table("event", [row(id) for id in (*range(1, 15), *range(900, 904))])


def _kinds(chance: random.Random) -> ReferenceTable:
    codes = [code for code in _KINDS if chance.random() < 0.8]
    return _table("kind", [(code, _value(chance, "word"), _value(chance, "small"), _value(chance, "day")) for code in codes])


def _value(chance: random.Random, pool: str) -> object:
    return None if chance.random() < 0.15 else chance.choice(POOLS[pool])


def _table(name: str, rows: list[tuple[object, ...]]) -> ReferenceTable:
    columns = tuple(ReferenceColumn(c, type, number > 0) for number, (c, type) in enumerate(COLUMNS[name].items()))
    return ReferenceTable(name, columns, tuple(rows))
