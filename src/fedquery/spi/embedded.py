"""A source that only lists and scans tables gets all of SQL: its statements run in a private, locked DuckDB beside it.

That DuckDB is the department's side of the barrier: filters and masks run in it, before anything leaves. A statement sees
nothing in it but the tables that it reads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing

import duckdb

from fedquery.errors import Cancelled
from fedquery.spi.capabilities import Capabilities
from fedquery.spi.connector import BatchStream, SourceConfig
from fedquery.spi.duckdb_dialect import DUCKDB_CAPABILITIES
from fedquery.spi.duckdb_facts import DUCKDB_FACTS
from fedquery.spi.embedded_engine import EmbeddedEngine
from fedquery.spi.embedded_statement import Statement, named
from fedquery.spi.fingerprint import Fingerprint, probed
from fedquery.spi.remote import RemoteTable
from fedquery.spi.request import SqlRequest
from fedquery.spi.statistics import TableStatistics
from fedquery.spi.tables import SnapshotReader, TableReader, TableScan


class EmbeddedSource:
    """A :class:`~fedquery.spi.Source` made of a :class:`~fedquery.spi.tables.TableReader`."""

    def __init__(self, config: SourceConfig, reader: TableReader, capabilities: Capabilities = DUCKDB_CAPABILITIES) -> None:
        self.capabilities = capabilities
        self._config = config
        self._reader = reader
        self._lock = threading.Lock()
        self._runs: dict[Statement, str] = {}
        self._engine = EmbeddedEngine(config.time_zone)

    @property
    def version(self) -> str | None:
        return f"duckdb {duckdb.__version__}"

    def fingerprint(self) -> Fingerprint:
        """The answers of a private DuckDB; a connector adds those of what it reads."""
        self.ping()
        with closing(self._engine.connect()) as connection:
            facts = probed(DUCKDB_FACTS, lambda probe: _value(connection, probe))
        return Fingerprint("duckdb", self.version or "", facts)

    def statistics(self, tables: Sequence[tuple[str, ...]]) -> Mapping[tuple[str, ...], TableStatistics]:
        """Nothing is known without reading; a connector may know better."""
        return {}

    def describe(self) -> Iterable[RemoteTable]:
        with named(self._config.id):
            return tuple(self._reader.describe())

    def ping(self) -> None:
        with named(self._config.id):
            self._reader.ping()

    def read(self, request: SqlRequest) -> BatchStream:
        with named(self._config.id):
            tables, own = self._tables(request)
            run = Statement(self._config, tables, request, self._engine, self._forget, own)
            with self._lock:
                self._runs[run] = request.query_id
            return run.start()

    def _tables(self, request: SqlRequest) -> tuple[TableReader | TableScan, TableScan | None]:
        """Where the statement reads: on the query's one state where the reader has such; and what ends with the statement."""
        if not isinstance(self._reader, SnapshotReader):
            return self._reader, None
        if request.visit is not None:
            return request.visit.shared(self._reader.snapshot), None
        alone = self._reader.snapshot()
        return alone, alone

    def cancel(self, query_id: str) -> None:
        with self._lock:
            runs = [run for run, query in self._runs.items() if query == query_id]
        for run in runs:
            run.stop(Cancelled("The query was cancelled.", source=self._config.id))

    def close(self) -> None:
        with self._lock:
            runs = list(self._runs)
        for run in runs:
            run.close()
        self._reader.close()
        self._engine.close()

    def _forget(self, run: Statement) -> None:
        with self._lock:
            self._runs.pop(run, None)


def _value(connection: duckdb.DuckDBPyConnection, probe: str) -> str | None:
    (value,) = connection.execute(f"SELECT CAST(({probe}) AS VARCHAR)").fetchone() or (None,)
    return None if value is None else str(value)
