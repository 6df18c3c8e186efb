"""One snapshot for all statements of a query: the first session exports it and stays until the last statement has begun."""

from __future__ import annotations

import threading
from collections.abc import Callable

from fedquery_postgres.session import Session


class OneSnapshot:
    """Shared by the statements of one visit. The session that exported is used again whenever it is idle."""

    def __init__(self, statements: int, end: Callable[[Session, bool], None]) -> None:
        self._end = end
        self._to_come = statements
        self._first: Session | None = None
        self._idle = self._closed = False
        self._snapshot = ""
        self._lock = threading.Lock()

    def session(self, begin: Callable[[str | None], Session], again: Callable[[Session], None]) -> Session:
        """A session for one statement: ``begin`` opens one on a snapshot (None: a new one), ``again`` prepares the idle one."""
        with self._lock:
            if self._first is None:
                self._first = self._exporting(begin)
                self._to_come -= 1
                return self._first
            idle, self._idle = (self._first if self._idle else None), False
        if idle is None:
            session = begin(self._snapshot)
        else:
            session = idle
            try:
                again(session)
            except BaseException:
                self.give_back(session, False)
                raise
        with self._lock:
            self._to_come -= 1
        self._let_go()
        return session

    def _exporting(self, begin: Callable[[str | None], Session]) -> Session:
        session = begin(None)
        try:
            self._snapshot = session.export()
        except BaseException:
            self._end(session, False)
            raise
        return session

    def give_back(self, session: Session, usable: bool) -> None:
        """End a statement's use of its session."""
        if session is not self._first:
            self._end(session, usable)
            return
        with self._lock:
            self._idle = usable
            if not usable:
                self._to_come = 0  # its snapshot is gone: a statement to come fails when it asks for it
        if usable:
            self._let_go()
        else:
            self._end(session, False)

    def close(self) -> None:
        """No statement follows."""
        with self._lock:
            self._closed = True
        self._let_go()

    def _let_go(self) -> None:
        """End the first session's transaction once nobody needs its snapshot to come in."""
        with self._lock:
            if not self._idle or (self._to_come > 0 and not self._closed):
                return
            self._idle = False
            session = self._first
        if session is not None:
            self._end(session, True)
