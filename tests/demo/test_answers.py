"""The sixteen questions over the departments' own systems equal the same statements over the caller's slices alone.

The reference slices are computed from the generator's rows by the reference masks, never read through fedquery. For every
question a named change of policy (a mask, a filter or a key dropped) changes its answer, so the equality says something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pytest
from reference import Question, Reference, questions

from fedquery.demo.cases import case_lists
from fedquery.demo.city import City
from fedquery.demo.command import install
from fedquery.demo.departments import Departments
from fedquery.gateway import Gateway
from fedquery.policy.tokens import token_key
from fedquery.settings import Settings


@dataclass(frozen=True)
class Running:
    """The city on its own systems, behind a gateway."""

    gateway: Gateway
    departments: Departments
    settings: Settings

    def ask(self, account: str, grant: str, sql: str) -> pa.Table:
        with self.gateway.query(self.gateway.principal(account), sql, grant=grant) as result:
            return result.read_all()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, city: City) -> Iterator[Running]:
    departments, settings = install(tmp_path_factory.mktemp("city"), city.citizens, lambda who, what: None)
    gateway = Gateway.open(settings)
    yield Running(gateway, departments, settings)
    gateway.close()
    departments.stop()


@pytest.fixture(scope="session")
def truth(running: Running, city: City) -> Reference:
    """The reference with the tokens that this installation makes."""
    master = (running.settings.secrets_dir / "master.key").read_bytes()
    grants = running.departments.catalog.grants
    return Reference(city.tables, case_lists(city.tables), lambda grant, kind: token_key(master, grants[grant], kind))


def bag(table: pa.Table) -> Counter[str]:
    return Counter(repr(tuple(row.values())) for row in table.to_pylist())


@pytest.mark.parametrize("account", ["analyst", "district_analyst"])
@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_answers_equal_those_over_the_slices(question: Question, account: str, running: Running, truth: Reference) -> None:
    if question.grant not in {g.id for g in running.departments.catalog.grants_of(account, "data_bureau")}:
        pytest.skip(f"{account} has no grant {question.grant}")
    answer = running.ask(account, question.grant, question.sql)
    wanted = truth.answer(account, question.grant, question.sql)
    assert answer.schema.names == wanted.schema.names
    assert [str(t) for t in answer.schema.types] == [str(t) for t in wanted.schema.types]
    assert bag(answer) == bag(wanted)
    assert answer.num_rows or account != "analyst"
