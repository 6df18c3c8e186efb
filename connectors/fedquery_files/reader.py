"""Scans the files of a table: the columns asked for, and only the row groups and rows that can matter."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress

import pyarrow as pa

from fedquery.spi import BatchStream, RemoteColumn, RemoteTable, SourceRejected, TableRead, faults
from fedquery_files.contents import opened_arrow, opened_csv, opened_parquet, parquet_batches
from fedquery_files.convert import converted
from fedquery_files.describe import remote_columns
from fedquery_files.held import HeldParquet, held
from fedquery_files.options import CsvOptions
from fedquery_files.tables import DataFile, Folder

_DAMAGE = (OSError, pa.ArrowException, UnicodeDecodeError)
_ROW = pa.schema([pa.field("__row", pa.bool_())])


class FilesReader:
    """Reads tables of one folder. Holds nothing open between scans."""

    def __init__(self, folder: Folder, csv: CsvOptions) -> None:
        self._folder = folder
        self._csv = csv

    def describe(self) -> Iterable[RemoteTable]:
        """Every table; CSV types are proposals from the first block, with a note."""
        for path in self._folder.tables():
            columns: dict[str, RemoteColumn] = {}
            try:
                for file in self._folder.files(path):
                    columns = {column.name: column for column in remote_columns(file, self._csv)} | columns
            except _DAMAGE:  # one damaged file must not hide the other tables
                yield RemoteTable(path, (), comment="cannot be read: one of its files is damaged")
            else:
                yield RemoteTable(path, tuple(columns.values()))

    def scan(self, read: TableRead) -> BatchStream:
        """The columns as the entry declares them. Raises SourceDrift, SourceUnavailable, InvalidValue."""
        files = self._folder.files(read.table)
        missing = {column.name for column in read.columns}
        for file in files:
            try:
                missing -= set(_names(file, self._csv))
            except _DAMAGE as problem:
                raise self._damaged(file, read, problem) from None
        if missing:
            raise faults.gone(self._folder.source, ".".join(read.table), sorted(missing)[0])
        batches = self._batches(files, read)
        schema = pa.schema([pa.field(c.name, c.type.arrow) for c in read.columns]) if read.columns else _ROW

        def close() -> None:
            with suppress(ValueError):  # the generator is running in another thread: it ends when its reader asks no more
                batches.close()

        return BatchStream(schema, batches, close)

    def parquet(self, read: TableRead) -> HeldParquet | None:
        """The table's files, opened, where DuckDB reads them by itself. Raises as :meth:`scan`."""
        files = self._folder.files(read.table)
        if any(file.format != "parquet" or file.partition for file in files):
            return None
        try:
            return held([file.path for file in files], read.columns)
        except _DAMAGE:
            return None  # the scan says which file it is

    def ping(self) -> None:
        self._folder.check()

    def close(self) -> None:
        """Nothing is held."""

    def _batches(self, files: tuple[DataFile, ...], read: TableRead) -> Generator[pa.RecordBatch]:
        for file in files:
            try:
                yield from self._file(file, read)
            except _DAMAGE as problem:
                raise self._damaged(file, read, problem) from None

    def _damaged(self, file: DataFile, read: TableRead, problem: Exception) -> SourceRejected:
        return faults.damaged(self._folder.source, (".".join(read.table),), f"{file.path}: {problem}")

    def _file(self, file: DataFile, read: TableRead) -> Iterator[pa.RecordBatch]:
        before = file.path.stat()
        constants = dict(file.partition)
        wanted = [column.name for column in read.columns if column.name not in constants]
        for batch in self._raw(file, wanted, read):
            yield self._promised(batch, constants, read)
        after = file.path.stat()
        # another inode is another file put in its place: what was read is the old one, whole
        if before.st_ino == after.st_ino and (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
            raise OSError("changed while it was read")

    def _promised(self, batch: pa.RecordBatch, constants: dict[str, str], read: TableRead) -> pa.RecordBatch:
        if not read.columns:
            return pa.record_batch([pa.nulls(batch.num_rows, pa.bool_())], schema=_ROW)
        columns = []
        for column in read.columns:
            if column.name in constants:
                values = pa.repeat(pa.scalar(constants[column.name]), batch.num_rows)
            elif column.name in batch.schema.names:
                values = batch.column(column.name)
            else:  # this file is older than the column
                values = pa.nulls(batch.num_rows, column.type.arrow)
            columns.append(converted(values, column, self._folder.source))
        return pa.record_batch(columns, schema=pa.schema([pa.field(c.name, c.type.arrow) for c in read.columns]))

    def _raw(self, file: DataFile, wanted: list[str], read: TableRead) -> Iterator[pa.RecordBatch]:
        """Batches of the wanted columns that the file has, and of as many rows as it has when there are none."""
        if file.format == "parquet":
            with opened_parquet(file.path) as fragment:
                names = _held(wanted, fragment.physical_schema.names)
                yield from parquet_batches(fragment, names, read)
        elif file.format == "arrow":
            with opened_arrow(file.path) as (schema, _):
                names = _held(wanted, schema.names)
            with opened_arrow(file.path, names) as (_, batches):
                yield from batches
        else:
            own = _names(file, self._csv)[: -len(file.partition) or None]
            with opened_csv(file.path, self._csv, _held(wanted, own) or own[:1], len(own)) as reader:
                yield from reader


def _names(file: DataFile, csv: CsvOptions) -> list[str]:
    return [column.name for column in remote_columns(file, csv)]


def _held(wanted: list[str], present: list[str]) -> list[str]:
    """The wanted columns that the file has. Raises OSError when it has one of them twice."""
    if any(present.count(name) > 1 for name in wanted):
        raise OSError("a column's name stands twice")
    return [name for name in wanted if name in present]
