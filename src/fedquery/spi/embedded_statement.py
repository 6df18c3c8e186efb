"""One statement of an embedded source: it runs on a connection of its own, ends in time, and says why when it does not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import duckdb
import pyarrow as pa

from fedquery.errors import Cancelled, FedqueryError
from fedquery.spi import faults
from fedquery.spi.connector import BatchStream, SourceConfig
from fedquery.spi.embedded_engine import EmbeddedEngine
from fedquery.spi.embedded_tables import Tables
from fedquery.spi.promise import check, keep_promise
from fedquery.spi.request import SqlRequest
from fedquery.spi.tables import TableReader, TableScan

ROWS_PER_BATCH = 16_384


@contextmanager
def named(source: str) -> Iterator[None]:
    """Puts the source's id on errors that leave it."""
    try:
        yield
    except FedqueryError as problem:
        if problem.source is None:
            problem.source = source
        raise


class Statement:
    """One statement on a connection of its own, from the call of ``read`` to the end of its stream."""

    def __init__(
        self,
        config: SourceConfig,
        reader: TableReader | TableScan,
        request: SqlRequest,
        engine: EmbeddedEngine,
        ended: Callable[[Statement], None],
        own: TableScan | None = None,
    ) -> None:
        self._config, self._request, self._ended, self._own = config, request, ended, own
        self._engine_busy = threading.Lock()
        self._closing = threading.RLock()
        self._reason: FedqueryError | None = None
        self._closed = False
        self._engine = engine
        self._tables = Tables(config.id, reader, engine.files, self._failed)
        self._connection = engine.connect(schemas=any(len(read.table) > 1 for read in request.reads))
        self.seconds = min(config.seconds, request.limits.seconds or config.seconds)
        late = faults.late(config.id, self.seconds)
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
        self._tables.stop()
        while not self._engine_busy.acquire(timeout=0.02):
            with suppress(duckdb.Error):
                self._connection.interrupt()
        self._engine_busy.release()

    def close(self) -> None:
        """Let everything go; whoever comes second waits until the first has."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._timer.cancel()
            self.stop(Cancelled("The stream was closed.", source=self._config.id))
            with self._engine_busy:
                self._connection.close()
            self._tables.close()
            if self._own is not None:
                self._own.close()
            self._ended(self)

    def _execute(self) -> pa.RecordBatchReader:
        connection, request = self._connection, self._request
        text = self._tables.register(connection, request)
        bound = {p.name: list(p.value) if isinstance(p.value, tuple) else p.value for p in request.parameters}
        (statement,) = connection.extract_statements(text)
        if statement.type != duckdb.StatementType.SELECT:
            raise ValueError("not a SELECT")
        bound = {name: bound[name] for name in statement.named_parameters}
        return connection.sql(statement, params=bound).to_arrow_reader(ROWS_PER_BATCH)

    def _failed(self, problem: FedqueryError) -> None:
        if self._reason is None:
            self._reason = problem

    def _batches(self, stream: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        try:
            with named(self._config.id):
                yield from keep_promise(self._pull(stream), self._request.schema, self._request.limits, self._config.id)
        finally:
            self.close()

    def _pull(self, stream: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        while (batch := self._in_engine(lambda: next(stream, None))) is not None:
            yield batch
        self._tables.check()

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
            return faults.out_of_memory(source, str(problem))
        if isinstance(problem, duckdb.Error) and (blamed := self._tables.blamed(problem)) is not None:
            return blamed
        return faults.refused(source, str(problem))
