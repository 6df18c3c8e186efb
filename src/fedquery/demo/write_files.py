"""Writes a department's tables as Parquet or CSV: a file per table, or a folder with a part for each month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from fedquery.demo.kept import Kept


def to_files(folder: Path, tables: Sequence[Kept]) -> None:
    """``folder`` is created; a table whose path has an ending is a file, one without is a folder of Parquet parts."""
    for kept in tables:
        path = folder.joinpath(*kept.entry.table)
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = kept.rows.replace_schema_metadata({"title": kept.entry.title.zh})
        match path.suffix:
            case ".csv":
                pa.csv.write_csv(rows, path)
            case ".parquet":
                pa.parquet.write_table(rows, path)
            case _:
                path.mkdir()
                for month, part in _months(rows):
                    pa.parquet.write_table(part, path / f"{month}.parquet")


def _months(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """The rows by the month of their first date, such as ``2026-09``."""
    days = next(column for column in rows.columns if pa.types.is_date(column.type))
    months = pc.strftime(days, format="%Y-%m")
    for month in sorted(set(months.to_pylist())):
        yield month, rows.filter(pc.equal(months, month))
