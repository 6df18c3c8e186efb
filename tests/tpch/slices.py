"""What a policy leaves of TPC-H's tables, in a DuckDB of its own: filters by DuckDB, masks and tokens by their meaning."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.tpch.variants import Variant
from fedquery.catalog.model import Column, Grant
from fedquery.mask_meaning import apply, token
from fedquery.masks import Form
from fedquery.policy.tokens import token_key


@dataclass(frozen=True)
class Slices:
    """The tables as Parquet in ``folder``, and the installation's master key."""

    folder: Path
    master: bytes

    @contextlib.contextmanager
    def of(self, variant: Variant) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB that holds the slices of the variant and nothing else."""
        grant = variant.catalog.grants[variant.grant]
        with duckdb.connect(":memory:", config={"threads": 2}) as connection:
            for name, given in grant.resources.items():
                department, table = name.split(".")
                entry = variant.catalog.departments[department].resources[table]
                rows = pq.read_table(self.folder / department / f"{table}.parquet")
                formed = {
                    column: self._formed(rows.column(column), entry.columns[column], given.columns[column].parsed, grant)
                    for column in given.columns
                }
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {department}")
                connection.register("formed", pa.table(formed))
                condition = _bound(given.row_filter, grant) if given.row_filter else "true"
                connection.execute(f"CREATE TABLE {name} AS FROM formed WHERE {condition}")
                connection.unregister("formed")
            yield connection

    def _formed(self, values: pa.ChunkedArray, column: Column, form: Form, grant: Grant) -> pa.ChunkedArray:
        if form.kind == "clear":
            return values
        if form.mask and form.kind == "mask":
            mask = form.mask
            return _each(values, lambda value: apply(mask, value, column.logical), column.logical.arrow)
        assert form.kind == "token" and column.identifier
        key = token_key(self.master, grant, column.identifier)
        return _each(values, lambda value: token(key, str(value)), pa.string())


def _each(values: pa.ChunkedArray, change: Callable[[object], object], type: pa.DataType) -> pa.ChunkedArray:
    """Every value changed; equal values once."""
    coded = values.combine_chunks().dictionary_encode()
    changed = pa.array([change(value) for value in coded.dictionary.to_pylist()], type)
    return pa.chunked_array([pc.take(changed, coded.indices)])


def _bound(condition: str, grant: Grant) -> str:
    """A row filter of the benchmark's grants in DuckDB's words: their lists stand in them."""
    return re.sub(r"= ANY\(:(\w+)\)", lambda found: f"IN {grant.lists[found[1]]!r}", condition)
