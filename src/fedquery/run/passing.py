"""The answer of a statement that its one source did whole: its batches as they come, the first at once, no crumbs after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

#: Rows, or bytes, that are worth a batch of their own, once the first is on its way.
ENOUGH, HEAVY = 16_384, 1 << 20


def passed_on(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The columns that ``schema`` names, in its order and types; moments are shown in its zone, no value changes."""
    kept: list[pa.RecordBatch] = []
    rows, size, enough = 0, 0, 1
    for batch in batches:
        columns = [batch.column(field.name) for field in schema]
        cast = [c if c.type == field.type else c.cast(field.type) for c, field in zip(columns, schema, strict=True)]
        kept.append(pa.RecordBatch.from_arrays(cast, schema=schema))
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= enough or size >= HEAVY:
            yield pa.concat_batches(kept)
            kept, rows, size, enough = [], 0, 0, ENOUGH
    if kept:
        yield pa.concat_batches(kept)
