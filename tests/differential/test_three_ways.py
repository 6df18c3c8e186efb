"""Generated statements: pushed, pulled, and in one DuckDB, to the same rows and types."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.batches import Batch, batches
from tests.differential.conftest import Worlds
from tests.differential.statements import Statement, statements


@st.composite
def places(draw: st.DrawFn, departments: tuple[str, ...]) -> tuple[str, ...]:
    """One department or two, so that whole statements, their parts and their joins each meet a source of their own."""
    return tuple(draw(st.lists(st.sampled_from(departments), min_size=1, max_size=2)))


@batches(150)
def test_statements_have_one_answer(batch: Batch, worlds: Worlds) -> None:
    def one_answer(data: st.DataObject) -> None:
        ways = data.draw(st.sampled_from(worlds.ways))
        statement: Statement = data.draw(statements(data.draw(places(worlds.departments))))
        ways.compare(statement.sql, ordered=statement.ordered)

    batch.run(one_answer)
