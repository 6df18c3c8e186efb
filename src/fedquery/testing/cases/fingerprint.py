"""The fingerprint: what is declared is what is derived from the facts, and each fact carries exactly what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fedquery.spi import Capabilities, Fingerprint, SourceUnavailable
from fedquery.testing.bench import Bench


class FingerprintCases:
    """The source answers its probes; capabilities follow from the answers alone."""

    def test_every_fact_is_asked(self, bench: Bench) -> None:
        found = bench.source.fingerprint()
        assert list(found.facts) == [fact.name for fact in bench.connector.facts]
        assert found.version
        assert bench.source.version == found.version
        assert bench.source.fingerprint() == found, "a fact changes from one question to the next"

    def test_what_is_declared_is_derived(self, bench: Bench) -> None:
        """The kit's own source is as its connector assumes: so everything that the kit tests is derived for it."""
        found = bench.connector.derive(bench.source.fingerprint())
        assert [(lost.reason, lost.part) for lost in found.lost] == []
        assert replace(found, list_bytes=None) == bench.connector.capabilities

    def test_a_contradicted_fact_switches_off_what_it_carries_and_nothing_else(self, bench: Bench) -> None:
        connector, found = bench.connector, bench.source.fingerprint()
        for fact in connector.facts:
            for answer in (None, "something else"):
                changed = connector.derive(replace(found, facts={**found.facts, fact.name: answer}))
                if fact.list_bytes is not None:
                    assert changed.list_bytes == fact.list_bytes(answer)
                changed = replace(changed, list_bytes=None)
                if fact.assumed is None:
                    assert changed == connector.capabilities, f"{fact.name} is only to be known"
                else:
                    assert fact.sentence
                    assert changed == connector.capabilities.without(fact.carries, fact.otherwise), fact.name
                    assert fact.carries != Capabilities(), f"nothing rests on {fact.name}"

    def test_a_source_that_was_never_asked_has_what_rests_on_no_fact(self, bench: Bench) -> None:
        """It is what is left when every fact is contradicted; an answer can only add to it."""
        connector = bench.connector
        never = connector.derive(None)
        assert replace(never, lost=()) == replace(connector.derive(Fingerprint(connector.kind, "")), lost=())
        for fact in connector.facts:
            if fact.assumed is not None:
                assert _holds(connector.derive(Fingerprint(connector.kind, "", {fact.name: fact.assumed})), never)
        assert _holds(connector.capabilities, never)

    def test_statistics_are_of_tables_that_are_there(self, bench: Bench) -> None:
        paths = {bench.loaded.paths[name]: table for name, table in bench.tables.items()}
        for path, known in bench.source.statistics([*paths, ("no_such_schema", "no such table"), ("no such table",)]).items():
            assert known.rows is None or known.rows >= 0
            assert set(known.columns) <= {column.name for column in paths[path].columns}
            assert all(column.nulls is None or 0 <= column.nulls <= 1 for column in known.columns.values())

    def test_a_source_that_is_down_is_not_asked_in_vain(self, bench: Bench) -> None:
        if bench.loaded.down is None:
            return
        source = bench.connector.open(bench.loaded.down)
        for question in (source.fingerprint, lambda: source.statistics(list(bench.loaded.paths.values()))):
            with pytest.raises(SourceUnavailable):
                question()
        source.close()


def _holds(more: Capabilities, less: Capabilities) -> bool:
    """Whether ``more`` has everything that ``less`` has."""
    mappings = ((less.operators, more.operators), (less.aggregates, more.aggregates))
    named = all(has <= large.get(name, frozenset()) for small, large in mappings for name, has in small.items())
    others = ("functions", "joins", "sets", "masks", "slots", "limit", "order_limit", "cancel", "scratch", "embedded")
    return named and all(getattr(less, name) <= getattr(more, name) for name in others)
