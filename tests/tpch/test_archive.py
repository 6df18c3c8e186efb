"""The lines of orders that lie in a SQLite file are those of PostgreSQL, and are made once."""

from __future__ import annotations

import pyarrow.parquet as pq

from benchmarks.tpch.archive import archived, with_archive
from benchmarks.tpch.systems import Systems


def test_the_archive_has_the_same_lines(systems: Systems) -> None:
    file = archived(systems.folder)
    written = file.stat().st_mtime_ns
    with systems.gateway(with_archive(systems.folder)) as gateway:
        with gateway.query(gateway.principal("analyst"), "SELECT * FROM archive.lineitem", grant="clear") as result:
            found = result.read_all()
        keys = [("l_orderkey", "ascending"), ("l_linenumber", "ascending")]
        expected = pq.read_table(systems.folder / "sales" / "lineitem.parquet")
        assert found.sort_by(keys).to_pylist() == expected.sort_by(keys).to_pylist()
    assert archived(systems.folder).stat().st_mtime_ns == written
