"""A written number finds exactly its person among tokens, on each department's own system, and every lookup is on record."""

from __future__ import annotations

from typing import Any

import pytest

from fedquery.demo.city import City
from fedquery.errors import AccessDenied, TooManyLookups
from fedquery.gateway import Gateway
from tests.demo.conftest import Running
from tests.demo.reference import Reference

GRANT = "housing-approval"
#: One resource on each kind of system: PostgreSQL, PostgreSQL with a case list, Parquet, SQLite.
ASKED = {
    "psb.resident": "person_id",
    "tax.wage_income": "person_id",
    "housing.property_ownership": "owner_id",
    "civil.marriage_registration": "person_id_a",
}


def ask(running: Running, sql: str, **parameters: object) -> list[dict[str, Any]]:
    gateway = running.gateway
    with gateway.query(gateway.principal("analyst"), sql, parameters=parameters, grant=GRANT) as result:
        return result.read_all().to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(("resource", "column"), ASKED.items())
def test_a_lookup_finds_exactly_the_person(resource: str, column: str, running: Running, city: City, truth: Reference) -> None:
    tokens = truth.slice("analyst", GRANT, resource).column(column).to_pylist()
    seen = {truth.token(GRANT, "person_id", number): number for number in city.tables[resource].column(column).to_pylist()}
    sql = f"SELECT {column} AS found, count(*) AS rows FROM {resource} WHERE {column} = lookup($who) GROUP BY ALL"
    for token in sorted(set(tokens))[:3]:
        for written in (seen[token], f" {seen[token].lower()}\t"):
            assert ask(running, sql, who=written) == [{"found": token, "rows": tokens.count(token)}]


def test_several_are_found_at_once_and_the_others_by_their_absence(running: Running, city: City, truth: Reference) -> None:
    one, other = sorted(city.tables["psb.resident"].column("person_id").to_pylist())[:2]
    found = ask(running, f"SELECT person_id FROM psb.resident WHERE person_id IN (lookup('{one}'), lookup('{other}'))")
    assert {row["person_id"] for row in found} == {truth.token(GRANT, "person_id", number) for number in (one, other)}
    (rest,) = ask(running, f"SELECT count(*) AS n FROM psb.resident WHERE person_id <> lookup('{one}')")
    assert rest["n"] == city.tables["psb.resident"].num_rows - 1


@pytest.mark.parametrize("written", ["", " ", "nobody", "99010119900101000", "'; DROP TABLE x; --", "\u4e00\u4e8c", "*", None])
def test_what_is_no_number_of_anybody_finds_nothing(written: str | None, running: Running) -> None:
    for resource, column in ASKED.items():
        assert ask(running, f"SELECT {column} FROM {resource} WHERE {column} = lookup($who)", who=written) == []


def test_who_is_outside_the_slice_is_not_found(running: Running, city: City, truth: Reference) -> None:
    """A person of no pending case has wages, and is as unknown as nobody."""
    visible = set(truth.slice("analyst", GRANT, "tax.wage_income").column("person_id").to_pylist())
    people = city.tables["tax.wage_income"].column("person_id").to_pylist()
    hidden = next(number for number in people if truth.token(GRANT, "person_id", number) not in visible)
    assert ask(running, "SELECT tax_year FROM tax.wage_income WHERE person_id = lookup($who)", who=hidden) == []


def test_the_evidence_counts_what_was_looked_up(running: Running) -> None:
    gateway = running.gateway
    sql = (
        "SELECT r.hukou_district FROM psb.resident r JOIN housing.property_ownership o ON o.owner_id = r.person_id "
        "WHERE r.person_id IN (lookup('a'), lookup('b')) AND o.owner_id = lookup('a')"
    )
    with gateway.query(gateway.principal("analyst"), sql, grant=GRANT) as result:
        result.read_all()
    (intent,) = (record for record in gateway.audit.records(query_id=result.query_id) if record.kind == "intent")
    assert intent.body["lookups"] == {"person_id": 2}
    assert "lookup" in intent.body["resources"]["psb.resident"]["person_id"]
    assert "lookup" in intent.body["resources"]["housing.property_ownership"]["owner_id"]


def test_no_lookup_without_the_right_and_the_refusal_is_on_record(running: Running) -> None:
    gateway = running.gateway
    with pytest.raises(AccessDenied, match="does not give the right to look up") as denied:
        gateway.query(
            gateway.principal("analyst"), "SELECT 1 FROM psb.resident WHERE person_id = lookup('a')", grant="birth-service"
        )
    (record,) = gateway.audit.records(query_id=denied.value.query_id)
    assert (record.kind, record.body["error_code"]) == ("refusal", "access.denied")


def test_the_limit_is_the_settings(running: Running) -> None:
    settings = running.settings.model_copy(update={"lookups_limit": 2})
    gateway = Gateway.open(settings)
    sql = "SELECT 1 FROM psb.resident WHERE person_id IN (lookup('a'), lookup('b'), lookup('c'))"
    try:
        with pytest.raises(TooManyLookups, match="lookups_limit"):
            gateway.query(gateway.principal("analyst"), sql, grant=GRANT)
    finally:
        gateway.close()


def test_a_plan_that_is_only_shown_holds_no_token(running: Running, city: City) -> None:
    gateway = running.gateway
    number = city.tables["psb.resident"].column("person_id").to_pylist()[0]
    sql = f"SELECT hukou_district FROM psb.resident WHERE person_id = lookup('{number}')"
    shown = gateway.explain(gateway.principal("analyst"), sql, grant=GRANT)
    assert "the token of a person_id" in shown.text
    for text in (shown.text, str(shown.document)):
        assert "tk1_" not in text
        assert number not in text
