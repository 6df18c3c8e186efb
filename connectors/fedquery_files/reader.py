"""Scans the files of a table: the columns asked for, and only the row groups and rows that can matter."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, suppress
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.dataset
import pyarrow.ipc
import pyarrow.parquet

from fedquery.spi import (
    BatchStream,
    Compare,
    In,
    IsNull,
    PhysicalColumn,
    RemoteColumn,
    RemoteTable,
    SourceDrift,
    SourceRejected,
    TableRead,
    ValueOperand,
)
from fedquery_files.convert import converted
from fedquery_files.describe import remote_columns
from fedquery_files.options import CsvOptions
from fedquery_files.tables import DataFile, Folder

BLOCK = 4 * 2**20
ROWS = 65_536
_ROW = pa.schema([pa.field("__row", pa.bool_())])
_COMPARED = {
    "=": pc.equal,
    "<>": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


class FilesReader:
    """Reads tables of one folder. Holds nothing open between scans."""

    def __init__(self, folder: Folder, csv: CsvOptions) -> None:
        self._folder = folder
        self._csv = csv

    def describe(self) -> Iterable[RemoteTable]:
        """Every table; CSV types are proposals from the first block, with a note."""
        for path in self._folder.tables():
            columns: dict[str, RemoteColumn] = {}
            for file in self._folder.files(path):
                columns = {column.name: column for column in remote_columns(file, self._csv)} | columns
            yield RemoteTable(path, tuple(columns.values()))

    def scan(self, read: TableRead) -> BatchStream:
        """The columns as the entry declares them. Raises SourceDrift, SourceUnavailable, InvalidValue."""
        files = self._folder.files(read.table)
        missing = {column.name for column in read.columns}
        for file in files:
            missing -= {*_names(file, self._csv), *(key for key, _ in file.partition)}
        if missing:
            raise SourceDrift(
                f"{self._folder.source} has no column {sorted(missing)[0]} in {'.'.join(read.table)} any more.",
                hint="Tell its department, or correct the directory.",
                source=self._folder.source,
            )
        batches = self._batches(files, read)
        schema = pa.schema([pa.field(c.name, c.type.arrow) for c in read.columns]) if read.columns else _ROW

        def close() -> None:
            with suppress(ValueError):  # the generator is running in another thread: it ends when its reader asks no more
                batches.close()

        return BatchStream(schema, batches, close)

    def ping(self) -> None:
        self._folder.check()

    def close(self) -> None:
        """Nothing is held."""

    def _batches(self, files: tuple[DataFile, ...], read: TableRead) -> Generator[pa.RecordBatch]:
        for file in files:
            try:
                yield from self._file(file, read)
            except (OSError, pa.ArrowException) as problem:
                raise SourceRejected(
                    f"{self._folder.source} has a damaged file in {'.'.join(read.table)}.",
                    hint="Its department finds the file in the log.",
                    source=self._folder.source,
                    private=f"{file.path}: {problem}",
                ) from None

    def _file(self, file: DataFile, read: TableRead) -> Iterator[pa.RecordBatch]:
        constants = dict(file.partition)
        present = set(_names(file, self._csv))
        wanted = [column for column in read.columns if column.name in present and column.name not in constants]
        with ExitStack() as stack:
            for batch in _raw(file, wanted, read, self._csv, stack):
                columns = []
                for column in read.columns:
                    if column.name in constants:
                        values = pa.repeat(pa.scalar(constants[column.name]), batch.num_rows)
                    elif column.name in present:
                        values = batch.column(column.name)
                    else:  # this file is older than the column
                        values = pa.nulls(batch.num_rows, column.type.arrow)
                    columns.append(converted(values, column, self._folder.source))
                names = [column.name for column in read.columns]
                if names:
                    yield pa.record_batch(columns, schema=pa.schema([pa.field(c.name, c.type.arrow) for c in read.columns]))
                else:
                    yield pa.record_batch([pa.nulls(batch.num_rows, pa.bool_())], schema=_ROW)


def _names(file: DataFile, csv: CsvOptions) -> list[str]:
    return [column.name for column in remote_columns(file, csv)]


def _raw(
    file: DataFile, wanted: list[PhysicalColumn], read: TableRead, csv: CsvOptions, stack: ExitStack
) -> Iterator[pa.RecordBatch]:
    """Batches of the wanted columns as the file holds them, and of their number of rows when none is wanted."""
    names = [column.name for column in wanted]
    if file.format == "csv":
        first = names or _names(file, csv)[:1]
        reader = stack.enter_context(open_csv(file, csv, first))
        yield from reader
        return
    dataset = pa.dataset.dataset(file.path, format="parquet" if file.format == "parquet" else "ipc")
    condition = _condition(read, dataset.schema) if file.format == "parquet" else None
    yield from dataset.scanner(
        columns=names, filter=condition, batch_size=ROWS, batch_readahead=4, fragment_readahead=1
    ).to_batches()


def open_csv(file: DataFile, options: CsvOptions, names: list[str]) -> pa.csv.CSVStreamingReader:
    """A reader of these columns as texts: what they mean is for the declared type to say."""
    return pa.csv.open_csv(
        file.path,
        pa.csv.ReadOptions(encoding=options.encoding, block_size=BLOCK),
        pa.csv.ParseOptions(delimiter=options.delimiter, newlines_in_values=True),
        pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=names,
            null_values=[options.null],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _condition(read: TableRead, schema: pa.Schema) -> pc.Expression | None:
    """The conjuncts as a filter of Parquet's reader, those that mean the same on the file's own type."""
    types = {column.name: column for column in read.columns}
    parts = [part for c in read.conjuncts if (part := _part(c, types, schema)) is not None]
    return reduce(lambda one, other: one & other, parts) if parts else None


def _part(conjunct: Compare | In | IsNull, types: dict[str, PhysicalColumn], schema: pa.Schema) -> pc.Expression | None:
    operand = conjunct.left if isinstance(conjunct, Compare) else conjunct.operand
    name = getattr(operand, "name", "")
    column = types.get(name)
    if column is None or name not in schema.names or schema.field(name).type != column.type.arrow:
        return None
    match conjunct:
        case IsNull():
            return pc.field(name).is_null()
        case Compare(operator, _, ValueOperand(value, type)):
            return _COMPARED[operator](pc.field(name), pa.scalar(value, type.arrow))
        case In(_, tuple() as members) if all(m.value is not None for m in members):
            return pc.field(name).isin(pa.array([m.value for m in members], column.type.arrow))
    return None
