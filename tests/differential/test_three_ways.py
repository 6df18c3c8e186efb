"""Generated statements: pushed, pulled, and in one DuckDB, to the same rows and types."""

from __future__ import annotations

import os
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.differential.conftest import Worlds
from tests.differential.statements import Statement, statements

EXAMPLES = int(os.environ.get("FEDQUERY_TEST_EXAMPLES", "150"))
_UNHEALTHY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def examples(number: int) -> Callable[..., Callable[..., None]]:
    """So many examples, however long each takes."""
    return settings(max_examples=max(number, 1), deadline=None, suppress_health_check=_UNHEALTHY, print_blob=True)


@st.composite
def places(draw: st.DrawFn, departments: tuple[str, ...]) -> tuple[str, ...]:
    """One department or two, so that whole statements, their parts and their joins each meet a source of their own."""
    return tuple(draw(st.lists(st.sampled_from(departments), min_size=1, max_size=2)))


@examples(EXAMPLES)
@given(data=st.data())
def test_statements_have_one_answer(data: st.DataObject, worlds: Worlds) -> None:
    ways = data.draw(st.sampled_from(worlds.ways))
    statement: Statement = data.draw(statements(data.draw(places(worlds.departments))))
    ways.compare(statement.sql, ordered=statement.ordered)
