"""A MySQL or MariaDB server as a source: statements in, Arrow out."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pymysql

from fedquery.spi import (
    BatchStream,
    Capabilities,
    Dialect,
    Fact,
    Fingerprint,
    Limits,
    RemoteTable,
    SourceConfig,
    SqlRequest,
    TableStatistics,
    derived,
    faults,
    probed,
)
from fedquery_mysql import rows
from fedquery_mysql.capabilities import CAPABILITIES
from fedquery_mysql.contract import check
from fedquery_mysql.describe import describe
from fedquery_mysql.dialect import MySQLDialect
from fedquery_mysql.errors import translated
from fedquery_mysql.fingerprint import FACTS
from fedquery_mysql.options import Options
from fedquery_mysql.pool import Lease, Pool
from fedquery_mysql.session import Session
from fedquery_mysql.statistics import statistics


class MySQLSource:
    """One server, asked through a pool of read-only sessions."""

    def __init__(self, config: SourceConfig) -> None:
        self._config = config
        self._pool = Pool(config)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def version(self) -> str | None:
        return self._pool.version

    def fingerprint(self) -> Fingerprint:
        with self._pool.session(self._config.seconds) as session:
            facts = probed(FACTS, lambda probe: self._value(session, probe))
            return Fingerprint("mysql", session.version, facts)

    def _value(self, session: Session, probe: str) -> str | None:
        ((value,),) = self._rows(session, f"SELECT CAST(({probe}) AS CHAR)")
        return None if value is None else str(value)

    def _rows(self, session: Session, text: str) -> tuple[tuple[Any, ...], ...]:
        try:
            return session.rows(text)
        except pymysql.Error as problem:
            raise translated(problem, self._config.id) from problem

    def statistics(self, tables: Sequence[tuple[str, ...]]) -> Mapping[tuple[str, ...], TableStatistics]:
        with self._pool.session(self._config.seconds) as session:
            return statistics(tables, lambda text: self._rows(session, text))

    def describe(self) -> Iterable[RemoteTable]:
        with self._pool.session(self._config.seconds) as session:
            return describe(session, self._config.options.database)

    def ping(self) -> None:
        with self._pool.session(self._config.seconds) as session:
            session.rows("SELECT 1")

    def read(self, request: SqlRequest) -> BatchStream:
        seconds = min(self._config.seconds, request.limits.seconds or self._config.seconds)
        deadline = time.monotonic() + seconds
        lease = self._pool.take(request.query_id, seconds)
        try:
            lease.session.limit(max(deadline - time.monotonic(), 0.001))
            lease.session.bind(request.parameters)
            described = lease.session.start(f"/* fedquery {_tag(request.query_id)} {_tag(request.fragment)} */ {request.text}")
            check(described, request.schema, self._config.id)
        except BaseException as error:
            lease.kill()
            if isinstance(error, Exception):
                raise lease.failure(error) from error
            raise
        stream = _Stream(self._config.id, lease, request.schema, request.limits, deadline)
        return BatchStream(request.schema, stream.batches(), stream.close)

    def cancel(self, query_id: str) -> None:
        for lease in self._pool.running(query_id):
            lease.kill(cancelled=True)

    def close(self) -> None:
        self._pool.close()


class _Stream:
    """The rows of one statement under its limits; the session goes back only after the last row."""

    def __init__(self, source: str, lease: Lease, schema: pa.Schema, limits: Limits, deadline: float) -> None:
        self._source, self._lease, self._schema, self._limits, self._deadline = source, lease, schema, limits, deadline

    def batches(self) -> Iterator[pa.RecordBatch]:
        counted, size = 0, 0
        try:
            for block in rows.blocks(self._receive):
                batch = rows.decode(block, self._schema)
                counted += batch.num_rows
                size += batch.nbytes
                if self._limits.rows is not None and counted > self._limits.rows:
                    raise faults.too_many_rows(self._source, self._limits.rows)
                if self._limits.bytes is not None and size > self._limits.bytes:
                    raise faults.too_many_bytes(self._source, self._limits.bytes)
                yield batch
            self._lease.give_back()
        except rows.CellProblem as problem:
            told = faults.null_unpromised if problem.missing else faults.invalid_value
            raise told(self._source, problem.column) from None
        except Exception as error:
            raise self._lease.failure(error) from error
        finally:
            self._lease.kill()

    def _receive(self, size: int) -> bytes:
        if time.monotonic() > self._deadline:
            raise faults.late(self._source)
        return self._lease.session.receive(size)

    def close(self) -> None:
        self._lease.kill(cancelled=True)


class MySQLConnector:
    """The kind ``mysql``."""

    @property
    def kind(self) -> str:
        return "mysql"

    @property
    def options(self) -> type[Any]:
        return Options

    @property
    def dialect(self) -> Dialect:
        return MySQLDialect()

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def facts(self) -> tuple[Fact, ...]:
        return FACTS

    def derive(self, fingerprint: Fingerprint | None) -> Capabilities:
        return derived(CAPABILITIES, FACTS, fingerprint)

    def open(self, config: SourceConfig) -> MySQLSource:
        return MySQLSource(config)


CONNECTOR = MySQLConnector()


def _tag(text: str) -> str:
    """The id as it may stand in a comment."""
    return re.sub(r"[^A-Za-z0-9_.-]", "", text)
