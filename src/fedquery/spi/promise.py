"""The promised schema and budget of a stream: batches are cast to exactly what was promised, or refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.types as is_type

from fedquery.spi import faults
from fedquery.spi.request import Limits


def keep_promise(batches: Iterable[pa.RecordBatch], schema: pa.Schema, limits: Limits, source: str) -> Iterator[pa.RecordBatch]:
    """The batches with exactly ``schema``, empty ones left out.

    Raises SourceDrift, which names the column, and TooManyRows or TooManyBytes before the batch that is over the budget.
    """
    rows = size = 0
    for batch in batches:
        if batch.num_rows == 0:
            continue
        kept = cast(batch, schema, source)
        rows, size = rows + kept.num_rows, size + kept.nbytes
        if limits.rows is not None and rows > limits.rows:
            raise faults.too_many_rows(source, limits.rows)
        if limits.bytes is not None and size > limits.bytes:
            raise faults.too_many_bytes(source, limits.bytes)
        yield kept


def check(returned: pa.Schema, promised: pa.Schema, source: str) -> None:
    """Whether columns of ``returned`` can stand for those of ``promised``; raises SourceDrift."""
    if returned.names != promised.names:
        raise faults.other_columns(source)
    for have, want in zip(returned, promised, strict=True):
        if have.type != want.type and _family(have.type) != _family(want.type):
            raise faults.other_type(source, (want.name,))


def cast(batch: pa.RecordBatch, schema: pa.Schema, source: str) -> pa.RecordBatch:
    """One batch with exactly ``schema``, every value unchanged. Raises SourceDrift."""
    check(batch.schema, schema, source)
    columns = []
    for column, field in zip(batch.columns, schema, strict=True):
        if column.null_count and not field.nullable:
            raise faults.null_unpromised(source, field.name)
        try:
            columns.append(column if column.type == field.type else column.cast(field.type, safe=True))
        except pa.ArrowInvalid as problem:
            raise faults.other_type(source, (field.name,), private=str(problem)) from None
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _family(type: pa.DataType) -> str:
    """Types of one family may stand for each other where every value fits."""
    if is_type.is_integer(type) or is_type.is_decimal(type):
        return "exact number"
    if is_type.is_floating(type):
        return "float"
    if is_type.is_string(type) or is_type.is_large_string(type) or is_type.is_string_view(type):
        return "text"
    if is_type.is_binary(type) or is_type.is_large_binary(type) or is_type.is_binary_view(type):
        return "bytes"
    if is_type.is_timestamp(type):
        return "instant" if type.tz else "timestamp"
    if is_type.is_time(type):
        return "time"
    if is_type.is_list(type) or is_type.is_large_list(type):
        return f"list of {_family(type.value_type)}"
    return str(type)
