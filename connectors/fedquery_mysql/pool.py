"""At most ``concurrency`` sessions of one source, each lent to one statement at a time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import pymysql

from fedquery.spi import Cancelled, SourceConfig, faults
from fedquery_mysql.errors import translated
from fedquery_mysql.session import Session

_KILL_SECONDS = 2.0


class Lease:
    """A session while one statement uses it. Ends once: given back whole, or killed at the server and closed."""

    def __init__(self, pool: Pool, session: Session, query_id: str) -> None:
        self.session = session
        self.query_id = query_id
        self.cancelled = False
        self._pool = pool
        self._lock = threading.Lock()
        self._open = True

    def give_back(self) -> None:
        """The statement has ended and its result was read to the end."""
        with self._lock:
            if self._open:
                self._open = False
                self._pool._returned(self, reusable=True)

    def kill(self, cancelled: bool = False) -> None:
        """End the statement wherever it is; a thread that waits for its rows wakes up."""
        with self._lock:
            if self._open:
                self._open = False
                self.cancelled = cancelled
                self._pool._kill(self.session)
                self._pool._returned(self, reusable=False)

    def failure(self, error: Exception) -> Exception:
        """What to raise for an error: whatever a line that was cut under the driver raises means that it was cancelled."""
        if self.cancelled:
            return Cancelled("The query was cancelled.", source=self._pool.config.id)
        return translated(error, self._pool.config.id) if isinstance(error, (pymysql.Error, OSError)) else error


class Pool:
    """Sessions are opened when first needed and reused while the server keeps them."""

    def __init__(self, config: SourceConfig) -> None:
        self.config = config
        self._free = threading.BoundedSemaphore(config.concurrency)
        self._lock = threading.Lock()
        self._idle: list[Session] = []
        self._leases: set[Lease] = set()
        self._closed = False
        self.version: str | None = None

    def take(self, query_id: str, seconds: float) -> Lease:
        """A session for one statement. Raises SourceUnavailable, SourceRejected, SecretProblem, and SourceTimeout when all
        sessions stay taken."""
        if not self._free.acquire(timeout=seconds):
            raise faults.all_in_use(self.config.id)
        try:
            session = self._reused() or Session(self.config)
        except BaseException as error:
            self._free.release()
            if isinstance(error, (pymysql.Error, OSError, RuntimeError)):
                raise translated(error, self.config.id) from error
            raise
        self.version = session.version
        lease = Lease(self, session, query_id)
        with self._lock:
            self._leases.add(lease)
        return lease

    @contextlib.contextmanager
    def session(self, seconds: float) -> Iterator[Session]:
        """A session for small questions of our own, with errors translated."""
        lease = self.take("", seconds)
        try:
            lease.session.limit(seconds)
            yield lease.session
            lease.give_back()
        except Exception as error:
            raise lease.failure(error) from error
        finally:
            lease.kill()

    def running(self, query_id: str) -> tuple[Lease, ...]:
        """The leases of a query."""
        with self._lock:
            return tuple(lease for lease in self._leases if lease.query_id == query_id)

    def close(self) -> None:
        """Kill what runs and close what is idle."""
        with self._lock:
            self._closed = True
            leases, idle, self._idle = tuple(self._leases), self._idle, []
        for lease in leases:
            lease.kill(cancelled=True)
        for session in idle:
            session.close()

    def _reused(self) -> Session | None:
        while True:
            with self._lock:
                if self._closed:
                    raise faults.closed(self.config.id)
                if not self._idle:
                    return None
                session = self._idle.pop()
            if session.alive():
                return session
            session.close()

    def _returned(self, lease: Lease, *, reusable: bool) -> None:
        if reusable:
            try:
                lease.session.unbind()
            except (pymysql.Error, OSError):
                reusable = False
        with self._lock:
            self._leases.discard(lease)
            reusable = reusable and not self._closed
            if reusable:
                self._idle.append(lease.session)
        if not reusable:
            lease.session.close()
        self._free.release()

    def _kill(self, session: Session) -> None:
        """End the session's statement from a session of its own, then cut the line, which also ends a blocked write."""
        with contextlib.suppress(pymysql.Error, OSError, RuntimeError):
            killer = Session(self.config)
            try:
                killer.limit(_KILL_SECONDS)
                killer.kill(session.thread)
            finally:
                killer.close()
        session.cut()
