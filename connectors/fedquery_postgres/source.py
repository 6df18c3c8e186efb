"""A PostgreSQL of a department, opened: describe, read, cancel, ping."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import adbc_driver_manager as adbc

from fedquery.spi import (
    BatchStream,
    Capabilities,
    Fingerprint,
    RemoteTable,
    Sentence,
    SourceConfig,
    SourceError,
    SourceRejected,
    SourceUnavailable,
    SqlRequest,
    TableStatistics,
    probed,
)
from fedquery_postgres.capabilities import CAPABILITIES
from fedquery_postgres.describe import CATALOGUE, tables
from fedquery_postgres.errors import DRIVER_ERRORS, translated
from fedquery_postgres.fingerprint import FACTS
from fedquery_postgres.options import PostgresOptions, connection_string
from fedquery_postgres.parameters import settings
from fedquery_postgres.parts import Sizes
from fedquery_postgres.request import Reading
from fedquery_postgres.session import Pool, Session
from fedquery_postgres.statistics import query, statistics
from fedquery_postgres.stream import Statement, close_all

Answer = TypeVar("Answer")
_NO_CHARACTER = Sentence(
    "The source {source} cannot hold a character of this query.", "数据源 {source} 容纳不下此查询中的某个字符。"
)
_RETYPE = Sentence("Retype the texts in the statement.", "请重新输入语句中的文本。")


class PostgresSource:
    """Thread-safe; connects when first asked for something."""

    def __init__(self, config: SourceConfig) -> None:
        self._config = config
        self._pool = Pool(self._connect, config.concurrency, config.id)
        self._running: weakref.WeakSet[Statement] = weakref.WeakSet()
        self._lock = threading.Lock()
        self.version: str | None = None
        self._sizes = Sizes()

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def fingerprint(self) -> Fingerprint:
        """Each fact in a transaction of its own: one that fails ends it."""
        self.ping()
        facts = probed(FACTS, lambda probe: self._ask(lambda session: session.value(probe)))
        return Fingerprint("postgres", self.version or "", facts)

    def statistics(self, tables: Sequence[tuple[str, ...]]) -> Mapping[tuple[str, ...], TableStatistics]:
        return statistics(self._ask(lambda session: session.rows(query(tables))))

    def describe(self) -> Iterator[RemoteTable]:
        """Tables, views, materialised views, foreign and partitioned tables that the login may read."""
        options: PostgresOptions = self._config.options
        return tables(self._ask(lambda session: session.rows(CATALOGUE)), frozenset(options.schemas))

    def read(self, request: SqlRequest) -> BatchStream:
        """Run the statement in a transaction of its own, or on the query's one snapshot, and stream it."""
        values = settings((*request.parameters, *request.stored))
        _check_text((request.text, *values.values()), self._config.id)
        return Reading(request, values, self._config, self._begin, self._end, self._watch, self._sizes).stream()

    def cancel(self, query_id: str) -> None:
        with self._lock:
            found = [s for s in self._running if s.query_id == query_id]
        close_all(found)

    def ping(self) -> None:
        try:
            session = self._begin(time.monotonic() + min(10.0, self._config.seconds), {})
        except SourceUnavailable:
            raise
        except SourceError as problem:
            raise SourceUnavailable(
                problem.message, hint=problem.hint, source=self._config.id, private=problem.private
            ) from None
        self._end(session)

    def _ask(self, question: Callable[[Session], Answer]) -> Answer:
        """A small question of our own, in a transaction of its own."""
        session = self._begin(time.monotonic() + self._config.seconds, {})
        try:
            return question(session)
        except DRIVER_ERRORS as problem:
            raise translated(problem, self._config.id) from None
        finally:
            self._end(session)

    def close(self) -> None:
        with self._lock:
            found = list(self._running)
        close_all(found)
        self._pool.close()

    def _watch(self, statement: Statement) -> None:
        with self._lock:
            self._running.add(statement)

    def _begin(self, deadline: float, values: dict[str, str], snapshot: str | None = None, *, scratch: bool = False) -> Session:
        zone = self._config.time_zone
        try:
            return self._pool.begin(deadline, lambda s, seconds: s.begin(seconds, zone, values, snapshot), scratch)
        except adbc.Error as problem:
            raise translated(problem, self._config.id) from None

    def _end(self, session: Session, usable: bool = True) -> None:
        """Hand a session back, its transaction ended."""
        if usable:
            try:
                session.run("ROLLBACK")
            except adbc.Error:
                usable = False
        self._pool.give_back(session, usable=usable)

    def _connect(self, scratch: bool) -> Session:
        session = Session(connection_string(self._config.options, self._config.secrets), self._config.id, scratch)
        self.version = str(session.version)
        return session


def _check_text(texts: Iterable[str], source: str) -> None:
    """PostgreSQL's texts cannot hold U+0000 or half of a surrogate pair; cut short, a statement would mean something else."""
    for text in texts:
        if "\0" in text or not _encodable(text):
            raise SourceRejected(_NO_CHARACTER(source=source), hint=_RETYPE(), source=source)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
