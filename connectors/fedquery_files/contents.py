"""Opens one file: its schema, and batches of chosen columns as the file holds them, row groups that cannot matter left out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.dataset
import pyarrow.ipc

from fedquery.spi import Compare, In, IsNull, PhysicalColumn, TableRead, ValueOperand
from fedquery_files.options import CsvOptions

ROWS = 65_536
_BLOCK = 4 * 2**20
_COMPARED = {
    "=": pc.equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


@contextmanager
def opened_parquet(path: Path) -> Iterator[pa.dataset.ParquetFileFragment]:
    """A Parquet file, its footer and its rows read through one handle: a file put in its place meanwhile is not mixed in."""
    with pa.OSFile(str(path)) as handle:
        yield pa.dataset.ParquetFileFormat().make_fragment(handle)


@contextmanager
def opened_arrow(path: Path, columns: list[str] | None = None) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    """An Arrow file or stream. Not mapped into memory: a file cut short under a map ends the process."""
    with pa.OSFile(str(path)) as handle:
        whole = handle.read(6) == b"ARROW1"
        handle.seek(0)
        open_ipc = pa.ipc.open_file if whole else pa.ipc.open_stream
        reader = open_ipc(handle)
        schema = reader.schema
        if columns is not None:
            handle.seek(0)
            reader = open_ipc(handle, options=pa.ipc.IpcReadOptions(included_fields=[schema.names.index(c) for c in columns]))
        yield schema, (reader.get_batch(i) for i in range(reader.num_record_batches)) if whole else iter(reader)


def opened_csv(path: Path, options: CsvOptions, names: list[str], width: int) -> pa.csv.CSVStreamingReader:
    """A reader of these columns as texts: what they mean is for the declared type to say."""
    return pa.csv.open_csv(
        path,
        pa.csv.ReadOptions(encoding=options.encoding, block_size=_BLOCK),
        csv_parsing(options, width),
        pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=names,
            null_values=[options.null],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def csv_parsing(options: CsvOptions, width: int) -> pa.csv.ParseOptions:
    """How lines become fields. In a file of one column an empty line is a row."""
    return pa.csv.ParseOptions(delimiter=options.delimiter, newlines_in_values=True, ignore_empty_lines=width != 1)


def parquet_batches(fragment: pa.dataset.ParquetFileFragment, names: list[str], read: TableRead) -> Iterator[pa.RecordBatch]:
    """The columns, without row groups and rows that the read's conjuncts exclude."""
    condition = pruning(read, fragment.physical_schema)
    scanner = fragment.scanner(columns=names, filter=condition, batch_size=ROWS, batch_readahead=4)
    yield from scanner.to_batches()


def pruning(read: TableRead, schema: pa.Schema) -> pc.Expression | None:
    """The conjuncts as a filter of Parquet's reader: those on columns of the promised type, where no value can be invalid."""
    types = {column.name: column for column in read.columns}
    parts = [part for c in read.conjuncts if (part := _part(c, types, schema)) is not None]
    return reduce(lambda one, other: one & other, parts) if parts else None


def _part(conjunct: Compare | In | IsNull, types: dict[str, PhysicalColumn], schema: pa.Schema) -> pc.Expression | None:
    operand = conjunct.left if isinstance(conjunct, Compare) else conjunct.operand
    name = getattr(operand, "name", "")
    column = types.get(name)
    if column is None or name not in schema.names or schema.field(name).type != column.type.arrow:
        return None
    if pa.types.is_floating(column.type.arrow):  # NaN is the greatest value in SQL and no value at all to Arrow
        return None
    match conjunct:
        case IsNull():
            return pc.field(name).is_null()
        case Compare(operator, _, ValueOperand(value, type)) if operator in _COMPARED and value is not None:
            with suppress(pa.ArrowInvalid, OverflowError):  # what the type cannot hold leaves nothing out
                return _COMPARED[operator](pc.field(name), pa.scalar(value, type.arrow))
        case In(_, tuple() as members) if all(m.value is not None for m in members):
            return pc.field(name).isin(_fitting([m.value for m in members], column.type.arrow))
    return None


def _fitting(values: list[object], type: pa.DataType) -> pa.Array:
    """The values that the type can hold: no row equals another."""
    try:
        return pa.array(values, type)
    except (pa.ArrowInvalid, OverflowError):
        kept = []
        for value in values:
            with suppress(pa.ArrowInvalid, OverflowError):
                kept.append(pa.scalar(value, type))
        return pa.array(kept, type)
