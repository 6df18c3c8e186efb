"""What two versions differ in, and which changes let somebody have more."""

from __future__ import annotations

import pytest

from fedquery.catalog.diff import diff
from fedquery.catalog.effects import form_effect
from fedquery.catalog.load import Texts, parse
from fedquery.catalog.model import Catalog

PSB, HEALTH, GRANT = "departments/psb.toml", "departments/health.toml", "grants/pension-check.toml"


def test_equal_catalogues_differ_in_nothing(files: dict[str, str]) -> None:
    assert diff(parse(Texts(files)), parse(Texts(dict(reversed(files.items()))))) == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "told", "back"),
    [
        (GRANT, "valid_to = 2027-01-01", "valid_to = 2027-06-30",
         "widening   grants/pension-check/valid_to: extended: 2027-01-01 -> 2027-06-30", "narrowing"),
        (GRANT, "valid_from = 2026-01-01", "valid_from = 2025-12-24",
         "widening   grants/pension-check/valid_from: 2026-01-01 -> 2025-12-24", "narrowing"),
        (GRANT, '"zhang"]', '"zhang", "root"]', "widening   grants/pension-check/grantees: added root", "narrowing"),
        (GRANT, '["C1", "C2"]', '["C1", "C2", "C3"]', "widening   grants/pension-check/lists/case: added 1", "narrowing"),
        (GRANT, "[lists]", "[lists]\nmore = []", "widening   grants/pension-check/lists/more: list added", "neutral"),
        (GRANT, 'person_id = "token"\nbirth', 'person_id = "join"\nbirth',
         "narrowing  grants/pension-check/resources/psb.resident/columns/person_id/form: form narrowed: token -> join",
         "widening"),
        (GRANT, "scenario = ", "lookup = true\nscenario = ", "widening   grants/pension-check/lookup: false -> true",
         "narrowing"),
        (GRANT, 'died_on = "clear"\n', "",
         "narrowing  grants/pension-check/resources/health.death/columns/died_on: column of the grant removed", "widening"),
        (GRANT, " AND district = ANY(:case)", "",
         "widening   grants/pension-check/resources/psb.resident/row_filter: row filter changed: "
         "birth_date < DATE '1966-10-01' AND district = ANY(:case) -> birth_date < DATE '1966-10-01'", "narrowing"),
        (PSB, 'row_filter = "starts_with(district, :region)"\n', "",
         "widening   departments/psb/resources/resident/row_filter: row filter dropped: "
         "starts_with(district, :region) -> none", "narrowing"),
        (PSB, "starts_with(district, :region)", "district LIKE :region || '%'",
         "neutral    departments/psb/resources/resident/row_filter: row filter changed: "
         "starts_with(district, :region) -> district LIKE :region || '%'", "neutral"),
        (PSB, "starts_with(district, :region)", "district = :region",
         "widening   departments/psb/resources/resident/row_filter: row filter changed: "
         "starts_with(district, :region) -> district = :region", "widening"),
        (PSB, '"keep(1,1)"', '"keep(1,1)", "clear"',
         "widening   departments/psb/resources/resident/columns/person_id/forms: forms widened: added clear", "narrowing"),
        (PSB, "seconds = 30", "seconds = 90\nconcurrency = 2",
         "narrowing  departments/psb/sources/main/concurrency: 4 -> 2", "widening"),
        (PSB, "seconds = 30", "seconds = 90", "widening   departments/psb/sources/main/seconds: 30.0 -> 90.0", "narrowing"),
        (PSB, 'en = "Residents"', 'en = "Inhabitants"',
         "neutral    departments/psb/resources/resident/title: {'zh': '户籍人口', 'en': 'Residents'} -> "
         "{'zh': '户籍人口', 'en': 'Inhabitants'}", "neutral"),
        (PSB, 'physical = "XZQH"', 'physical = "XZQH_NEW"',
         "widening   departments/psb/resources/resident/columns/district/physical: XZQH -> XZQH_NEW", "widening"),
        (PSB, 'forms = ["truncate(month)", ', 'enforce = "gateway"\nforms = ["truncate(month)", ',
         "widening   departments/psb/resources/resident/columns/birth_date/enforce: source -> gateway", "narrowing"),
        ("accounts.toml", 'roles = ["platform"]', 'roles = ["platform", "analyst"]',
         "widening   accounts/root/roles: added analyst", "narrowing"),
        ("accounts.toml", 'roles = ["analyst"]', 'roles = ["analyst", "platform"]',
         "narrowing  accounts/zhang/roles: added platform", "widening"),
        ("accounts.toml", 'region = "9901"', 'region = "99"',
         "widening   accounts/zhang/attributes: {'region': '9901', 'districts': ('990102', '990103')} -> "
         "{'region': '99', 'districts': ('990102', '990103')}", "widening"),
    ],
)  # fmt: skip
def test_each_change_is_told_and_marked_both_ways(
    files: dict[str, str], file: str, old: str, new: str, told: str, back: str
) -> None:
    before = parse(Texts(files))
    assert old in files[file]
    after = parse(Texts(files | {file: files[file].replace(old, new, 1)}))
    assert told in [str(change) for change in diff(before, after)]
    path = told.split()[1].removesuffix(":")
    assert [change.effect for change in diff(after, before) if change.path == path] == [back]


