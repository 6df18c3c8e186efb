"""One running statement: its batches, its limits, and its end at the server however the reader leaves."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import adbc_driver_manager as adbc
import pyarrow as pa
from adbc_driver_manager._reader import AdbcRecordBatchReader

from fedquery.spi import Cancelled, SourceTimeout, SqlRequest, TooManyBytes, TooManyRows
from fedquery_postgres.arrival import Arrival, delivered
from fedquery_postgres.errors import DRIVER_ERRORS, broken, translated
from fedquery_postgres.session import Pool, Session

_BATCH_BYTES = 2 * 1024 * 1024
#: How often a statement that does not end is told to, and for how long, in seconds.
_INSIST, _PATIENCE = 0.05, 10.0

_NARROW = "Add a condition that selects fewer rows, or select fewer columns."


class Statement(Iterator[pa.RecordBatch]):
    """The batches of one request, as an iterator.

    The lock is held while a thread is inside the driver. To stop, another thread asks the server to cancel until it gets
    the lock; then no thread is inside, and closing the connection ends even a server process that waits for its reader.
    """

    def __init__(self, request: SqlRequest, source: str, pool: Pool, deadline: float) -> None:
        self.query_id = request.query_id
        self._request, self._source, self._pool, self._deadline = request, source, pool, deadline
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._cursor: Any = None
        self._reader: Any = None
        self._arrival: Arrival | None = None
        self._stopped = self._ended = False
        self._failure: BaseException | None = None
        self._rows = self._bytes = 0

    def start(self, session: Session) -> None:
        """Run the statement on a session whose transaction has begun."""
        with self._lock, self._failing():
            self._session, self._cursor = session, session.cursor()
            self._check()
            self._cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)})
            text = delivered(self._request.text, self._request.schema)
            self._cursor.execute(f"/* fedquery {self.query_id} {self._request.fragment} */ {text}")
            # Cursor.fetch_record_batch would lose the SQLSTATE of what fails while it streams.
            handle = self._cursor.fetch_arrow()
            self._reader = AdbcRecordBatchReader._import_from_c(handle.address)
            self._arrival = Arrival(self._reader.schema, self._request.schema, self._source)

    def __next__(self) -> pa.RecordBatch:
        with self._lock, self._failing():
            self._check()
            if self._ended:
                raise StopIteration
            assert self._arrival is not None
            try:
                batch = self._arrival.batch(self._reader.read_next_batch())
            except StopIteration:
                self._check()
                self._finish(usable=True)
                raise
            self._count(batch)
            return batch

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
            raise SourceTimeout(f"The source {self._source} did not answer within its time limit.", source=self._source)

    def _count(self, batch: pa.RecordBatch) -> None:
        limits, source = self._request.limits, self._source
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if limits.rows is not None and self._rows > limits.rows:
            raise TooManyRows(
                f"The source {source} has more than {limits.rows} rows for this query.", hint=_NARROW, source=source
            )
        if limits.bytes is not None and self._bytes > limits.bytes:
            raise TooManyBytes(
                f"The source {source} has more than {limits.bytes} bytes for this query.", hint=_NARROW, source=source
            )

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
        """Give the session back, its transaction ended. Called with the lock held."""
        self._ended = True
        session, self._session = self._session, None
        if session is None:
            return
        if not usable:
            self._interrupt()
        for part in (self._reader, self._cursor):
            with contextlib.suppress(adbc.Error, RuntimeError, pa.ArrowException):
                if part is not None:
                    part.close()
        self._reader = self._cursor = None
        if usable:
            try:
                session.run("ROLLBACK")
            except adbc.Error:
                usable = False
        self._pool.give_back(session, usable=usable)
