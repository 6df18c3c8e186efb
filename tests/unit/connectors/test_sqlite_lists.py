"""Whole SQLite tables are read in parts, as lists that SQLite makes: every value as if read by itself, or the same error."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from fedquery.spi import InvalidValue, LogicalType, PhysicalColumn, SourceRejected, SourceTimeout, TableRead
from fedquery_sqlite.gathered import ROWS, gathering
from fedquery_sqlite.reader import SqliteReader
from fedquery_sqlite.values import converted

_ODD: tuple[object, ...] = (
    0, 1, -1, 2, 127, 128, 2**53 + 1, 2**63 - 1, -(2**63), 0.5, 0.1 + 0.2, 2.5, 2.675, 1e15, 99999999.99, 1e300, float("inf"),
    "", ",", '"', '","', "null", "\\", "\\/", '"\\/"', "\x01", "\x00", "[", "]", "a,b", "1", "1.25", "1.250", "2024-02-29",
    "2023-02-29", "2024-01-01 00:00:00", "0000-01-01", "档案", b"x", b"", None,
)  # fmt: skip
#: What stands before and behind it.
_AMONG: tuple[tuple[tuple[object, ...], tuple[object, ...]], ...] = (
    ((), ()), ((None,), ()), ((1,), (2, None)), ((2.5,), (1,)), (("a", ","), (",", ",", "b")), (("2024-01-01",), (None,)),
)  # fmt: skip
_LISTED = ("bigint", "tinyint", "ubigint", "boolean", "varchar", "date", "timestamp", "decimal(10,2)", "decimal(38,0)",
           "decimal(18,6)", "decimal(3,3)")  # fmt: skip
_OTHERS = ("double", "blob", "time", "decimal(30,20)")


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., SqliteReader]:
    def make(*statements: str, rows: Sequence[Sequence[object]] = ()) -> SqliteReader:
        with closing(sqlite3.connect(tmp_path / "t.db")) as connection:
            for statement in statements:
                connection.execute(statement)
            if rows:
                connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(rows[0]))})", rows)
            connection.commit()
        return SqliteReader(tmp_path / "t.db", "civil")

    return make


def _column(name: str, kind: str, invalid: str = "error") -> PhysicalColumn:
    return PhysicalColumn(name, LogicalType.parse(kind), invalid=invalid)


def _read(source: SqliteReader, *columns: PhysicalColumn) -> pa.Table:
    with source.scan(TableRead(("t",), columns)) as stream:
        return pa.Table.from_batches(list(stream), stream.schema)


def _in_parts(source: SqliteReader) -> bool:
    with closing(source._connect()) as connection:
        return gathering(connection, TableRead(("t",), (_column("v", "varchar"),))) is not None


def _tables(declared: str) -> Iterator[tuple[sqlite3.Connection, list[object]]]:
    """Tables of a few values, and the values as they are kept there."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE t (v {declared})")
        for value in _ODD:
            for before, behind in _AMONG:
                connection.execute("DELETE FROM t")
                connection.executemany("INSERT INTO t VALUES (?)", [(v,) for v in (*before, value, *behind)])
                yield connection, [v for (v,) in connection.execute("SELECT v FROM t ORDER BY rowid")]


@pytest.mark.parametrize("declared", ["", "TEXT", "TEXT COLLATE NOCASE", "NUMERIC", "REAL", "INTEGER"])
def test_a_list_shows_what_would_be_read_value_by_value(declared: str) -> None:
    shown = dict.fromkeys((*_LISTED, *_OTHERS), 0)
    for connection, kept in _tables(declared):
        for kind in shown:
            how = gathering(connection, TableRead(("t",), (column := _column("v", kind),)))
            assert how is not None
            lists = how.take(connection, how.parts())
            assert lists is not None
            for array in how.arrays(lists).values():
                shown[kind] += 1
                expected = converted(kept, column, "civil")  # raises nothing
                assert array.type == column.type.arrow
                assert array.to_pylist() == expected.to_pylist(), kept
    assert not any(shown[kind] for kind in _OTHERS)
    if not declared:
        assert all(shown[kind] for kind in _LISTED)


def test_many_rows_of_every_kind(made: Callable[..., SqliteReader]) -> None:
    """Row ids with gaps, from the least to the greatest; parts of which some columns are read value by value."""
    draw = random.Random(7)
    wanted = [
        (n, draw.choice(("a", "", None, ",", "档案")), Decimal(draw.randrange(-(10**9), 10**9)).scaleb(-2), draw.random(),
         draw.choice((None, n)), b"x" if n % ROWS == 5 else None)
        for n in range(3 * ROWS + 5)
    ]  # fmt: skip
    wanted[ROWS + 1] = (*wanted[ROWS + 1][:1], 'two\nlines, "quoted"', *wanted[ROWS + 1][2:])
    ids = [-(2**63), *sorted(draw.sample(range(-(2**40), 2**40), len(wanted) - 2)), 2**63 - 1]
    source = made(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, v TEXT, d DECIMAL(11,2), f REAL, m INTEGER, b BLOB)",
        rows=[(id, n, v, float(d), f, m, b) for id, (n, v, d, f, m, b) in zip(ids, wanted, strict=True)],
    )
    kinds = {"n": "bigint", "v": "varchar", "d": "decimal(11,2)", "f": "double", "m": "integer", "b": "blob"}
    found = _read(source, *(_column(name, kind) for name, kind in kinds.items())).sort_by("n")
    assert list(zip(*found.to_pydict().values(), strict=True)) == wanted
    assert _read(source).num_rows == len(wanted)
    only = _read(source, _column("id", "bigint"))
    assert sorted(only.column("id").to_pylist()) == ids


