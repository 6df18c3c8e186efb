"""What a file holds: its columns with the types it declares, or, for CSV, with types proposed from its first block."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.types as is_type

from fedquery.spi import INTEGERS, LogicalType, RemoteColumn
from fedquery_files.contents import csv_parsing, opened_arrow, opened_parquet
from fedquery_files.options import CsvOptions
from fedquery_files.tables import DataFile

_TEXT = LogicalType("varchar")
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
        with opened_parquet(path) as fragment:
            schema = fragment.physical_schema
    else:
        with opened_arrow(path) as (schema, _):
            pass
    return tuple(_declared(field) for field in schema)


def _declared(field: pa.Field) -> RemoteColumn:
    type = logical_type(field.type)
    note = "" if type else f"no type of the directory holds {field.type}; ask for a plain column or a view file"
    return RemoteColumn(field.name, str(field.type), type, field.nullable, note=note)


def _csv_columns(path: Path, csv: CsvOptions) -> tuple[RemoteColumn, ...]:
    proposed = _first_block(path, csv, {})
    numbers = [f.name for f in proposed.schema if is_type.is_integer(f.type) or is_type.is_floating(f.type)]
    texts = _first_block(path, csv, dict.fromkeys(numbers, pa.string()))
    types = {name: _number(texts.column(name), proposed.schema.field(name).type) for name in numbers}
    return tuple(
        RemoteColumn(f.name, "text", types.get(f.name) or logical_type(f.type) or _TEXT, note=_PROPOSED)
        for f in proposed.schema
    )


def _number(texts: pa.Array, type: pa.DataType) -> LogicalType:
    """Digits that begin with a zero are a code; digits with a point are exact: only an exponent makes a double."""
    if pc.any(pc.match_substring_regex(texts, "^[-+]?0[0-9]")).as_py():
        return _TEXT
    plain = pc.all(pc.match_substring_regex(texts, r"^-?[0-9]{1,28}(\.[0-9]{1,10})?$|^-?[0-9]{29,38}$")).as_py()
    if is_type.is_integer(type) or not plain:
        return LogicalType("bigint") if is_type.is_integer(type) else LogicalType("double")
    behind = pc.max(pc.utf8_length(pc.replace_substring_regex(texts, r"^[^.]*\.?", ""))).as_py()
    return LogicalType("decimal", 38, behind or 0)


def _first_block(path: Path, csv: CsvOptions, types: dict[str, pa.DataType]) -> pa.RecordBatch:
    reading = pa.csv.ReadOptions(encoding=csv.encoding, block_size=1 << 20)
    converting = pa.csv.ConvertOptions(
        column_types=types, null_values=[csv.null], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    with pa.csv.open_csv(path, reading, csv_parsing(csv, 2), converting) as reader:
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
    if (
        is_type.is_binary(type)
        or is_type.is_large_binary(type)
        or is_type.is_fixed_size_binary(type)
        or is_type.is_binary_view(type)
    ):
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


_PLAIN = tuple((name, LogicalType(name).arrow) for name in ("boolean", "real", "double", "interval", *sorted(INTEGERS)))
