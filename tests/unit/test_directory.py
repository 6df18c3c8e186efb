"""The directory as one caller finds it: entries, the grants that give them, and the form of each column under each."""

from __future__ import annotations

import datetime as dt

from fedquery.policy.directory import directory
from tests.unit.plan.town import ANALYST, TODAY, catalog, grant


def test_an_entry_tells_of_the_grants_that_give_it() -> None:
    given = grant(lookup=True)
    wage = next(entry for entry in directory(catalog(given), ANALYST, TODAY) if entry["name"] == "tax.wage")
    assert wage["grants"] == [
        {
            "id": "checks",
            "title": {"zh": "checks", "en": "checks"},
            "purpose": "checks",
            "valid_to": "2026-12-31",
            "lookup": True,
        }
    ]
    forms = {column["name"]: column["forms"] for column in wage["columns"]}
    assert forms["total"] == {"checks": {"form": "verify", "use": [], "rules": ["total > 60000"]}}
    assert forms["person_id"]["checks"]["form"] == "token"


def test_a_grant_out_of_its_time_gives_nothing() -> None:
    entries = directory(catalog(grant()), ANALYST, dt.date(2027, 1, 1))
    assert {entry["name"] for entry in entries} == {"psb.resident", "tax.office", "tax.wage"}
    assert not any(entry["grants"] or column["forms"] for entry in entries for column in entry["columns"])


def test_what_is_not_listed_is_found_by_nobody_without_a_grant_for_it() -> None:
    assert "psb.hidden" not in {entry["name"] for entry in directory(catalog(grant()), ANALYST, TODAY)}
