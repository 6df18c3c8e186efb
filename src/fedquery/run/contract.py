"""A source returns exactly what the directory promises: every batch is checked, and brought into its plain layout."""

from __future__ import annotations

import pyarrow as pa

from fedquery.errors import SourceDrift


def plain(promised: pa.Schema) -> pa.Schema:
    """The promise without any metadata: what DuckDB is told of a fragment."""
    return pa.schema([pa.field(field.name, field.type, field.nullable) for field in promised])


def check(found: pa.Schema, promised: pa.Schema, source: str) -> None:
    """Names, types and order must be equal. Raises SourceDrift, which names the source and the first column that differs."""
    for expected, field in zip(promised, found, strict=False):
        if field.name != expected.name:
            raise _drift(source, f"It returns a column {field.name!r} where {expected.name!r} is promised.")
        if _laid_out_plainly(field.type) != expected.type:
            raise _drift(source, f"It returns the column {field.name!r} as {field.type}, where {expected.type} is promised.")
    if len(found) < len(promised):
        raise _drift(source, f"It does not return the column {promised.field(len(found)).name!r}.")
    if len(found) > len(promised):
        raise _drift(source, f"It returns a column {found.field(len(promised)).name!r} that is not promised.")


def conform(batch: pa.RecordBatch, promised: pa.Schema, source: str) -> pa.RecordBatch:
    """The batch as ``promised`` (a plain schema): no dictionary, view or large offset, nothing in its buffers but its rows.

    Raises SourceDrift, for a NULL in a column that is promised without NULLs too.
    """
    if batch.schema is not promised:
        check(batch.schema, promised, source)
    columns = []
    for column, field in zip(batch.columns, promised, strict=True):
        if column.null_count and not field.nullable:
            raise _drift(source, f"It returns NULL in the column {field.name!r}, which is promised without.")
        columns.append(_compact(column if column.type == field.type else column.cast(field.type)))
    return pa.RecordBatch.from_arrays(columns, schema=promised)


def _laid_out_plainly(type: pa.DataType) -> pa.DataType:
    """The same values in the layout that the directory's types have."""
    if pa.types.is_dictionary(type):
        return _laid_out_plainly(type.value_type)
    if pa.types.is_large_string(type) or pa.types.is_string_view(type):
        return pa.string()
    if pa.types.is_large_binary(type) or pa.types.is_binary_view(type):
        return pa.binary()
    if pa.types.is_list(type) or pa.types.is_large_list(type):
        return pa.list_(_laid_out_plainly(type.value_type))
    return type


def _compact(column: pa.Array) -> pa.Array:
    """A slice of a larger array keeps all of it in memory, hidden rows included: such a column is copied."""
    if column.get_total_buffer_size() <= column.nbytes + 1024:  # less is padding
        return column
    return pa.concat_arrays([column, column.slice(0, 0)])


def _drift(source: str, difference: str) -> SourceDrift:
    return SourceDrift(
        f"The source {source} does not return what the directory promises. {difference}",
        hint="Its department's steward must bring the directory entry and the table together.",
        source=source,
    )
