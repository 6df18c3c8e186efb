"""One state of a file for all scans of a query, in whatever threads: one transaction, or two that are known to see the same."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TypeVar

import pyarrow as pa

from fedquery.spi import BatchStream, Merged, SourceUnavailable, TableRead
from fedquery_sqlite.gathered import ROWS, Gathering, Parts, gathering
from fedquery_sqlite.problems import translated
from fedquery_sqlite.session import Session
from fedquery_sqlite.statement import conditions, quick, statement
from fedquery_sqlite.values import converted

#: Rows taken from SQLite at once: few enough for the processor's cache, and for no collection of garbage.
_FEW = 512
_ROW = pa.schema([pa.field("__row", pa.bool_())])
_Found = TypeVar("_Found")


class SqliteSnapshot:
    """``beside`` opens a second connection that sees the same, where there can be one; ``known``: what was found out of it."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        beside: Callable[[], sqlite3.Connection] | None,
        known: dict[str, bool],
        source: str,
    ) -> None:
        self.known = known
        self._sessions = [Session(connection)]
        self._beside, self._source = beside, source
        self._opening = threading.Lock()

    def scan(self, read: TableRead) -> BatchStream:
        """The columns as the entry declares them. Raises SourceUnavailable, SourceDrift, InvalidValue."""
        scan = _Scan(self, read, self._source)
        return BatchStream(scan.schema, scan.batches(), scan.end)

    def sessions(self, *, all: bool = False) -> Sequence[Session]:
        """The open ones; with ``all`` the second is opened if it can be."""
        with self._opening:
            if all and self._beside is not None:
                beside, self._beside = self._beside, None
                with suppress(SourceUnavailable):  # as when a writer waits for us to end, and lets nobody else begin
                    self._sessions.append(Session(beside()))
            return tuple(self._sessions)

    def close(self) -> None:
        """End what still runs, then the transaction."""
        with self._opening:
            self._beside = None
        for session in self._sessions:
            session.close()


class _Scan:
    """One reading of one table."""

    def __init__(self, snapshot: SqliteSnapshot, read: TableRead, source: str) -> None:
        self._snapshot, self._read, self._source = snapshot, read, source
        fields = [pa.field(c.name, c.type.arrow) for c in read.columns]
        self.schema = pa.schema(fields) if fields else _ROW
        self._parts: Parts | None = None
        self._objects = False  # whether Python makes objects of some values: threads that do only wait for each other

    def batches(self) -> Generator[pa.RecordBatch]:
        """Row after row where conditions narrow the table; else in parts, by two sessions where all columns come as lists."""
        session = self._snapshot.sessions()[0]
        narrow = bool(conditions(self._read))
        how = None if narrow else self._run(session, partial(gathering, read=self._read))
        if how is None:
            sure = narrow and self._run(session, partial(quick, read=self._read, known=self._snapshot.known))
            yield from self._by_row(session, *statement(self._read, sure=sure))
            return
        parts = self._parts = how.parts()
        first = self._by_part(session, how, parts)
        yield from islice(first, 1)
        if self._objects or not parts.left:
            yield from first
            return
        others = [self._by_part(other, how, parts) for other in self._snapshot.sessions(all=True)[1:]]
        merged = Merged([first, *others], self.end, "fedquery-sqlite")
        try:
            yield from merged
        finally:
            merged.close()

    def end(self) -> None:
        """Call back whoever is inside SQLite for this scan."""
        if self._parts is not None:
            self._parts.end()
        for session in self._snapshot.sessions():
            session.interrupt(self)

    def _by_row(self, session: Session, text: str, bound: tuple[object, ...]) -> Generator[pa.RecordBatch]:
        cursor = self._run(session, lambda connection: session.keep(connection.cursor()).execute(text, bound))
        while True:
            rows, values = self._run(session, lambda _: _taken(cursor))
            if not rows:
                return
            yield self._batch(rows, {}, values)

    def _by_part(self, session: Session, how: Gathering, parts: Parts) -> Generator[pa.RecordBatch]:
        while (lists := self._run(session, partial(how.take, parts=parts))) is not None:
            arrays = how.arrays(lists)
            how = how.only(arrays)
            left = [column for column in self._read.columns if column.name not in arrays]
            self._objects |= bool(left)
            rows, values = self._values(session, how.one_by_one(left), lists.part) if left else (lists.rows, [])
            if rows:
                batch = self._batch(rows, arrays, values)
                parts.weigh(batch)
                yield batch

    def _values(self, session: Session, text: str, bound: tuple[object, ...]) -> tuple[int, list[list[object]]]:
        return self._run(session, lambda connection: _taken(connection.execute(text, bound)))

    def _batch(self, rows: int, arrays: dict[str, pa.Array], values: Iterable[list[object]]) -> pa.RecordBatch:
        """The columns that are read already, and the values of the others."""
        if not self._read.columns:
            return pa.record_batch([pa.nulls(rows, pa.bool_())], schema=_ROW)
        rest = iter(values)
        columns = [
            arrays[column.name] if column.name in arrays else converted(next(rest), column, self._source)
            for column in self._read.columns
        ]
        return pa.record_batch(columns, schema=self.schema)

    def _run(self, session: Session, work: Callable[[sqlite3.Connection], _Found]) -> _Found:
        try:
            return session.run(self, work)
        except (sqlite3.Error, UnicodeDecodeError) as problem:
            raise translated(problem, self._source, self._read) from None


def _taken(cursor: sqlite3.Cursor) -> tuple[int, list[list[object]]]:
    """How many rows come next, and their values column by column."""
    columns: list[list[object]] = [[] for _ in cursor.description]
    while len(columns[0]) < ROWS and (rows := cursor.fetchmany(_FEW)):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
    return len(columns[0]), columns
