"""The newest statistics of each table at a source, with the entry that they were taken under."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sqlalchemy import delete, insert, select

from fedquery.spi import ColumnStatistics, TableStatistics
from fedquery.store.database import Store
from fedquery.store.tables import TABLE_STATISTICS, stamp, time


@dataclass(frozen=True, slots=True)
class Kept:
    """What one source said at one time. ``entry`` is the digest of its entry: under another one it may be another system."""

    entry: str
    at: dt.datetime
    tables: Mapping[tuple[str, ...], TableStatistics] = field(default_factory=lambda: MappingProxyType({}))


def keep(store: Store, source: str, kept: Kept) -> None:
    """Replace what was known of the source's tables. Raises StoreProblem."""
    row = {"source": source, "entry": kept.entry, "at": stamp(kept.at)}
    rows = [row | {"path": _path(path), "statistics": _text(known)} for path, known in sorted(kept.tables.items())]
    with store.write(TABLE_STATISTICS) as connection:
        connection.execute(delete(TABLE_STATISTICS).where(TABLE_STATISTICS.c.source == source))
        connection.execute(insert(TABLE_STATISTICS), [row | {"path": "", "statistics": ""}, *rows])


def everything(store: Store) -> Mapping[str, Kept]:
    """By source. Raises StoreProblem."""
    with store.read() as connection:
        rows = connection.execute(select(TABLE_STATISTICS)).all()
    found: dict[str, Kept] = {}
    for row in rows:
        kept = found.get(row.source) or Kept(row.entry, time(row.at))
        if row.path:  # the one without a path says that the source was asked, and when
            kept = dataclasses.replace(kept, tables={**kept.tables, tuple(json.loads(row.path)): _statistics(row.statistics)})
        found[row.source] = kept
    return found


def _path(path: tuple[str, ...]) -> str:
    return json.dumps(path, ensure_ascii=False)


def _text(known: TableStatistics) -> str:
    """What is not known is left out."""
    columns = {name: _given(dataclasses.asdict(column)) for name, column in known.columns.items()}
    return json.dumps(_given({"rows": known.rows, "width": known.width, "columns": columns}), ensure_ascii=False)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _statistics(text: str) -> TableStatistics:
    found = json.loads(text)
    columns = {name: ColumnStatistics(**column) for name, column in found.pop("columns").items()}
    return TableStatistics(**found, columns=columns)
