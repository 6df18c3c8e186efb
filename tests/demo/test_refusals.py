"""What the city refuses, each with words that say why and what to do, and each on record."""

from __future__ import annotations

import datetime as dt

import pytest

from fedquery.catalog.model import Catalog
from fedquery.errors import AccessDenied, FedqueryError, GrantProblem, TypeProblem, UnknownName, UnsupportedSql
from fedquery.store import catalogs
from tests.demo.conftest import Running

REFUSED = [
    ("a column that is not shared", "analyst", "pension-certification", "SELECT cause_code FROM health.death_certificate",
     AccessDenied, "Legal basis"),
    ("another column that is not shared", "analyst", "pension-certification",
     "SELECT diagnosis_code FROM health.outpatient_visit", AccessDenied, "Legal basis"),
    ("a verify column selected", "analyst", "social-assistance", "SELECT wage_total FROM tax.wage_income",
     AccessDenied, "can be verified, not read"),
    ("a verify column sorted", "analyst", "social-assistance", "SELECT tax_year FROM tax.wage_income ORDER BY wage_total",
     AccessDenied, "can be verified, not read"),
    ("a verify column under another threshold", "analyst", "social-assistance",
     "SELECT 1 FROM tax.wage_income WHERE wage_total BETWEEN 83000 AND 83010", AccessDenied, "can be verified, not read"),
    ("a verify column in a CASE", "analyst", "social-assistance",
     "SELECT CASE WHEN wage_total > 50000 THEN 1 END FROM tax.wage_income", AccessDenied, "can be verified, not read"),
    ("the right query under the wrong grant", "analyst", "tax-relief",
     "SELECT a.family_no FROM civil.min_living_allowance a", AccessDenied, "does not include"),
    ("an expired grant", "analyst", "elderly-allowance-2025", "SELECT count(*) FROM psb.resident", GrantProblem, "ended on"),
    ("a grant that has not begun", "analyst", "statistics-2031", "SELECT count(*) FROM psb.resident", GrantProblem, "begins"),
    ("another's grant", "district_analyst", "tax-relief", "SELECT count(*) FROM amr.enterprise", GrantProblem, "no grant"),
    ("a masked column without its right", "analyst", "birth-service",
     "SELECT cert_no FROM health.birth_certificate WHERE child_name = '张*'", AccessDenied, "given masked"),
    ("a masked column sorted by", "analyst", "birth-service",
     "SELECT mobile FROM psb.resident ORDER BY mobile", AccessDenied, "given masked"),
    ("a token compared with a literal", "analyst", "birth-service",
     "SELECT 1 FROM psb.resident WHERE person_id = '990101199001010000'", TypeProblem, "lookup"),
    ("the platform administrator selecting rows", "platform", None, "SELECT * FROM psb.resident", AccessDenied, "no data"),
    ("a steward selecting rows", "steward", None, "SELECT * FROM psb.resident", AccessDenied, "no data grants"),
    ("two statements", "analyst", "backflow", "SELECT 1; SELECT 2", UnsupportedSql, "One SELECT"),
    ("COPY", "analyst", "backflow", "COPY psb.resident TO 'x.csv'", UnsupportedSql, "One SELECT"),
    ("ATTACH", "analyst", "backflow", "ATTACH 'x.db'", UnsupportedSql, "One SELECT"),
    ("PRAGMA", "analyst", "backflow", "PRAGMA database_list", UnsupportedSql, "One SELECT"),
    ("read_csv", "analyst", "backflow", "SELECT * FROM read_csv('/etc/passwd')", UnsupportedSql, "Only directory entries"),
    ("an unlisted function", "analyst", "backflow", "SELECT getenv('HOME') FROM psb.resident", UnsupportedSql, "getenv"),
    ("a whole row", "analyst", "backflow", "SELECT r FROM psb.resident r", UnknownName, "whole row"),
    ("a system column", "analyst", "backflow", "SELECT ctid FROM psb.resident", UnknownName, "no column"),
    ("a physical name", "analyst", "backflow", "SELECT SFZH FROM psb.resident", UnknownName, "no column"),
    ("a table of the source", "analyst", "backflow", 'SELECT * FROM "public"."T_CZRK"', UnknownName, "no table"),
]  # fmt: skip


@pytest.mark.parametrize(("account", "grant", "sql", "kind", "words"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_refusals_say_why_and_what_to_do(
    account: str, grant: str | None, sql: str, kind: type[FedqueryError], words: str, running: Running
) -> None:
    gateway = running.gateway
    with pytest.raises(kind) as refusal:
        gateway.query(gateway.principal(account), sql, grant=grant)
    problem = refusal.value
    assert words in str(problem)
    assert problem.hint
    (record,) = gateway.audit.records(query_id=problem.query_id)
    assert record.kind == "refusal"
    assert record.body["sql"] == sql
    assert record.body["error_code"] == problem.code


def test_a_grant_is_found_when_only_one_covers_the_query(running: Running) -> None:
    sql = "SELECT count(*) AS n FROM housing.rental_filing"
    gateway = running.gateway
    with gateway.query(gateway.principal("analyst"), sql) as result:
        assert result.schema.metadata[b"fedquery.grant"] == b"rental-check"


def test_what_a_grant_does_not_include_is_marked(running: Running) -> None:
    sql = "SELECT 1\nFROM psb.resident r JOIN tax.filing f ON f.uscc = r.person_id"
    with pytest.raises(AccessDenied) as denied:
        running.gateway.query(running.gateway.principal("analyst"), sql, grant="backflow")
    assert denied.value.span is not None
    assert (sql[denied.value.span.start : denied.value.span.end], denied.value.span.line) == ("tax.filing", 2)


def test_hidden_and_missing_are_told_alike(running: Running) -> None:
    """The same statements, over a directory that hides the entries and over one that does not have them."""
    hidden = ("psb.household_member", "civil.min_living_allowance")
    names = (*hidden, "psb.household_members", "civil.min_living_allowances", "psb.residents", "nowhere.resident")
    gateway = running.gateway

    def told() -> list[dict[str, object]]:
        found = []
        for name in names:
            for grant in ("backflow", None):
                with pytest.raises(UnknownName) as unknown:
                    gateway.query(gateway.principal("district_analyst"), f"SELECT count(*) FROM {name}", grant=grant)
                found.append({key: value for key, value in vars(unknown.value).items() if key != "query_id"})
        return found

    document = running.catalog.model_dump()
    for name in hidden:
        department, resource = name.split(".")
        del document["departments"][department]["resources"][resource]
        for grant in document["grants"].values():
            grant["resources"].pop(name, None)
    document["grants"] = {id: grant for id, grant in document["grants"].items() if grant["resources"]}
    hiding, at = told(), dt.datetime.now(dt.UTC)
    head = catalogs.current(gateway.store)
    assert head is not None
    lacking = catalogs.apply(gateway.store, Catalog.model_validate(document), parent=head.digest, by="test", why="gone", at=at)
    try:
        assert told() == hiding
    finally:
        catalogs.apply(gateway.store, running.catalog, parent=lacking.digest, by="test", why="back", at=at)
    assert hiding[-4]["suggestions"] == ("psb.resident", "psb.residence_permit")
