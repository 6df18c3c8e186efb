"""A department more, whose system is a SQLite file: the lines of orders once more, and the directory that lists them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from benchmarks.tpch.data import batches
from benchmarks.tpch.load import columns, keys
from benchmarks.tpch.systems import CATALOG
from fedquery.catalog.load import load
from fedquery.catalog.model import Catalog, Resource, SourceDef

ARCHIVE, TABLE = "archive", "lineitem"


def archived(folder: Path) -> Path:
    """The file, made when it is not there."""
    file, entry = folder / f"{ARCHIVE}.db", load(CATALOG).departments["sales"].resources[TABLE]
    if not file.exists():
        unfinished = file.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        _fill(unfinished, entry, folder / "sales" / f"{TABLE}.parquet")
        unfinished.rename(file)
    return file


def with_archive(folder: Path) -> Catalog:
    """The directory with that department, whose table everyone may have who may have the original."""
    catalog = load(CATALOG)
    sales = catalog.departments["sales"]
    source = SourceDef(kind="sqlite", options={"path": str(archived(folder).absolute())}, seconds=600)
    entry = sales.resources[TABLE].model_copy(update={"table": (TABLE,)})
    archive = sales.model_copy(update={"id": ARCHIVE, "sources": {"main": source}, "resources": {TABLE: entry}})
    grants = {
        id: grant.model_copy(update={"resources": {**grant.resources, f"{ARCHIVE}.{TABLE}": grant.resources[f"sales.{TABLE}"]}})
        for id, grant in catalog.grants.items()
    }
    return catalog.model_copy(update={"departments": {**catalog.departments, ARCHIVE: archive}, "grants": grants})


def _fill(file: Path, entry: Resource, parquet: Path) -> None:
    """As SQLite has such a table: decimals as doubles, dates as texts, and the usual key."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f"CREATE TABLE {TABLE} ({columns(entry, chr(34))}, PRIMARY KEY ({keys(entry)}))")
        marks = ", ".join("?" * len(entry.columns))
        for batch in batches(parquet):
            connection.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", _rows(batch))


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[object, ...]]:
    return zip(*(map(_kept, column.to_pylist()) for column in batch.columns), strict=True)


def _kept(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value if isinstance(value, int) else str(value)
