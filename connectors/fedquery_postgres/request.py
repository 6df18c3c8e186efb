"""One request from its first session to its stream: on which snapshot, whole or in parts, with how many sessions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from fedquery.spi import BatchStream, Merged, SourceConfig, SourceError, SqlRequest, UnsupportedByConnector
from fedquery_postgres.errors import translating
from fedquery_postgres.parts import WORKERS, Parts, Sizes
from fedquery_postgres.session import Session
from fedquery_postgres.snapshot import OneSnapshot
from fedquery_postgres.stream import Statement, Tally, close_all


class Begin(Protocol):
    """Opens a session and begins its transaction."""

    def __call__(
        self, deadline: float, values: dict[str, str], snapshot: str | None = None, *, scratch: bool = False
    ) -> Session: ...


class Reading:
    """Answers one request. ``end`` takes sessions back; ``watch`` is told every statement, so that it can be cancelled."""

    def __init__(
        self,
        request: SqlRequest,
        values: dict[str, str],
        config: SourceConfig,
        begin: Begin,
        end: Callable[[Session, bool], None],
        watch: Callable[[Statement], None],
        sizes: Sizes,
    ) -> None:
        self._request, self._source, self._begin, self._end, self._watch = request, config.id, begin, end, watch
        self._sizes = sizes
        self._deadline = time.monotonic() + min(request.limits.seconds or config.seconds, config.seconds)
        self._settings = values
        self._tally = Tally(request.limits, config.id)
        visit = request.visit
        self._shared = visit.shared(lambda: OneSnapshot(visit.statements, end)) if visit and visit.statements > 1 else None
        if request.stored and (self._shared is not None or not config.scratch):
            raise UnsupportedByConnector("The source's entry, or its one snapshot of a query, allows no temporary tables.")

    def stream(self) -> BatchStream:
        """The answer; raises as the source's ``read`` does."""
        first = self._first()
        try:
            with translating(self._source):
                parts, more = self._parts(first)
        except BaseException:
            self._end_first(first, False)
            raise
        statements = [self._statement(first, self._end_first, parts)]
        statements += [self._statement(session, self._end_further, parts) for session in more]
        if not more:
            statements[0].start()
            return BatchStream(self._request.schema, statements[0], statements[0].close)
        name = f"fedquery-{self._request.query_id}-{self._source}-part"
        merged = Merged(statements, lambda: close_all(statements), name)
        return BatchStream(self._request.schema, merged, merged.close)

    def _first(self) -> Session:
        if self._shared is None:
            return self._open(None)
        return self._shared.session(self._open, self._again)

    def _open(self, snapshot: str | None) -> Session:
        return self._begin(self._deadline, self._settings, snapshot, scratch=bool(self._request.stored))

    def _again(self, session: Session) -> None:
        session.again(self._deadline - time.monotonic(), self._settings)

    def _parts(self, first: Session) -> tuple[Parts | None, list[Session]]:
        """The parts of a table that is worth it, and sessions to read them beside the first: as many as there is room for."""
        visit = self._request.visit
        places = visit.more(WORKERS - 1) if visit and self._request.split else 0
        more: list[Session] = []
        try:
            parts = self._sizes.parts(first, self._request, places + 1) if places else None
            snapshot = first.export() if parts else ""
            while parts and len(more) < places:
                more.append(self._open(snapshot))
        except SourceError:  # no room for one more after all: those that are open do the work
            if not more:
                return None, []
        finally:
            if visit:
                visit.less(places - len(more))
        return (parts if more else None), more

    def _statement(self, session: Session, end: Callable[[Session, bool], None], parts: Parts | None) -> Statement:
        statement = Statement(self._request, self._source, session, self._deadline, self._tally, end, parts)
        self._watch(statement)
        return statement

    def _end_first(self, session: Session, usable: bool) -> None:
        if self._shared is None:
            self._end(session, usable)
        else:
            self._shared.give_back(session, usable)

    def _end_further(self, session: Session, usable: bool) -> None:
        self._end(session, usable)
        if self._request.visit:
            self._request.visit.less(1)
