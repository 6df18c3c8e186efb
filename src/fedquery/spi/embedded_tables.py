"""What one statement sees in its private DuckDB: the tables it reads, through Arrow, or by DuckDB itself from held Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import groupby

import duckdb
import pyarrow as pa

from fedquery.errors import FedqueryError, SourceDrift, SourceRejected, UnsupportedByConnector
from fedquery.names import quote
from fedquery.predicates import Compare, In, IsNull, Operand, ParameterOperand, ValueOperand
from fedquery.spi import faults
from fedquery.spi.connector import BatchStream
from fedquery.spi.embedded_files import HeldFiles
from fedquery.spi.request import Parameter, SqlRequest, TableRead
from fedquery.spi.tables import HeldTable, ParquetReader, TableReader, TableScan

#: The only column of a table of which nothing but the number of rows is read.
_COUNTED = pa.schema([pa.field("__row", pa.bool_())])


class Tables:
    """The tables of one statement, from its start to its end."""

    def __init__(
        self, source: str, reader: TableReader | TableScan, files: HeldFiles, failed: Callable[[FedqueryError], None]
    ) -> None:
        self._source, self._reader, self._files, self._failed = source, reader, files, failed
        self._scans: list[_Scanned] = []
        self._held: list[tuple[TableRead, HeldTable]] = []
        self._lent: dict[str, tuple[TableRead, str]] = {}
        self._ends = ExitStack()

    def register(self, connection: duckdb.DuckDBPyConnection, request: SqlRequest) -> str:
        """Let ``connection`` see what the request reads, and nothing else; returns the text to run there.

        Held files are read by CTEs in front of it: for a view DuckDB would open them once more.
        """
        ctes = []
        for number, read in enumerate(_merged(request.reads, request.parameters), 1):
            if len(read.table) > 2:
                raise UnsupportedByConnector("A table's path has one or two parts at this kind of source.")
            alone = len(read.table) == 1
            name = read.table[0] if alone else f"__t{number}"
            held = self._reader.parquet(read) if isinstance(self._reader, ParquetReader) else None
            if held is None:
                self._scans.append(_Scanned(self._reader, read, self._failed))
                connection.register(name, self._scans[-1])
            elif alone:
                ctes.append(f"{quote(name)} AS NOT MATERIALIZED ({self._rows(read, held)})")
            else:
                connection.execute(f"CREATE TEMP VIEW {name} AS {self._rows(read, held)}")
            if not alone:
                schema, table = map(quote, read.table)
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
                connection.execute(f"CREATE VIEW {schema}.{table} AS FROM {name}")
        return _with(ctes, request.text)

    def stop(self) -> None:
        """End the scans that DuckDB waits for."""
        for scan in self._scans:
            scan.close()

    def check(self) -> None:
        """Raises SourceRejected when a file was written to while it was read."""
        for read, held in self._held:
            if (path := held.changed()) is not None:
                raise self._damaged([read], f"{path}: changed while it was read")

    def blamed(self, problem: duckdb.Error) -> SourceRejected | None:
        """The error that names the table, where DuckDB failed on a file that it read; the log has the path."""
        text, concerned = str(problem), []
        for name, (read, path) in self._lent.items():
            if name in text:
                text = text.replace(name, path)
                concerned.append(read)
        if (
            not concerned and type(problem) is duckdb.Error
        ):  # what Parquet's decoders raise has no class of its own, and no name
            text = f"{text} in one of {', '.join(path for _, path in self._lent.values())}"
            concerned = [read for read, _ in self._held]
        return self._damaged(concerned, text) if concerned else None

    def close(self) -> None:
        """Let go of the files; DuckDB reads no more."""
        self._ends.close()

    def _rows(self, read: TableRead, held: HeldTable) -> str:
        """The statement that reads them from the files, which are kept open until the end."""
        self._ends.callback(held.close)
        files = self._ends.enter_context(self._files.lent(held.descriptors))
        self._held.append((read, held))
        self._lent |= {name: (read, path) for name, path in zip(files, held.paths, strict=True)}
        columns = ", ".join(f"CAST({quote(c.name)} AS {c.type.sql}) AS {quote(c.name)}" for c in read.columns)
        listed = ", ".join(f"'{file}'" for file in files)
        return (
            f"SELECT {columns or 'NULL::BOOLEAN AS __row'}"
            f" FROM read_parquet([{listed}], hive_partitioning = false, filename = false)"
        )

    def _damaged(self, reads: list[TableRead], private: str) -> SourceRejected:
        return faults.damaged(self._source, sorted({".".join(read.table) for read in reads}), private)


class _Scanned:
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


def _with(ctes: list[str], text: str) -> str:
    """The statement with these CTEs before its own."""
    if not ctes:
        return text
    own = text.removeprefix("WITH ")
    return f"WITH {', '.join(ctes)}{', ' if own != text else ' '}{own}"


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
