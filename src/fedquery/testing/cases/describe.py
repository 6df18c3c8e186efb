"""Describe and ping: every loaded table is found, and its columns are drafted with the types they were declared with."""

from __future__ import annotations

from fedquery.testing.bench import Bench


class DescribeCases:
    """What an administrator sees before anything is in the directory."""

    def test_ping(self, bench: Bench) -> None:
        bench.source.ping()

    def test_describe_finds_every_table(self, bench: Bench) -> None:
        for name, table in bench.tables.items():
            found = bench.remote[bench.loaded.paths[name]]
            assert [c.name for c in found.columns] == [c.name for c in table.columns]

    def test_describe_drafts_types(self, bench: Bench) -> None:
        proposed = bench.quirks.proposes
        for name, table in bench.tables.items():
            found = {c.name: c for c in bench.remote[bench.loaded.paths[name]].columns}
            drafts = {c.name: None if (t := found[c.name].type) is None else str(t) for c in table.columns}
            assert drafts == {c.name: proposed.get(str(c.type), str(c.type)) for c in table.columns}
            assert all(c.note for c in found.values() if c.type is None), "a column without a draft says why"
            if bench.quirks.nullable:
                assert [found[c.name].nullable for c in table.columns] == [c.nullable for c in table.columns]
