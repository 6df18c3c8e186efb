"""A source that only lists and scans tables gets all of SQL: its statements run in a private, locked DuckDB beside it.

That DuckDB is the department's side of the barrier: filters and masks run in it, before anything leaves. A statement sees
nothing in it but the tables that it reads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from itertools import groupby
from typing import Any

import duckdb
import pyarrow as pa

from fedquery import sentences as say
from fedquery.errors import (
    Cancelled,
    FedqueryError,
    OutOfMemory,
    SourceDrift,
    SourceRejected,
    SourceTimeout,
    UnsupportedByConnector,
)
from fedquery.names import quote
from fedquery.predicates import Compare, In, IsNull, Operand, ParameterOperand, ValueOperand
from fedquery.spi.capabilities import Capabilities
from fedquery.spi.connector import BatchStream, SourceConfig
from fedquery.spi.duckdb_dialect import DUCKDB_CAPABILITIES
from fedquery.spi.duckdb_facts import DUCKDB_FACTS
from fedquery.spi.embedded_engine import EmbeddedEngine
from fedquery.spi.fingerprint import Fingerprint, probed
from fedquery.spi.promise import check, keep_promise
from fedquery.spi.remote import RemoteTable
from fedquery.spi.request import Parameter, SqlRequest, TableRead
from fedquery.spi.statistics import TableStatistics
from fedquery.spi.tables import SnapshotReader, TableReader, TableScan

ROWS_PER_BATCH = 16_384
#: The only column of a table of which nothing but the number of rows is read.
_COUNTED = pa.schema([pa.field("__row", pa.bool_())])


class EmbeddedSource:
    """A :class:`~fedquery.spi.Source` made of a :class:`~fedquery.spi.tables.TableReader`."""

    def __init__(self, config: SourceConfig, reader: TableReader, capabilities: Capabilities = DUCKDB_CAPABILITIES) -> None:
        self.capabilities = capabilities
        self._config = config
        self._reader = reader
        self._lock = threading.Lock()
        self._runs: dict[_Run, str] = {}
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
        with self._named():
            return tuple(self._reader.describe())

    def ping(self) -> None:
        with self._named():
            self._reader.ping()

    def read(self, request: SqlRequest) -> BatchStream:
        with self._named():
            tables, own = self._tables(request)
            run = _Run(self._config, tables, request, self._engine, self._forget, own)
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

    def _forget(self, run: _Run) -> None:
        with self._lock:
            self._runs.pop(run, None)

    def _named(self) -> _Named:
        return _Named(self._config.id)


def _value(connection: duckdb.DuckDBPyConnection, probe: str) -> str | None:
    (value,) = connection.execute(f"SELECT CAST(({probe}) AS VARCHAR)").fetchone() or (None,)
    return None if value is None else str(value)


class _Named:
    """Puts the source's id on errors that leave it."""

    def __init__(self, source: str) -> None:
        self._source = source

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> None:
        if isinstance(problem, FedqueryError) and problem.source is None:
            problem.source = self._source


