"""SQLite's indexes find rows where that hides no other value; what is known of a file ends when somebody writes to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from fedquery.predicates import ColumnOperand, Compare, In, ValueOperand
from fedquery.spi import InvalidValue, LogicalType, PhysicalColumn, TableRead
from fedquery_sqlite.reader import SqliteReader
from fedquery_sqlite.statement import quick
from fedquery_sqlite.watch import Watch

_COLUMN = PhysicalColumn("v", LogicalType("bigint"))
_ONE = ValueOperand(1, _COLUMN.type)
_EQUAL = TableRead(("t",), (_COLUMN,), (Compare("=", ColumnOperand("v"), _ONE),))
_LISTED = TableRead(("t",), (_COLUMN,), (In(ColumnOperand("v"), (_ONE, ValueOperand(7, _COLUMN.type))),))
_LESS = TableRead(("t",), (_COLUMN,), (Compare("<", ColumnOperand("v"), _ONE),))


@contextmanager
def _writing(path: Path, journal: str = "DELETE") -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        yield connection


def _values(source: SqliteReader, read: TableRead) -> list[object]:
    with source.scan(read) as stream:
        return [value for batch in stream for value in batch.column(0).to_pylist()]


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
@pytest.mark.parametrize("read", [_EQUAL, _LISTED])
@pytest.mark.parametrize("odd", ["'many'", "1.5", "x'00'"])
def test_another_value_is_refused_whenever_it_comes(tmp_path: Path, journal: str, read: TableRead, odd: str) -> None:
    with _writing(tmp_path / "t.db", journal) as writer:
        writer.execute("CREATE TABLE t (v INTEGER)")
        writer.execute("CREATE INDEX i ON t (v)")
        writer.execute("INSERT INTO t VALUES (1), (2), (NULL)")
        source = SqliteReader(tmp_path / "t.db", "civil")
        for _ in range(3):
            for _ in range(2):  # the second time it is known
                assert _values(source, read) == [1]
            writer.execute(f"INSERT INTO t VALUES ({odd})")
            with pytest.raises(InvalidValue):
                _values(source, read)
            writer.execute(f"DELETE FROM t WHERE v = {odd}")
        source.close()


@pytest.mark.parametrize(
    ("index", "read", "found"),
    [
        ("CREATE INDEX i ON t (v, w)", _EQUAL, True),
        ("CREATE INDEX i ON t (v, w)", _LISTED, True),
        ("CREATE INDEX i ON t (w, v)", _EQUAL, False),
        ("CREATE INDEX i ON t (v)", _LESS, False),
        ("SELECT 1", _EQUAL, False),
    ],
)
def test_when_an_index_is_used(tmp_path: Path, index: str, read: TableRead, found: bool) -> None:
    with _writing(tmp_path / "t.db") as writer:
        writer.execute("CREATE TABLE t (v INTEGER, w TEXT)")
        writer.execute(index)
        known: dict[str, bool] = {}
        assert quick(writer, read, known) is found
        assert list(known.values()) == ([True] if found else []), "a scan only where it may help"
        writer.execute("INSERT INTO t VALUES ('many', '')")
        assert quick(writer, read, {}) is False


def test_a_state_is_told_from_the_next(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    watch = Watch(path, partial(sqlite3.connect, f"{path.as_uri()}?mode=ro", uri=True, check_same_thread=False))
    assert watch.state() is None
    with _writing(path) as writer:
        writer.execute("CREATE TABLE t (v)")
        first = watch.state()
        assert first is not None
        assert watch.state() == first
        writer.execute("INSERT INTO t VALUES (1)")
        assert watch.state() not in (None, first)
    path.rename(tmp_path / "old.db")
    assert watch.state() is None
    (tmp_path / "old.db").rename(path)
    assert watch.state() not in (None, first)
    watch.close()
