"""What a file holds: its columns with the types it declares, or, for CSV, with types proposed from its first block."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet
import pyarrow.types as is_type

from fedquery.spi import INTEGERS, LogicalType, RemoteColumn
from fedquery_files.options import CsvOptions
from fedquery_files.tables import DataFile

_PROPOSED = "proposed from the first rows; check it with the department"


def remote_columns(file: DataFile, csv: CsvOptions) -> tuple[RemoteColumn, ...]:
    """The file's columns, its folders' keys included; read again only when the file changes."""
    stat = file.path.stat()
    own = _columns(file.path, file.format, csv, stat.st_mtime_ns, stat.st_size)
    return own + tuple(RemoteColumn(key, "folder", LogicalType("varchar"), nullable=False) for key, _ in file.partition)


@lru_cache(maxsize=4096)
def _columns(path: Path, format: str, csv: CsvOptions, _changed: int, _size: int) -> tuple[RemoteColumn, ...]:
    if format == "csv":
        return _csv_columns(path, csv)
    if format == "parquet":
        schema = pa.parquet.read_schema(path)
    else:
        with pa.OSFile(str(path)) as file:
            schema = pa.ipc.open_file(file).schema
    return tuple(_declared(field) for field in schema)


def _declared(field: pa.Field) -> RemoteColumn:
    type = logical_type(field.type)
    return RemoteColumn(field.name, str(field.type), type, field.nullable, note="" if type else "no type can hold it")


def _csv_columns(path: Path, csv: CsvOptions) -> tuple[RemoteColumn, ...]:
    proposed = _first_block(path, csv, {})
    numbers = [f.name for f in proposed.schema if is_type.is_integer(f.type)]
    texts = _first_block(path, csv, dict.fromkeys(numbers, pa.string()))
    codes = {name for name in numbers if pc.any(pc.match_substring_regex(texts.column(name), "^0[0-9]")).as_py()}
    return tuple(
        RemoteColumn(f.name, "text", LogicalType("varchar") if f.name in codes else logical_type(f.type), note=_PROPOSED)
        for f in proposed.schema
    )


def _first_block(path: Path, csv: CsvOptions, types: dict[str, pa.DataType]) -> pa.RecordBatch:
    reading = pa.csv.ReadOptions(encoding=csv.encoding, block_size=1 << 20)
    parsing = pa.csv.ParseOptions(delimiter=csv.delimiter, newlines_in_values=True)
    converting = pa.csv.ConvertOptions(
        column_types=types, null_values=[csv.null], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    with pa.csv.open_csv(path, reading, parsing, converting) as reader:
        try:
            return reader.read_next_batch()
        except StopIteration:
            return pa.RecordBatch.from_pylist([], schema=reader.schema)


def logical_type(type: pa.DataType) -> LogicalType | None:
    """The logical type that holds every value of an Arrow type; None when none does."""
    if is_type.is_dictionary(type):
        return logical_type(type.value_type)
    if is_type.is_decimal(type) and type.precision <= 38 and 0 <= type.scale <= type.precision:
        return LogicalType("decimal", type.precision, type.scale)
    if is_type.is_string(type) or is_type.is_large_string(type) or is_type.is_string_view(type):
        return LogicalType("varchar")
    if is_type.is_binary(type) or is_type.is_large_binary(type) or is_type.is_fixed_size_binary(type):
        return LogicalType("blob")
    if is_type.is_timestamp(type):
        return LogicalType("timestamptz" if type.tz else "timestamp")
    if is_type.is_date(type):
        return LogicalType("date")
    if is_type.is_time(type):
        return LogicalType("time")
    if is_type.is_list(type) or is_type.is_large_list(type):
        item = logical_type(type.value_type)
        return LogicalType("list", item=item) if item else None
    return next((LogicalType(name) for name, arrow in _PLAIN if arrow == type), None)


_PLAIN = tuple((name, LogicalType(name).arrow) for name in ("boolean", "real", "double", *sorted(INTEGERS)))