class _Run:
    """One statement on a connection of its own, from the call of ``read`` to the end of its stream."""

    def __init__(
        self,
        config: SourceConfig,
        reader: TableReader | TableScan,
        request: SqlRequest,
        engine: EmbeddedEngine,
        ended: Callable[[_Run], None],
        own: TableScan | None = None,
    ) -> None:
        self._config, self._reader, self._request, self._ended, self._own = config, reader, request, ended, own
        self._engine_busy = threading.Lock()
        self._reason: FedqueryError | None = None
        self._closed = False
        self._scans: list[_Table] = []
        self._engine = engine
        self._connection = engine.connect(schemas=any(len(read.table) > 1 for read in request.reads))
        self.seconds = min(config.seconds, request.limits.seconds or config.seconds)
        late = SourceTimeout(say.LATE(source=config.id, seconds=self.seconds), source=config.id)
        self._timer = threading.Timer(self.seconds, self.stop, (late,))
        self._timer.daemon = True

    def start(self) -> BatchStream:
        self._timer.start()
        request = self._request
        try:
            stream = self._in_engine(self._execute)
            check(stream.schema, request.schema, self._config.id)
        except BaseException:
            self.close()
            raise
        return BatchStream(request.schema, self._batches(stream), self.close)

    def stop(self, reason: FedqueryError | None) -> None:
        """End the statement; whoever reads its stream gets the reason. Returns once the engine is idle."""
        if self._reason is None:
            self._reason = reason
        for scan in self._scans:
            scan.close()
        while not self._engine_busy.acquire(timeout=0.02):
            with suppress(duckdb.Error):
                self._connection.interrupt()
        self._engine_busy.release()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._timer.cancel()
        self.stop(Cancelled("The stream was closed.", source=self._config.id))
        with self._engine_busy:
            self._connection.close()
        if self._own is not None:
            self._own.close()
        self._ended(self)

    def _execute(self) -> pa.RecordBatchReader:
        connection, request = self._connection, self._request
        for table in _merged(request.reads, request.parameters):
            self._register(table)
        bound = {p.name: list(p.value) if isinstance(p.value, tuple) else p.value for p in request.parameters}
        (statement,) = connection.extract_statements(request.text)
        if statement.type != duckdb.StatementType.SELECT:
            raise ValueError("not a SELECT")
        bound = {name: bound[name] for name in statement.named_parameters}
        return connection.sql(statement, params=bound).to_arrow_reader(ROWS_PER_BATCH)

    def _register(self, read: TableRead) -> None:
        scan = _Table(self._reader, read, self._failed)
        self._scans.append(scan)
        name = f"__t{len(self._scans)}" if len(read.table) > 1 else read.table[0]
        self._connection.register(name, scan)
        if len(read.table) == 2:
            schema, table = map(quote, read.table)
            self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            self._connection.execute(f"CREATE VIEW {schema}.{table} AS FROM {quote(name)}")
        elif len(read.table) > 2:
            raise UnsupportedByConnector("A table's path has one or two parts at this kind of source.")

    def _failed(self, problem: FedqueryError) -> None:
        if self._reason is None:
            self._reason = problem

    def _batches(self, stream: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        try:
            with _Named(self._config.id):
                yield from keep_promise(self._pull(stream), self._request.schema, self._request.limits, self._config.id)
        finally:
            self.close()

    def _pull(self, stream: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        while (batch := self._in_engine(lambda: next(stream, None))) is not None:
            yield batch

    def _in_engine(self, work: Callable[[], Any]) -> Any:
        """Do something inside DuckDB, its errors translated."""
        with self._engine_busy:
            try:
                if self._reason is None:
                    result = work()
            except (duckdb.Error, pa.ArrowException, OSError, ValueError) as problem:
                if isinstance(problem, (duckdb.FatalException, duckdb.InternalException)):
                    self._engine.forsake()
                raise self._translated(problem) from None
            if self._reason is not None:
                raise self._reason
            return result

    def _translated(self, problem: Exception) -> FedqueryError:
        source = self._config.id
        if self._reason is not None:
            return self._reason
        if isinstance(problem, duckdb.OutOfMemoryException) or "Out of Memory" in str(problem):
            return OutOfMemory(f"The statement does not fit into the memory of {source}.", source=source, private=str(problem))
        return SourceRejected(
            f"{source} could not run the statement.",
            hint="The operator finds the reason in the log, under the query's id.",
            source=source,
            private=str(problem),
        )


class _Table:
    """A table that DuckDB may scan any number of times, each time from the beginning (the Arrow PyCapsule interface)."""

    def __init__(self, reader: TableReader | TableScan, read: TableRead, failed: Callable[[FedqueryError], None]) -> None:
        self._reader, self._read, self._failed = reader, read, failed
        self._open: list[BatchStream] = []
        fields = [pa.field(c.name, c.type.arrow) for c in read.columns]
        self._schema = pa.schema(fields) if fields else _COUNTED

    def __arrow_c_schema__(self) -> object:
        return self._schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pa.RecordBatchReader.from_batches(self._schema, self._batches()).__arrow_c_stream__(requested_schema)

    def close(self) -> None:
        for stream in tuple(self._open):
            stream.close()

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            with self._reader.scan(self._read) as stream:
                self._open.append(stream)
                for batch in stream:
                    yield self._checked(batch)
        except FedqueryError as problem:
            self._failed(problem)
            raise

    def _checked(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if self._schema is _COUNTED:
            return pa.record_batch([pa.nulls(batch.num_rows, pa.bool_())], schema=_COUNTED)
        if not batch.schema.equals(self._schema):
            raise SourceDrift(f"The table {'.'.join(self._read.table)} was read with other columns than promised.")
        return batch


def _merged(reads: tuple[TableRead, ...], parameters: tuple[Parameter, ...]) -> Iterator[TableRead]:
    """One read for each table: all columns that any leaf reads; conjuncts only where a single leaf reads the table."""
    values = {p.name: p.value for p in parameters}
    names: set[tuple[str, ...]] = set()
    for table, group in groupby(sorted(reads, key=lambda r: r.table), key=lambda r: r.table):
        leaves = list(group)
        columns = tuple(dict.fromkeys(c for leaf in leaves for c in leaf.columns))
        _distinct([c.name for c in columns], f"Columns of {'.'.join(table)}")
        conjuncts = leaves[0].conjuncts if len(leaves) == 1 else ()
        names.add(tuple(part.casefold() for part in table))
        yield TableRead(table, columns, tuple(b for c in conjuncts if (b := _bound(c, values)) is not None))
    if len(names) < len({r.table for r in reads}):
        raise UnsupportedByConnector("Two tables differ in upper and lower case only; read them in separate statements.")


def _distinct(names: list[str], what: str) -> None:
    if len({name.casefold() for name in names}) < len(names):
        raise UnsupportedByConnector(f"{what} differ in upper and lower case only; use one of them at a time.")


def _bound(conjunct: Compare | In | IsNull, values: dict[str, object]) -> Compare | In | IsNull | None:
    """The conjunct with bound parameters as literals; None when one is not bound."""

    def literal(operand: Operand) -> Operand:
        if isinstance(operand, ParameterOperand):
            return ValueOperand(values[operand.name], operand.type)
        return operand

    try:
        match conjunct:
            case Compare(_, left, right):
                return replace(conjunct, left=literal(left), right=literal(right))
            case In(operand, ParameterOperand(name, type)):
                members = values[name]
                assert isinstance(members, (tuple, list))
                return In(operand, tuple(ValueOperand(v, type.item or type) for v in members))
            case _:
                return conjunct
    except KeyError:
        return None
