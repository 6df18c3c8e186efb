"""One running statement: its batches, its limits, and its end at the server however the reader leaves."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import adbc_driver_manager as adbc
import pyarrow as pa
from adbc_driver_manager._reader import AdbcRecordBatchReader

from fedquery.spi import Cancelled, Limits, SqlRequest, faults
from fedquery_postgres.arrival import Arrival, delivered
from fedquery_postgres.dialect import PostgresDialect
from fedquery_postgres.errors import DRIVER_ERRORS, broken, translated
from fedquery_postgres.parameters import configure
from fedquery_postgres.scratch import FORBIDDEN, refused, storing
from fedquery_postgres.session import Session

_BATCH_BYTES = 2 * 1024 * 1024
#: How often a statement that does not end is told to, and for how long, in seconds.
_INSIST, _PATIENCE = 0.05, 10.0


class Tally:
    """Rows and bytes of one request, counted over all the sessions that read it."""

    def __init__(self, limits: Limits, source: str) -> None:
        self._limits, self._source = limits, source
        self._rows = self._bytes = 0
        self._lock = threading.Lock()

    def count(self, batch: pa.RecordBatch) -> None:
        """Raises TooManyRows, TooManyBytes."""
        with self._lock:
            self._rows += batch.num_rows
            self._bytes += batch.nbytes
        limits, source = self._limits, self._source
        if limits.rows is not None and self._rows > limits.rows:
            raise faults.too_many_rows(source, limits.rows)
        if limits.bytes is not None and self._bytes > limits.bytes:
            raise faults.too_many_bytes(source, limits.bytes)


class Statement(Iterator[pa.RecordBatch]):
    """The batches of one request on one session, as an iterator: of the whole, or of one part after another.

    ``parts`` gives the settings of each part (:mod:`fedquery_postgres.parts`); it may be shared by several statements.
    The transaction of ``session`` has begun; ``end`` takes it back.

    The lock is held while a thread is inside the driver. To stop, another thread asks the server to cancel until it gets
    the lock; then no thread is inside, and closing the connection ends even a server process that waits for its reader.
    """

    def __init__(
        self,
        request: SqlRequest,
        source: str,
        session: Session,
        deadline: float,
        tally: Tally,
        end: Callable[[Session, bool], None],
        parts: Iterator[dict[str, str]] | None = None,
    ) -> None:
        self.query_id = request.query_id
        self._request, self._source, self._deadline, self._tally, self._end = request, source, deadline, tally, end
        self._parts = parts
        text = delivered(request.text if parts is None else request.split or "", request.schema)
        self._text = f"/* fedquery {request.query_id} {request.fragment} */ {text}"
        self._lock = threading.Lock()
        self._session: Session | None = session
        self._cursor: Any = None
        self._reader: Any = None
        self._arrival: Arrival | None = None
        self._begun = self._stopped = self._ended = False
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Run the statement; without this the first batch asked for does."""
        with self._lock, self._failing():
            self._check()
            self._begin()

    def _begin(self) -> None:
        self._begun = True
        if self._request.stored:
            self._store()
        if self._parts is None:
            self._execute()
        else:
            self._next_part()

    def __next__(self) -> pa.RecordBatch:
        with self._lock, self._failing():
            while True:
                self._check()
                if not self._begun:
                    self._begin()
                if self._ended:
                    raise StopIteration
                assert self._arrival is not None
                try:
                    batch = self._arrival.batch(self._reader.read_next_batch())
                except StopIteration:
                    self._check()
                    self._next_part()
                    continue
                self._tally.count(batch)
                return batch

    def _next_part(self) -> None:
        """Run the statement for the next part; without one the statement has ended."""
        part = next(self._parts, None) if self._parts is not None else None
        if part is None:
            self._finish(usable=True)
            return
        self._leave_cursor()
        assert self._session is not None
        self._session.run(configure(part))
        self._execute()

    def _store(self) -> None:
        """Make the temporary tables; the transaction is read-only afterwards."""
        assert self._session is not None
        self._cursor = self._session.cursor()
        self._cursor.adbc_statement.set_sql_query(storing(self._request.stored, PostgresDialect().type_name))
        try:
            self._cursor.adbc_statement.execute_update()
        except adbc.Error as problem:
            if problem.sqlstate in FORBIDDEN:
                raise refused(self._source) from None
            raise
        self._leave_cursor()

    def _execute(self) -> None:
        assert self._session is not None
        self._cursor = self._session.cursor()
        self._cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)})
        self._cursor.execute(self._text)
        # Cursor.fetch_record_batch would lose the SQLSTATE of what fails while it streams.
        handle = self._cursor.fetch_arrow()
        self._reader = AdbcRecordBatchReader._import_from_c(handle.address)
        self._arrival = Arrival(self._reader.schema, self._request.schema, self._source)

    def close(self) -> None:
        """End it; from any thread, at any time, more than once. Reading on before the end raises Cancelled."""
        if self._ended:
            return
        self._stopped = True
        until = time.monotonic() + _PATIENCE
        while not self._lock.acquire(timeout=_INSIST):
            self._interrupt()
            if time.monotonic() > until:
                return  # the thread inside the driver finds the mark when it comes out
        try:
            self._finish(usable=False)
        finally:
            self._lock.release()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._stopped:
            raise Cancelled("The query was cancelled.", source=self._source)
        if not self._ended and time.monotonic() > self._deadline:
            raise faults.late(self._source)

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        """Whatever fails ends the statement, now and for every later read; the driver's errors become ours."""
        try:
            yield
        except StopIteration:
            raise
        except DRIVER_ERRORS as problem:
            self._finish(usable=not self._stopped and not broken(problem))
            cancelled = Cancelled("The query was cancelled.", source=self._source)
            self._failure = cancelled if self._stopped else translated(problem, self._source)
            raise self._failure from None
        except BaseException as problem:
            self._finish(usable=False)
            self._failure = problem
            raise

    def _interrupt(self) -> None:
        cursor = self._cursor
        if cursor is not None:
            with contextlib.suppress(adbc.Error, RuntimeError, ValueError):
                cursor.adbc_cancel()

    def _finish(self, *, usable: bool) -> None:
        """Give the session back. Called with the lock held."""
        self._ended = True
        session, self._session = self._session, None
        if session is None:
            return
        if not usable:
            self._interrupt()
        self._leave_cursor()
        self._end(session, usable)

    def _leave_cursor(self) -> None:
        for part in (self._reader, self._cursor):
            with contextlib.suppress(adbc.Error, RuntimeError, pa.ArrowException):
                if part is not None:
                    part.close()
        self._reader = self._cursor = None


def close_all(statements: Sequence[Statement]) -> None:
    """Close several at once: one that a server does not let go must not hold up the others."""
    threads = [threading.Thread(target=each.close, daemon=True) for each in statements[1:]]
    for thread in threads:
        thread.start()
    for each in statements[:1]:
        each.close()
    for thread in threads:
        thread.join()
