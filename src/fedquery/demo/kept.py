"""A table as its department keeps it: physical names and the department's own codes, under the entry that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from fedquery.catalog.model import Column, Department, Resource


@dataclass(frozen=True, slots=True)
class Kept:
    """``rows`` have the physical names of ``entry``'s columns, in its order."""

    entry: Resource
    rows: pa.Table


def kept(department: Department, tables: Mapping[str, pa.Table]) -> tuple[Kept, ...]:
    """The department's tables. Raises KeyError for a resource, column or coded value that the city does not make."""
    return tuple(_kept(entry, tables[f"{department.id}.{name}"]) for name, entry in department.resources.items())


def _kept(entry: Resource, table: pa.Table) -> Kept:
    return Kept(
        entry, pa.table({column.physical: _coded(column, table.column(name)) for name, column in entry.columns.items()})
    )


def _coded(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    if column.codes is None:
        return values
    own = {unified: code for code, unified in column.codes.items()} | {None: None}
    return pa.chunked_array([pa.array([own[value] for value in values.to_pylist()], pa.string())])
