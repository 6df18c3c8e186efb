"""TPC-H's tables as Parquet, made by tpchgen-cli and brought to plain Arrow types."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.tpch.queries import TABLES

#: The kinds of keys: the last part of a column's name says which it holds.
KINDS = ("orderkey", "partkey", "suppkey", "custkey", "nationkey", "regionkey")
#: The Parquet files of the supply department once more, with their keys as texts: only texts can be tokens.
TEXT_KEYS = "supply_texts"


def generate(folder: Path, scale: float) -> None:
    """Every table of that scale as ``<department>/<table>.parquet``."""
    raw = folder / "generated"
    command = [_generator(), "parquet", "--scale-factor", str(scale), "--output-dir", str(raw)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own arguments
    for department, tables in TABLES.items():
        (folder / department).mkdir(parents=True, exist_ok=True)
        for table in tables:
            _rewrite(raw / f"{table}.parquet", folder / department / f"{table}.parquet")
    (folder / TEXT_KEYS).mkdir(exist_ok=True)
    for table in TABLES["supply"]:
        _rewrite(folder / "supply" / f"{table}.parquet", folder / TEXT_KEYS / f"{table}.parquet", text_keys=True)
    shutil.rmtree(raw)


def kind_of(column: str) -> str | None:
    """The kind of key that a column holds; None when it holds none."""
    last = column.rpartition("_")[2]
    return last if last in KINDS else None


def batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet file with the types that every system has: its schema may name views of texts."""
    with pq.ParquetFile(path) as file:
        schema = _plain(file.schema_arrow)
        for batch in file.iter_batches(batch_size=100_000):
            yield batch.cast(schema)


def _rewrite(source: Path, target: Path, text_keys: bool = False) -> None:
    with pq.ParquetFile(source) as file:
        schema = _plain(file.schema_arrow)
    if text_keys:
        schema = pa.schema([pa.field(f.name, pa.string() if kind_of(f.name) else f.type) for f in schema])
    with pq.ParquetWriter(target, schema) as writer:
        for batch in batches(source):
            writer.write_batch(batch.cast(schema))


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema([pa.field(f.name, pa.string() if pa.types.is_string_view(f.type) else f.type) for f in schema])


def _generator() -> str:
    beside = Path(sys.executable).with_name("tpchgen-cli")
    return str(beside) if beside.exists() else shutil.which("tpchgen-cli") or "tpchgen-cli"