def test_an_invalid_value_far_behind(made: Callable[..., SqliteReader]) -> None:
    source = made("CREATE TABLE t (v)", rows=[(n if n != 2 * ROWS else "many",) for n in range(3 * ROWS)])
    with pytest.raises(InvalidValue):
        _read(source, _column("v", "bigint"))
    assert _read(source, _column("v", "bigint", "null")).column("v").null_count == 1


def test_text_that_is_no_utf_8(made: Callable[..., SqliteReader]) -> None:
    source = made("CREATE TABLE t (v)", "INSERT INTO t VALUES ('a'), (CAST(x'ff61' AS TEXT))")
    with pytest.raises(SourceRejected, match="UTF-8"):
        _read(source, _column("v", "varchar"))


def test_a_file_of_utf_16(made: Callable[..., SqliteReader]) -> None:
    rows = [("a", 1), ("档案", 2), (None, None)]
    source = made("PRAGMA encoding = 'UTF-16'", "CREATE TABLE t (v TEXT, n INTEGER)", rows=rows)
    assert _read(source, _column("v", "varchar"), _column("n", "bigint")).to_pydict() == {
        "v": ["a", "档案", None],
        "n": [1, 2, None],
    }


@pytest.mark.parametrize(
    ("statement", "parts"),
    [
        ("CREATE TABLE t (v TEXT)", True),
        ("CREATE TABLE t (v TEXT, rowid INTEGER, OID TEXT)", True),
        ("CREATE TABLE t (v TEXT, rowid INTEGER, _rowid_ TEXT, oid TEXT)", False),
        ("CREATE TABLE t (v TEXT PRIMARY KEY) WITHOUT ROWID", False),
        ("CREATE TABLE t (a TEXT DEFAULT 'x', v TEXT GENERATED ALWAYS AS (a || 'b') VIRTUAL)", False),
        ("CREATE TABLE t (a TEXT DEFAULT 'x', v TEXT AS (upper(a)) STORED)", False),
        ("CREATE VIEW t AS SELECT 'x' AS v", False),
    ],
)
def test_which_tables_have_parts(made: Callable[..., SqliteReader], statement: str, parts: bool) -> None:
    source = made(statement)
    assert _in_parts(source) is parts
    if "VIEW" not in statement:
        made("INSERT INTO t (a) VALUES ('x'), ('y')" if "(a TEXT" in statement else "INSERT INTO t (v) VALUES ('x'), ('y')")
    with closing(sqlite3.connect(source._path)) as connection:
        expected = [v for (v,) in connection.execute("SELECT v FROM t")]
    assert _read(source, _column("v", "varchar")).column("v").to_pylist() == expected


@pytest.mark.parametrize("journal", ["DELETE", "TRUNCATE", "WAL"])
def test_two_connections_where_nobody_has_written_between_them(made: Callable[..., SqliteReader], journal: str) -> None:
    source = made(f"PRAGMA journal_mode = {journal}", "CREATE TABLE t (v)", rows=[(n,) for n in range(4 * ROWS)])
    untouched = source.snapshot()
    assert len(untouched.sessions(all=True)) == 2
    untouched.close()
    snapshot = source.snapshot()
    with closing(sqlite3.connect(source._path, timeout=0, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM t")
        if journal == "WAL":
            writer.execute("COMMIT")
        else:  # he waits for us to end, and lets nobody else begin
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                writer.execute("COMMIT")
        assert len(snapshot.sessions(all=True)) == 1
        with snapshot.scan(TableRead(("t",), (_column("v", "bigint"),))) as stream:
            assert [v for batch in stream for v in batch.column(0).to_pylist()] == list(range(4 * ROWS))
        snapshot.close()


def test_a_file_that_takes_the_place_of_another_is_not_read_beside_it(
    made: Callable[..., SqliteReader], tmp_path: Path
) -> None:
    source = made("CREATE TABLE t (v)", rows=[(n,) for n in range(4 * ROWS)])
    snapshot = source.snapshot()
    (tmp_path / "t.db").rename(tmp_path / "old.db")
    made("CREATE TABLE t (v)", rows=[(-1,)] * 4 * ROWS)
    with snapshot.scan(TableRead(("t",), (_column("v", "bigint"),))) as stream:
        assert [v for batch in stream for v in batch.column(0).to_pylist()] == list(range(4 * ROWS))
    snapshot.close()


def test_what_is_ended_never_looks_whole(made: Callable[..., SqliteReader]) -> None:
    source = made("CREATE TABLE t (v)", rows=[(n,) for n in range(40 * ROWS)])
    stream = source.scan(TableRead(("t",), (_column("v", "bigint"),)))
    batches = iter(stream)
    next(batches), next(batches)
    stream.close()
    with pytest.raises((SourceTimeout, SourceRejected)):
        list(batches)


def test_parts_are_small_where_rows_are_large(made: Callable[..., SqliteReader]) -> None:
    source = made("CREATE TABLE t (v TEXT)", rows=[("档" * 20_000,)] * 1_000)
    with source.scan(TableRead(("t",), (_column("v", "varchar"),))) as stream:
        batches = list(stream)
    assert sum(batch.num_rows for batch in batches) == 1_000
    assert max(batch.nbytes for batch in batches[1:]) < 5 * 2**20