def test_entries_that_come_and_go(files: dict[str, str]) -> None:
    whole = parse(Texts(files))
    added = [str(change) for change in diff(Catalog(), whole)]
    assert "neutral    departments/psb: department added" in added
    assert "widening   grants/pension-check: grant added" in added
    assert "widening   accounts/zhang: account added" in added
    assert {change.effect for change in diff(whole, Catalog())} == {"narrowing"}


def test_fewer_values_of_a_list_that_a_filter_negates_are_more_rows(files: dict[str, str]) -> None:
    files[GRANT] = files[GRANT].replace("district = ANY(:case)", "NOT district = ANY(:case)")
    fewer = files | {GRANT: files[GRANT].replace('["C1", "C2"]', '["C1"]')}
    (change,) = diff(parse(Texts(files)), parse(Texts(fewer)))
    assert (change.effect, change.what) == ("widening", "removed 1")


def test_the_values_of_a_list_are_not_told(files: dict[str, str]) -> None:
    more = files | {GRANT: files[GRANT].replace('["C1", "C2"]', '["11010119900307"]')}
    assert "11010119900307" not in "".join(map(str, diff(parse(Texts(files)), parse(Texts(more)))))


def test_another_order_of_columns_is_told(files: dict[str, str]) -> None:
    head, column = files[HEALTH].split("[resources.facility.columns.name]")
    more = '[resources.facility.columns.town]\nphysical = "t"\ntype = "varchar"\ndescription = { zh = "镇", en = "Town" }\n\n'
    first = parse(Texts(files | {HEALTH: f"{head}[resources.facility.columns.name]{column}\n{more}"}))
    last = parse(Texts(files | {HEALTH: f"{head}{more}[resources.facility.columns.name]{column}"}))
    assert [str(c) for c in diff(first, last)] == [
        "neutral    departments/health/resources/facility/columns: other order, as SELECT * shows it"
    ]


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        ("clear", "token", "narrowing"),
        ("token", "clear", "widening"),
        ("join", "token", "widening"),
        ("verify", "clear", "widening"),
        ("token", "null", "narrowing"),
        ("prefix(6)", "prefix(4)", "narrowing"),
        ("prefix(4)", "prefix(6)", "widening"),
        ("band(500)", "band(1000)", "narrowing"),
        ("band(1000)", "band(1500)", "widening"),
        ("truncate(month)", "truncate(year)", "narrowing"),
        ("truncate(year)", "truncate(month)", "widening"),
        ("keep(3,4)", "keep(1,1)", "widening"),
        ("keep(3,4)", "const('x')", "narrowing"),
        ("const('x')", "const('x', hide_null)", "narrowing"),
        ("const('x', hide_null)", "const('x')", "widening"),
        ("const('x', hide_null)", "const('y', hide_null)", "narrowing"),
        ("null", "const('x')", "widening"),
        ("null", "const('x', hide_null)", "narrowing"),
        ("token", "keep(1,1)", "widening"),
    ],
)
def test_a_form_narrows_only_when_it_can_be_made_of_the_other(before: str, after: str, effect: str) -> None:
    assert form_effect(before, after) == effect
