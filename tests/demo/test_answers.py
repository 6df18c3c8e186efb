"""The sixteen questions over the departments' own systems equal the same statements over the caller's slices alone.

The reference slices are computed from the generator's rows by the reference masks, never read through fedquery. For every
question a named change of policy (a mask, a filter or a key dropped) changes its answer, so the equality says something.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from fedquery.catalog.load import load
from fedquery.catalog.model import Catalog
from fedquery.demo import mariadb_server
from fedquery.demo.cases import case_lists
from fedquery.demo.city import City
from fedquery.demo.command import installed
from fedquery.gateway import Gateway
from fedquery.policy.tokens import token_key
from fedquery.store import catalogs
from tests.demo.conftest import Running
from tests.demo.reference import CATALOG, Question, Reference, questions


def _masked(form: str) -> dict[str, object]:
    """A mask with every use right, so that the statement still runs."""
    return {"form": form, "use": ["filter", "join", "group", "order", "aggregate"]}


def bag(table: pa.Table) -> Counter[str]:
    return Counter(repr(tuple(row.values())) for row in table.to_pylist())


ASKED = [
    pytest.param(account, question, id=f"{question.name}-{account}")
    for account in ("analyst", "district_analyst")
    for question in questions()
    if question.grant in {grant.id for grant in load(CATALOG).grants_of(account, "data_bureau")}
]


@pytest.mark.parametrize(("account", "question"), ASKED)
def test_answers_equal_those_over_the_slices(account: str, question: Question, running: Running, truth: Reference) -> None:
    answer = running.ask(account, question.grant, question.sql)
    wanted = truth.answer(account, question.grant, question.sql)
    assert answer.schema.names == wanted.schema.names
    assert [str(t) for t in answer.schema.types] == [str(t) for t in wanted.schema.types]
    assert bag(answer) == bag(wanted)
    assert answer.num_rows or account != "analyst"


#: For each question a change of policy, by name: columns given in another form, or a row filter dropped.
MUTANTS: dict[str, tuple[str, dict[tuple[str, str], object], str | None]] = {
    "Q01": ("the mothers' numbers unmasked", {("psb.resident", "mobile"): "clear"}, None),
    "Q02": ("days of death blurred", {("health.death_certificate", "died_on"): _masked("truncate(year)")}, None),
    "Q03": ("visits given to the day", {("health.outpatient_visit", "visited_on"): "clear"}, None),
    "Q04": ("firms' names masked", {("amr.enterprise", "name"): "keep(1,0)"}, None),
    "Q05": ("amounts given to the fen", {("tax.filing", "declared_amount"): "clear"}, None),
    "Q06": (
        "tokens dropped",
        {
            ("psb.residence_permit", "person_id"): "clear",
            ("hrss.insured_person", "person_id"): "clear",
            ("prov_b.insured_person", "person_id"): "clear",
        },
        None,
    ),
    "Q07": ("names masked", {("psb.resident", "full_name"): "keep(1,0)"}, None),
    "Q08": ("status hidden", {("civil.min_living_allowance", "status"): _masked("null")}, None),
    "Q09": ("residence hidden", {("psb.resident", "residence_status"): _masked("null")}, None),
    "Q10": ("amounts in bands", {("tax.filing", "declared_amount"): _masked("band(1000)")}, None),
    "Q11": ("ratings hidden", {("tax.credit_rating", "rating"): _masked("null")}, None),
    "Q12": ("births by the year", {("health.birth_certificate", "born_on"): _masked("truncate(year)")}, None),
    "Q13": ("birth dates blurred", {("psb.resident", "birth_date"): _masked("truncate(year)")}, None),
    "Q14": (
        "tokens dropped",
        {("amr.enterprise", "legal_rep_id"): "clear", ("prov_b.enterprise", "legal_rep_id"): "clear"},
        None,
    ),
    "Q15": ("the row filter dropped", {}, "psb.resident"),
    "Q16": ("days of death blurred", {("health.death_certificate", "died_on"): _masked("truncate(year)")}, None),
}


@pytest.mark.parametrize("question", questions(), ids=lambda question: f"{question.name} {MUTANTS[question.name][0]}")
def test_a_named_change_of_policy_changes_the_answer(question: Question, running: Running, truth: Reference) -> None:
    _, forms, unfiltered = MUTANTS[question.name]
    account = "district_analyst" if unfiltered else "analyst"
    store, at = running.gateway.store, dt.datetime.now(dt.UTC)
    own = running.catalog
    head = catalogs.current(store)
    assert head is not None
    changed = catalogs.apply(
        store, _changed(own, question.grant, forms, unfiltered), parent=head.digest, by="test", why="a mutant", at=at
    )
    try:
        answer = running.ask(account, question.grant, question.sql)
    finally:
        catalogs.apply(store, own, parent=changed.digest, by="test", why="back", at=at)
    assert bag(answer) != bag(truth.answer(account, question.grant, question.sql))


def _changed(catalog: Catalog, grant: str, forms: dict[tuple[str, str], object], unfiltered: str | None) -> Catalog:
    document = catalog.model_dump()
    for (resource, column), form in forms.items():
        document["grants"][grant]["resources"][resource]["columns"][column] = form
    if unfiltered:
        department, name = unfiltered.split(".")
        document["departments"][department]["resources"][name]["row_filter"] = None
    return Catalog.model_validate(document)


def test_without_mariadb_its_department_answers_from_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with nothing but Python and pip has the whole city too."""
    monkeypatch.setattr(mariadb_server, "installed", lambda: False)
    with installed(tmp_path / "city", 2000, lambda text: None) as there:
        gateway = Gateway.open(there.settings)
        running = Running(gateway, there.systems, there.catalog, there.settings)
        assert there.systems.mariadb is None
        city = City(2000)
        master = (there.settings.secrets_dir / "master.key").read_bytes()
        truth = Reference(
            city.tables, case_lists(city.tables), lambda grant, kind: token_key(master, there.catalog.grants[grant], kind)
        )
        for question in (q for q in questions() if "hrss." in q.sql):
            answer = running.ask("analyst", question.grant, question.sql)
            assert bag(answer) == bag(truth.answer("analyst", question.grant, question.sql)), question.name
        gateway.close()
