"""The newest statistics of a source are what is kept of it; what is not known stays unknown."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from fedquery.spi import ColumnStatistics, TableStatistics
from fedquery.store import statistics
from fedquery.store.database import Store
from fedquery.store.statistics import Kept

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
COLUMNS = {
    "id": ColumnStatistics(7.0, 0.0, 4.0, -3, 1.5),
    "日期": ColumnStatistics(least="2000-01-02"),
    "none": ColumnStatistics(),
}
TABLES = {("public", "T"): TableStatistics(10.0, 8.5, COLUMNS), ("文件.parquet",): TableStatistics()}
KEPT = Kept("e" * 64, NOW, TABLES)


def test_the_newest_statistics_replace_the_last(store: Store) -> None:
    assert statistics.everything(store) == {}
    statistics.keep(store, "psb.main", replace(KEPT, tables={("gone",): TableStatistics(1.0)}))
    statistics.keep(store, "tax.main", replace(KEPT, tables={}))
    statistics.keep(store, "psb.main", KEPT)
    assert statistics.everything(store) == {"psb.main": KEPT, "tax.main": replace(KEPT, tables={})}
