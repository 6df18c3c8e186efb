"""Connections to one PostgreSQL: a bounded pool, and read-only transactions that leave nothing behind in a session."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

import adbc_driver_manager as adbc
import adbc_driver_postgresql.dbapi as driver

from fedquery.spi import Sentence, SourceRejected, faults
from fedquery_postgres.errors import broken, translating
from fedquery_postgres.parameters import configure

_OLDEST = 120000
_TOO_OLD = Sentence(
    "The source {source} is not PostgreSQL 12 or newer with a database encoded in UTF-8.",
    "数据源 {source} 不是以 UTF-8 编码的 PostgreSQL 12 或更新版本。",
)
_UPGRADE = Sentence(
    "Its department must upgrade it, or offer a database in UTF-8.", "请其部门升级，或提供 UTF-8 编码的数据库。"
)
_FACTS = """SELECT current_setting('server_version_num') AS "version", current_setting('server_encoding') AS "encoding",
    (SELECT "setting" FROM pg_catalog.pg_settings WHERE "name" = 'statement_timeout') AS "timeout" """

#: What a statement's meaning would otherwise take from the server's, the database's or the login's settings.
_PINNED = {
    "search_path": "pg_catalog, pg_temp",
    "standard_conforming_strings": "on",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "row_security": "on",
}


class Session:
    """One connection. Every transaction is read-only; all its settings end with it.

    A ``scratch`` session is read-only once the temporary tables of its transaction are made (:mod:`fedquery_postgres.scratch`).
    """

    def __init__(self, uri: str, source: str, scratch: bool = False) -> None:
        self._source, self.scratch = source, scratch
        with translating(source, connecting=True):
            self._connection = driver.connect(uri, autocommit=True)
        try:
            with translating(source), self._connection.cursor() as cursor:
                cursor.execute(_FACTS)
                version, encoding, timeout = cursor.fetchone()
            if int(version) < _OLDEST or encoding != "UTF8":
                raise SourceRejected(_TOO_OLD(source=source), hint=_UPGRADE(), source=source)
        except BaseException:
            self.close()
            raise
        self._own_timeout = int(timeout) / 1000
        self.version = int(version)

    def begin(self, seconds: float, time_zone: str, settings: dict[str, str], snapshot: str | None = None) -> None:
        """Start the transaction, on a snapshot that another session exported if one is given."""
        values = {**_PINNED, "TimeZone": time_zone, **self._timeout(seconds), **settings}
        imported = f"SET TRANSACTION SNAPSHOT '{snapshot}'; " if snapshot else ""
        access = "WRITE" if self.scratch else "ONLY"
        self.run(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ {access}; {imported}{configure(values)}")

    def again(self, seconds: float, settings: dict[str, str]) -> None:
        """Settings for another statement in the same transaction."""
        self.run(configure({**self._timeout(seconds), **settings}))

    def export(self) -> str:
        """The name of this transaction's snapshot, for other sessions to import while it lasts."""
        row = self.row('SELECT pg_catalog.pg_export_snapshot() AS "id"')
        assert row is not None
        return str(row[0])

    def row(self, text: str, *, plain: bool = False) -> tuple[Any, ...] | None:
        """The first row of a small answer; ``plain`` for statements that are no queries to COPY."""
        with self._connection.cursor() as cursor:
            if plain:
                cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
            cursor.execute(text)
            found: tuple[Any, ...] | None = cursor.fetchone()
            return found

    def _timeout(self, seconds: float) -> dict[str, str]:
        """The login's own statement_timeout is kept where it is shorter."""
        limit = min(seconds, self._own_timeout or seconds)
        return {"statement_timeout": str(max(1, int(limit * 1000)))}

    def run(self, text: str) -> None:
        """Statements without an answer, in one exchange with the server."""
        with self._connection.cursor() as cursor:
            cursor.adbc_statement.set_sql_query(text)
            cursor.adbc_statement.execute_update()

    def rows(self, text: str) -> list[dict[str, Any]]:
        """A small result of our own, whole."""
        with self.cursor() as cursor:
            cursor.execute(text)
            return list(cursor.fetch_arrow_table().to_pylist())

    def value(self, probe: str) -> str | None:
        """The one value of a small SELECT of our own, as a text."""
        with self.cursor() as cursor:
            cursor.execute(f"SELECT CAST(({probe}) AS text)")
            row = cursor.fetchone()
            return None if row is None or row[0] is None else str(row[0])

    def cursor(self) -> Any:
        return self._connection.cursor()

    def close(self) -> None:
        with contextlib.suppress(adbc.Error, RuntimeError):
            self._connection.close()


class Pool:
    """At most ``size`` sessions, opened when first needed; those that make temporary tables serve nothing else."""

    def __init__(self, connect: Callable[[bool], Session], size: int, source: str) -> None:
        self._connect, self._size, self._source = connect, size, source
        self._places = threading.BoundedSemaphore(size)
        self._idle: list[Session] = []
        self._used = 0
        self._lock = threading.Lock()
        self._closed = False

    def begin(self, deadline: float, start: Callable[[Session, float], None], scratch: bool = False) -> Session:
        """A session of the kind on which ``start(session, seconds left)`` went well.

        A pooled session may have died unnoticed, for example when the server was restarted: then the next is tried, at
        last a fresh one. Raises SourceTimeout when no place became free before ``deadline`` (of the monotonic clock).
        """
        if not self._places.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise faults.all_in_use(self._source)
        with self._lock:
            self._used += 1
        try:
            while (session := self._pooled(scratch)) is not None:
                try:
                    start(session, deadline - time.monotonic())
                    return session
                except adbc.Error as problem:
                    session.close()
                    if not broken(problem):
                        raise
            self._make_room()
            session = self._connect(scratch)
            try:
                start(session, deadline - time.monotonic())
                return session
            except BaseException:
                session.close()
                raise
        except BaseException:
            self._leave()
            raise

    def give_back(self, session: Session, *, usable: bool) -> None:
        """End the use of a session; one that is not usable, or comes back after the pool closed, is closed."""
        with self._lock:
            keep = usable and not self._closed
            if keep:
                self._idle.append(session)
        if not keep:
            session.close()
        self._leave()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def _pooled(self, scratch: bool) -> Session | None:
        with self._lock:
            if self._closed:
                raise faults.closed(self._source)
            found = next((session for session in reversed(self._idle) if session.scratch == scratch), None)
            if found is not None:
                self._idle.remove(found)
            return found

    def _make_room(self) -> None:
        """Before one more is opened: close an idle session, of the other kind, where there would be too many."""
        with self._lock:
            surplus = self._idle.pop(0) if self._idle and self._used + len(self._idle) > self._size else None
        if surplus is not None:
            surplus.close()

    def _leave(self) -> None:
        with self._lock:
            self._used -= 1
        self._places.release()
