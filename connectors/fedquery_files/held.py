"""A table's Parquet files held open for DuckDB, which reads them by itself where it reads exactly what the entry promises."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pyarrow.types as is_type

from fedquery.spi import FLOATS, PhysicalColumn

#: Files that one table may hold open; larger tables are scanned, one file after the other.
MOST = 64
#: LZ4 is not among them: under one name Parquet has two, and DuckDB knows the newer one.
_COMPRESSIONS = frozenset({"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "BROTLI"})


@dataclass(frozen=True, slots=True)
class _File:
    """An open file in the state of its opening: two of one state hold the same bytes."""

    device: int
    inode: int
    modified: int
    size: int
    descriptor: int = field(compare=False)
    path: str = field(compare=False)

    @staticmethod
    def of(descriptor: int, path: str) -> _File:
        stat = os.fstat(descriptor)
        return _File(stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size, descriptor, path)


@dataclass(frozen=True, slots=True)
class HeldParquet:
    """The open files of one table."""

    files: tuple[_File, ...]

    @property
    def descriptors(self) -> tuple[int, ...]:
        return tuple(file.descriptor for file in self.files)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(file.path for file in self.files)

    def changed(self) -> str | None:
        return next((file.path for file in self.files if _File.of(file.descriptor, file.path) != file), None)

    def close(self) -> None:
        for file in self.files:
            os.close(file.descriptor)


def held(paths: Sequence[Path], columns: Sequence[PhysicalColumn]) -> HeldParquet | None:
    """The files, opened, if each holds the columns in exactly the promised types. Raises OSError, pa.ArrowException.

    Floating-point columns are left to Arrow: DuckDB leaves out row groups by Parquet's bounds, which know no NaN.
    """
    if len(paths) > MOST or any(column.type.name in FLOATS or column.type.item for column in columns):
        return None
    opened = HeldParquet(())
    try:
        for path in paths:
            opened = HeldParquet((*opened.files, _File.of(os.open(path, os.O_RDONLY | os.O_CLOEXEC), str(path))))
            if not _exact(_schema(opened.files[-1]), columns):
                opened.close()
                return None
    except BaseException:
        opened.close()
        raise
    return opened


@lru_cache(maxsize=4096)
def _schema(file: _File) -> pa.Schema | None:
    """The columns as Arrow has them; None for a file with a compression that DuckDB might not know."""
    with os.fdopen(os.dup(file.descriptor), "rb") as opened:
        opened.seek(0)
        parquet = pa.parquet.ParquetFile(opened)
        groups = map(parquet.metadata.row_group, range(parquet.metadata.num_row_groups))
        compressions = {group.column(n).compression for group in groups for n in range(group.num_columns)}
        return parquet.schema_arrow if compressions <= _COMPRESSIONS else None


def _exact(schema: pa.Schema | None, columns: Sequence[PhysicalColumn]) -> bool:
    """Whether DuckDB finds each column by its name, in which case does not count, and reads its type as Arrow does."""
    if schema is None:
        return False
    names = [name.casefold() for name in schema.names]
    return len(set(names)) == len(names) and all(
        column.name in schema.names and _plain(schema.field(column.name).type) == column.type.arrow for column in columns
    )


def _plain(type: pa.DataType) -> pa.DataType:
    return pa.string() if is_type.is_string_view(type) or is_type.is_large_string(type) else type
