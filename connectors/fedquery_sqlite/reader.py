"""One SQLite file: read-only connections, an authorizer that allows SELECT, and the state that a query sees."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import quote as url_quote

from fedquery.spi import BatchStream, RemoteTable, SourceUnavailable, TableRead, TableStatistics
from fedquery_sqlite.describe import remote_tables
from fedquery_sqlite.problems import CHECK_MOUNT, NO_FILE, UNREADABLE, translated
from fedquery_sqlite.snapshot import SqliteSnapshot
from fedquery_sqlite.statement import JSON
from fedquery_sqlite.statistics import statistics
from fedquery_sqlite.watch import Known, State, Watch

WAIT = 5.0  # seconds for a writer to let go
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


class SqliteReader:
    """Reads tables of one file; a connection for each state of it that is asked for."""

    def __init__(self, path: Path, source: str) -> None:
        self._path = path
        self._source = source
        self._watch = Watch(path, partial(self._connect, restricted=False, wait=0.0))
        self._known = Known()

    def describe(self) -> Iterable[RemoteTable]:
        """Tables and views with their declared types."""
        with closing(self._connect(restricted=False)) as connection:
            try:
                return tuple(remote_tables(connection))
            except sqlite3.Error as problem:
                raise translated(problem, self._source) from None

    def scan(self, read: TableRead) -> BatchStream:
        """The columns as the entry declares them, on a state of their own."""
        snapshot = self.snapshot()
        stream = snapshot.scan(read)
        return BatchStream(stream.schema, iter(stream), snapshot.close)

    def snapshot(self) -> SqliteSnapshot:
        """The state of now, whoever writes meanwhile."""
        before = self._watch.state()
        connection = self._connect(begin=True)
        state = before if before is not None and self._watch.state() == before else None
        return SqliteSnapshot(connection, state and partial(self._beside, state), self._known.of(state), self._source)

    def ping(self) -> None:
        with closing(self._connect()) as connection:
            try:
                connection.execute("SELECT 1")
            except sqlite3.Error as problem:
                raise translated(problem, self._source) from None

    def value(self, probe: str) -> str | None:
        """The one value of a small SELECT of our own, as a text."""
        with closing(self._connect(restricted=False)) as connection:
            try:
                (value,) = connection.execute(f"SELECT CAST(({probe}) AS TEXT)").fetchone()
            except sqlite3.Error as problem:
                raise translated(problem, self._source) from None
            return value if value is None else str(value)

    def statistics(self, tables: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], TableStatistics]:
        """What the file knows of these tables."""
        with closing(self._connect(restricted=False)) as connection:
            try:
                return statistics(connection, tables)
            except sqlite3.Error as problem:
                raise translated(problem, self._source) from None

    def close(self) -> None:
        """Let go of the file."""
        self._watch.close()

    def _beside(self, state: State) -> sqlite3.Connection:
        """One more connection to that state. Raises SourceUnavailable, as when there is a newer one."""
        connection = self._connect(begin=True, wait=0.0)
        if self._watch.state() != state:
            connection.close()
            raise SourceUnavailable(UNREADABLE(source=self._source), source=self._source)
        return connection

    def _connect(self, *, restricted: bool = True, begin: bool = False, wait: float | None = None) -> sqlite3.Connection:
        if not self._path.is_file():
            raise SourceUnavailable(NO_FILE(source=self._source), hint=CHECK_MOUNT(), source=self._source)
        try:
            connection = sqlite3.connect(
                f"file:{url_quote(str(self._path.resolve()))}?mode=ro",
                uri=True, timeout=WAIT if wait is None else wait, check_same_thread=False,
            )  # fmt: skip
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            if begin:
                connection.execute("BEGIN")
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the transaction's state begins here
            if restricted:
                if JSON:  # SQLite declares json_each when it is first used, which the authorizer would not allow
                    connection.execute("SELECT 1 FROM json_each('[]')")
                connection.set_authorizer(_authorize)
        except sqlite3.Error as problem:
            raise translated(problem, self._source) from None
        return connection


def _authorize(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
