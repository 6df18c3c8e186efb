"""A condition splits rows into those it is true, false and unknown for (TLP), however it is evaluated (NoREC)."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import strategies as st

from fedquery.errors import FedqueryError
from fedquery.testing.reference import differences
from tests.batches import Batch, batches
from tests.differential.conftest import Worlds
from tests.differential.statements import Filtered, filtered
from tests.differential.test_three_ways import places
from tests.differential.ways import Ways


@batches(150, share=5)
def test_true_false_and_unknown_rows_are_all_rows(batch: Batch, worlds: Worlds) -> None:
    def all_rows(data: st.DataObject) -> None:
        ways, asked = _drawn(data, worlds)
        select = f"SELECT {asked.columns} FROM {asked.source}"
        true, false = f"{select} WHERE {asked.condition}", f"{select} WHERE NOT ({asked.condition})"
        parts = (true, false, f"{select} WHERE ({asked.condition}) IS NULL")
        try:
            whole, split = ways.ask(select), pa.concat_tables([ways.ask(part) for part in parts])
        except FedqueryError as problem:
            assert problem.code.startswith("query."), (problem, *parts)
            return
        assert not differences(split, whole), "\n".join([*differences(split, whole), *parts, ways.plans(true)])

    batch.run(all_rows)


@batches(150, share=5)
def test_a_condition_finds_as_many_rows_as_it_is_true_for(batch: Batch, worlds: Worlds) -> None:
    """As a filter it may travel and choose the plan; as a column it is computed for each row."""

    def as_many(data: st.DataObject) -> None:
        ways, asked = _drawn(data, worlds)
        filter = f"SELECT count(*) AS n FROM {asked.source} WHERE {asked.condition}"
        column = f"SELECT count(*) FILTER (WHERE c) AS n FROM (SELECT ({asked.condition}) AS c FROM {asked.source}) x"
        try:
            found, true = (int(ways.ask(sql).column(0)[0].as_py()) for sql in (filter, column))
        except FedqueryError as problem:
            assert problem.code.startswith("query."), (problem, filter)
            return
        assert found == true, "\n".join([filter, column, ways.plans(filter)])

    batch.run(as_many)


def _drawn(data: st.DataObject, worlds: Worlds) -> tuple[Ways, Filtered]:
    ways = data.draw(st.sampled_from(worlds.ways))
    return ways, data.draw(filtered(data.draw(places(worlds.departments))))
