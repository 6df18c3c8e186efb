"""All 22 statements of TPC-H through the gateway, under every policy, against DuckDB over the slices that the policy leaves."""

from __future__ import annotations

import pytest

from benchmarks.tpch import queries
from benchmarks.tpch.answers import differences
from benchmarks.tpch.systems import Systems
from benchmarks.tpch.variants import variants
from tests.tpch.conftest import SCALE
from tests.tpch.slices import Slices

VARIANTS = variants()


@pytest.mark.parametrize("name", VARIANTS)
def test_every_statement_is_answered_as_over_the_slices(name: str, systems: Systems, slices: Slices) -> None:
    variant = VARIANTS[name]
    wrong = {}
    with systems.gateway(variant.catalog) as gateway, slices.of(variant) as local:
        principal = gateway.principal("analyst")
        for query in queries.NAMES:
            sql = queries.text(query, SCALE)
            with gateway.query(principal, sql, grant=variant.grant) as result:
                answer = result.read_all()
            if found := differences(sql, answer, local.sql(sql).to_arrow_table()):
                wrong[query] = found
    assert not wrong


def test_every_statement_has_an_answer_that_can_be_wrong(systems: Systems, slices: Slices) -> None:
    """At this scale hardly any statement selects nothing; else the comparison would mean little."""
    for name in ("clear", "filtered", "masked"):
        with slices.of(VARIANTS[name]) as local:
            empty = [q for q in queries.NAMES if not any(map(any, local.sql(queries.text(q, SCALE)).fetchall()))]
        assert len(empty) <= 2, (name, empty)
