"""The SQLite connector on what SQLite allows: any value in any column, locks, WAL, collations, files that are no databases."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from fedquery.predicates import ColumnOperand, Compare, In, IsNull, ValueOperand
from fedquery.spi import (
    Cancelled,
    InvalidValue,
    Limits,
    LogicalType,
    PhysicalColumn,
    Secrets,
    SourceConfig,
    SourceDrift,
    SourceRejected,
    SourceUnavailable,
    SqlRequest,
    TableRead,
    Visit,
)
from fedquery_sqlite import CONNECTOR, reader
from fedquery_sqlite.reader import SqliteReader


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., SqliteReader]:
    def make(*statements: str) -> SqliteReader:
        with closing(sqlite3.connect(tmp_path / "t.db")) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return SqliteReader(tmp_path / "t.db", "civil")

    return make


def column(name: str, type: str, invalid: str = "error") -> PhysicalColumn:
    return PhysicalColumn(name, LogicalType.parse(type), invalid=invalid)


def values(source: SqliteReader, wanted: PhysicalColumn, *conjuncts: Compare | In | IsNull) -> list[object]:
    with source.scan(TableRead(("t",), (wanted,), conjuncts)) as stream:
        found: list[object] = pa.Table.from_batches(list(stream), stream.schema).column(0).to_pylist()
    return found


@pytest.mark.parametrize(
    ("type", "good", "value", "bad"),
    [
        ("integer", "7", 7, "'seven'"),
        ("tinyint", "127", 127, "128"),
        ("decimal(10,2)", "'1.25'", Decimal("1.25"), "'1.255'"),
        ("decimal(10,2)", "1.25", Decimal("1.25"), "0.1 + 0.2"),
        ("decimal(10,2)", "3", Decimal("3.00"), "x'00'"),
        ("boolean", "1", True, "2"),
        ("varchar", "'a'", "a", "5"),
        ("date", "'2024-02-29'", dt.date(2024, 2, 29), "2460370.5"),
        ("date", "'2024-02-29'", dt.date(2024, 2, 29), "'2023-02-29'"),
    ],
)
def test_values_of_another_kind(made: Callable[..., SqliteReader], type: str, good: str, value: object, bad: str) -> None:
    source = made("CREATE TABLE t (v)", f"INSERT INTO t VALUES ({good}), ({bad})")
    with pytest.raises(InvalidValue):
        values(source, column("v", type))
    assert values(source, column("v", type, "null")) == [value, None]


def test_conditions_hide_no_invalid_value(made: Callable[..., SqliteReader]) -> None:
    """Text in a column of whole numbers is refused whether the condition would drop its row or not."""
    source = made("CREATE TABLE t (v INTEGER)", "INSERT INTO t VALUES (1), ('many'), (NULL)")
    bigint = LogicalType("bigint")
    one = ValueOperand(1, bigint)
    compared = [Compare(operator, ColumnOperand("v"), one) for operator in ("=", "<", "<=", ">")]
    for conjunct in (*compared, IsNull(ColumnOperand("v")), In(ColumnOperand("v"), (one,)), In(ColumnOperand("v"), ())):
        with pytest.raises(InvalidValue):
            values(source, column("v", "bigint"), conjunct)
    assert None in values(source, column("v", "bigint", "null"), IsNull(ColumnOperand("v")))


@pytest.mark.parametrize("declared", ["TEXT", "TEXT COLLATE NOCASE", "TEXT COLLATE RTRIM", "INTEGER", "NUMERIC", "BLOB", ""])
def test_conditions_keep_every_wanted_row(made: Callable[..., SqliteReader], declared: str) -> None:
    source = made(f"CREATE TABLE t (v {declared})", "INSERT INTO t VALUES ('abc'), ('ABC'), ('abc '), ('x')")
    varchar = LogicalType("varchar")
    for text in ("abc", "ABC", "abc "):
        operand = ValueOperand(text, varchar)
        for conjunct in (Compare("=", ColumnOperand("v"), operand), In(ColumnOperand("v"), (operand,))):
            assert text in values(source, column("v", "varchar"), conjunct)


@pytest.mark.parametrize("type", ["bigint", "varchar"])
def test_a_list_is_longer_than_the_variables_that_sqlite_takes(made: Callable[..., SqliteReader], type: str) -> None:
    """And only its rows are read: a column of 300,000 is converted value by value."""
    text = "'é' || char(34, 92, 39, 10, 7) || i" if type == "varchar" else "i"
    count = "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 300001)"
    source = made("CREATE TABLE t (v)", f"INSERT INTO t {count} SELECT {text} FROM c")
    keys = [f"é\"\\'\n\x07{i}" if type == "varchar" else i for i in range(-1, 600_000, 2)]
    with closing(source._connect()) as connection:
        assert len(keys) > connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    wanted = In(ColumnOperand("v"), tuple(ValueOperand(key, LogicalType(type)) for key in keys))
    assert values(source, column("v", type), wanted) == keys[1:150_002]


def test_a_list_keeps_what_json_cannot_carry(made: Callable[..., SqliteReader]) -> None:
    source = made("CREATE TABLE t (v)", "INSERT INTO t VALUES (9223372036854775807), (-9223372036854775808), (0)")
    numbers = (2**63 - 1, -(2**63), 2**64 - 1, -(2**64))
    listed = In(ColumnOperand("v"), tuple(ValueOperand(n, LogicalType("hugeint")) for n in numbers))
    assert values(source, column("v", "bigint"), listed) == [2**63 - 1, -(2**63)]
    source = made("DELETE FROM t", "INSERT INTO t VALUES ('a' || char(0) || 'b')")
    listed = In(ColumnOperand("v"), (ValueOperand("a\0b", LogicalType("varchar")),))
    assert values(source, column("v", "varchar"), listed) == ["a\0b"]


def test_a_vanished_column_is_no_text(made: Callable[..., SqliteReader]) -> None:
    source = made("CREATE TABLE t (v)", "INSERT INTO t VALUES (1)")
    with pytest.raises(SourceDrift):
        values(source, column("gone", "varchar"))


def test_nothing_can_be_written(made: Callable[..., SqliteReader]) -> None:
    source = made("CREATE TABLE t (v)")
    with closing(source._connect()) as connection:
        for statement in ("INSERT INTO t VALUES (1)", "ATTACH ':memory:' AS x", "PRAGMA query_only = OFF", "DROP TABLE t"):
            with pytest.raises(sqlite3.DatabaseError):
                connection.execute(statement)


def test_locked_and_wal(made: Callable[..., SqliteReader], monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer in WAL mode does not disturb; an exclusive lock makes the source unavailable after the wait."""
    monkeypatch.setattr(reader, "WAIT", 0.1)
    source = made("CREATE TABLE t (v)", "INSERT INTO t VALUES (1)")
    with closing(sqlite3.connect(source._path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SourceUnavailable):
            values(source, column("v", "bigint"))
        writer.execute("ROLLBACK")
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO t VALUES (2)")
        assert values(source, column("v", "bigint")) == [1]
        writer.execute("COMMIT")
        assert values(source, column("v", "bigint")) == [1, 2]


def test_all_statements_of_a_query_see_one_state(tmp_path: Path) -> None:
    """Two statements and a self-join, while a writer in WAL mode goes on; the next query sees what he wrote."""
    with closing(sqlite3.connect(tmp_path / "t.db", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE t (v)")
        writer.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(50_000)])
        source = CONNECTOR.open(SourceConfig("civil", CONNECTOR.options(path="t.db"), Secrets(tmp_path), folder=tmp_path))
        read = TableRead(("t",), (column("v", "bigint"),))
        schema = pa.schema([pa.field("n", pa.int64())])

        def count(visit: Visit | None, text: str = "SELECT count(*) AS n FROM t") -> list[object]:
            with source.read(SqlRequest("q", "f1", text, schema, reads=(read,), visit=visit)) as stream:
                return pa.Table.from_batches(stream, schema).column("n").to_pylist()

        visit = Visit(3)
        assert count(visit, "SELECT v AS n FROM t LIMIT 1") == [0], "a scan that is left early leaves the others alone"
        writer.execute("DELETE FROM t WHERE v >= 10")
        assert count(visit) == [50_000]
        assert count(visit, "SELECT count(*) AS n FROM t a JOIN t b ON a.v = b.v") == [50_000]
        visit.end()
        assert count(None) == [10]
        source.close()
        assert writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0, "no transaction is left open"


def test_a_scan_that_nobody_finishes_keeps_no_transaction(tmp_path: Path) -> None:
    """Whoever still holds it half read: what is closed lets the writer's log go."""
    with closing(sqlite3.connect(tmp_path / "t.db", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE t (v)")
        writer.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(50_000)])
        snapshot = SqliteReader(tmp_path / "t.db", "civil").snapshot()
        batches = iter(snapshot.scan(TableRead(("t",), (column("v", "bigint"),))))
        next(batches)
        snapshot.close()
        writer.execute("DELETE FROM t WHERE v >= 10")
        assert writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        with pytest.raises(SourceRejected):
            next(batches)


def test_no_file_and_no_database(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database at all" * 100)
    for name in ("missing.db", "text.db"):
        source = SqliteReader(tmp_path / name, "civil")
        with pytest.raises(SourceUnavailable):
            list(source.describe())
        assert (tmp_path / "missing.db").exists() is False


def test_cancel_ends_a_scan_inside_sqlite(tmp_path: Path) -> None:
    """A view that computes for minutes before its first row is interrupted."""
    endless = "WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n) SELECT v FROM n WHERE v < 0"
    with closing(sqlite3.connect(tmp_path / "t.db")) as connection, connection:
        connection.execute(f"CREATE VIEW t AS {endless}")
    source = CONNECTOR.open(SourceConfig("civil", CONNECTOR.options(path="t.db"), Secrets(tmp_path), folder=tmp_path))
    read = TableRead(("t",), (column("v", "bigint"),))
    schema = pa.schema([pa.field("v", pa.int64())])
    request = SqlRequest("q", "f1", 'SELECT "v" FROM "t"', schema, reads=(read,), limits=Limits(seconds=30))
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with source.read(request) as stream:
                list(stream)
        except BaseException as problem:
            failures.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.5)
    assert thread.is_alive()
    begun = time.monotonic()
    source.cancel("q")
    thread.join(10)
    source.close()
    assert time.monotonic() - begun < 2
    assert isinstance(failures[0], Cancelled)
