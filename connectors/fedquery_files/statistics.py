"""What files tell without being read: Parquet in its footers, CSV by its size and the lines at its beginning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet

from fedquery.spi import Bound, ColumnStatistics, SourceConfig, SourceError, TableStatistics
from fedquery.spi.embedded import EmbeddedSource
from fedquery_files.options import CsvOptions
from fedquery_files.reader import FilesReader
from fedquery_files.tables import DataFile, Folder

#: Files that are opened; the rest are taken to be like them.
LOOKED_AT = 16
_SAMPLE = 64 * 1024


def statistics(folder: Folder, tables: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], TableStatistics]:
    """By path; what is damaged, gone or neither Parquet nor CSV is left out."""
    found = {}
    for path in tables:
        try:
            known = _table(folder.files(path))
        except (SourceError, OSError, pa.ArrowException):
            continue
        if known is not None:
            found[path] = known
    return found


def _table(files: Sequence[DataFile]) -> TableStatistics | None:
    formats = {file.format for file in files}
    sample = files[:LOOKED_AT]
    share = sum(file.path.stat().st_size for file in files) / max(sum(file.path.stat().st_size for file in sample), 1)
    if formats == {"csv"}:
        lines = sum(_lines(file) for file in sample) * share
        size = sum(file.path.stat().st_size for file in files)
        return TableStatistics(lines, size / lines if lines else None)
    if formats != {"parquet"}:
        return None
    footers = [pa.parquet.read_metadata(file.path) for file in sample]
    counted = sum(footer.num_rows for footer in footers)
    size = sum(group.total_byte_size for footer in footers for group in map(footer.row_group, range(footer.num_row_groups)))
    names = {name for footer in footers for name in footer.schema.to_arrow_schema().names}
    columns = {name: _column(footers, name, counted, share) for name in sorted(names)}
    return TableStatistics(counted * share, size / counted if counted else None, columns)


def _lines(file: DataFile) -> float:
    """Lines without the first one, as many as fit at the length of those at the beginning."""
    size = file.path.stat().st_size
    with file.path.open("rb") as opened:
        block = opened.read(_SAMPLE)
    ends = block.count(b"\n")
    if size <= len(block):
        return float(max(ends - (1 if block.endswith(b"\n") else 0), 0))
    return max(size / (len(block) / max(ends, 1)) - 1, 0.0)


def _column(footers: Sequence[pa.parquet.FileMetaData], name: str, rows: int, share: float) -> ColumnStatistics:
    """Only what every row group says; the distinct values of several groups may be the same ones, so the most of one counts."""
    chunks = [chunk for footer in footers for chunk in _chunks(footer, name)]
    known = [chunk.statistics for chunk in chunks]
    if not known or any(one is None for one in known):
        return ColumnStatistics()
    nulls = sum(one.null_count for one in known) / rows if rows and all(one.has_null_count for one in known) else None
    bounds = [bound for one in known if one.has_min_max for bound in (_bound(one.min), _bound(one.max)) if bound is not None]
    whole = len(bounds) == 2 * len(known) and share == 1
    distinct = [one.distinct_count for one in known if one.has_distinct_count and one.distinct_count]
    return ColumnStatistics(
        distinct=float(max(distinct)) if len(distinct) == len(known) else None,
        nulls=nulls,
        width=sum(chunk.total_uncompressed_size for chunk in chunks) / rows if rows else None,
        least=min(bounds) if whole else None,
        greatest=max(bounds) if whole else None,
    )


def _chunks(footer: pa.parquet.FileMetaData, name: str) -> list[pa.parquet.ColumnChunkMetaData]:
    places = [place for place in range(footer.num_columns) if footer.schema.column(place).path == name]
    return [footer.row_group(group).column(place) for group in range(footer.num_row_groups) for place in places]


def _bound(value: object) -> Bound | None:
    """Numbers, dates and times; texts of people are nobody's business here."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else None


class FilesSource(EmbeddedSource):
    """A folder of files, with a private DuckDB beside it."""

    def __init__(self, config: SourceConfig, folder: Folder, csv: CsvOptions) -> None:
        super().__init__(config, FilesReader(folder, csv))
        self._folder = folder

    def statistics(self, tables: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], TableStatistics]:
        self.ping()
        return statistics(self._folder, tables)
