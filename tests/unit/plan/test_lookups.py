"""lookup('…'): the token of a written value, only beside a token column, only with the right, and no more than the limit."""

from __future__ import annotations

import pytest

from fedquery.errors import AccessDenied, TooManyLookups, TypeProblem
from fedquery.policy.tokens import token_of
from tests.unit.plan.town import LOOKUPS, MASTER, bound, grant, planned

VALUE = "990101199001011234"
TOKEN = token_of(MASTER, grant(), "person_id", VALUE)


@pytest.mark.parametrize(
    "condition",
    [
        f"person_id = lookup('{VALUE}')",
        f"lookup('{VALUE}') = person_id",
        f"person_id <> LOOKUP('{VALUE}')",
        f"person_id IS NOT DISTINCT FROM lookup('{VALUE}')",
        f"person_id IN (lookup('{VALUE}'), lookup('other'))",
        f"NOT person_id IN (lookup(' {VALUE} '))",
        f"person_id = lookup('990101' || '{VALUE[6:]}')",
        f"(person_id, score) = (lookup('{VALUE}'), 1)",
        f"score > 1 OR (person_id = (lookup('{VALUE}')))",
        f"CASE person_id WHEN lookup('{VALUE}') THEN true END",
        f"EXISTS (SELECT 1 FROM tax.wage w WHERE w.person_id = lookup('{VALUE}'))",
    ],
)
def test_a_written_value_becomes_the_token_of_the_column_beside_it(condition: str) -> None:
    found = bound(f"SELECT name FROM psb.resident WHERE {condition}", lookup=True)
    text = found.tree.sql("duckdb")
    assert f"'{TOKEN}'" in text
    assert VALUE not in text
    assert "lookup" not in text.lower()
    assert found.lookups["person_id"] == condition.lower().count("lookup")
    resource = "tax.wage" if "EXISTS" in condition else "psb.resident"
    assert "lookup" in found.uses[resource]["person_id"]


def test_the_kind_is_that_of_the_column_by_lineage() -> None:
    sql = "SELECT year FROM (SELECT uscc AS u, year FROM tax.wage) x JOIN tax.office o ON o.uscc = lookup($a) AND x.u = o.uscc"
    found = bound(sql, {"a": VALUE}, lookup=True)
    assert f"'{token_of(MASTER, grant(), 'uscc', VALUE)}'" in found.tree.sql("duckdb")
    assert found.lookups == {"uscc": 1}


def test_a_join_only_column_can_be_looked_up_and_stays_unseen() -> None:
    found = bound(f"SELECT year FROM tax.wage WHERE person_id = lookup('{VALUE}')", lookup=True, wage={"person_id": "join"})
    assert [column.token_domain for column in found.columns] == [None]


def test_the_source_compares_its_token_with_the_looked_up_one() -> None:
    (fragment,) = planned(f"SELECT name FROM psb.resident WHERE person_id = lookup('{VALUE}')", lookup=True).fragments
    assert f"""WHERE "__s1"."person_id" = '{TOKEN}'""" in fragment.text


def test_null_is_looked_up_as_null() -> None:
    found = bound("SELECT name FROM psb.resident WHERE person_id = lookup($who)", {"who": None}, lookup=True)
    assert found.lookups == {}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT lookup('x')",
        "SELECT lookup('x') FROM psb.resident",
        "SELECT name FROM psb.resident WHERE district = lookup('x')",
        "SELECT name FROM psb.resident WHERE lookup('x') = 'x'",
        "SELECT name FROM psb.resident WHERE lookup('x') = lookup('x')",
        "SELECT name FROM psb.resident WHERE person_id > lookup('x')",
        "SELECT name FROM psb.resident WHERE person_id LIKE lookup('x')",
        "SELECT name FROM psb.resident WHERE person_id BETWEEN lookup('x') AND lookup('y')",
        "SELECT coalesce(person_id, lookup('x')) FROM psb.resident",
        "SELECT person_id || lookup('x') FROM psb.resident",
        "SELECT CASE WHEN score > 1 THEN person_id ELSE lookup('x') END FROM psb.resident",
        "SELECT name FROM psb.resident WHERE person_id = upper(lookup('x'))",
        "SELECT name FROM psb.resident WHERE person_id = (SELECT lookup('x'))",
        "SELECT name FROM psb.resident WHERE person_id IN (SELECT lookup('x'))",
        "SELECT l.t FROM psb.resident r JOIN (SELECT lookup('x') AS t) l ON r.person_id = l.t",
        "WITH l AS (SELECT lookup('x') AS t) SELECT name FROM psb.resident, l WHERE person_id = l.t",
        "SELECT person_id FROM psb.resident UNION SELECT lookup('x')",
        "SELECT name FROM psb.resident ORDER BY lookup('x')",
        "SELECT count(*) FROM psb.resident GROUP BY lookup('x')",
        "SELECT max(lookup('x')) FROM psb.resident",
        "SELECT lag(lookup('x')) OVER (ORDER BY score) FROM psb.resident",
        "SELECT name FROM psb.resident WHERE (person_id, score) IN ((lookup('x'), 1, 2))",
        "SELECT name FROM psb.resident WHERE person_id = lookup()",
        "SELECT name FROM psb.resident WHERE person_id = lookup('x', 'y')",
        "SELECT name FROM psb.resident WHERE person_id = lookup(1)",
        "SELECT name FROM psb.resident WHERE person_id = lookup(name)",
        "SELECT name FROM psb.resident WHERE person_id = lookup(lookup('x'))",
    ],
)
def test_anywhere_else_it_is_refused(sql: str) -> None:
    with pytest.raises(TypeProblem):
        bound(sql, lookup=True)


def test_without_the_right_it_is_denied_and_says_so() -> None:
    with pytest.raises(AccessDenied, match="does not give the right to look up") as denied:
        bound(f"SELECT name FROM psb.resident WHERE person_id = lookup('{VALUE}')")
    assert denied.value.policy == "checks"
    assert denied.value.span is not None
    assert VALUE not in str(denied.value)


def test_a_statement_looks_up_no_more_values_than_the_limit() -> None:
    def asking(count: int) -> str:
        listed = ", ".join(f"lookup('{number}')" for number in range(count))
        return f"SELECT name FROM psb.resident WHERE person_id IN ({listed}, lookup('0'))"

    assert bound(asking(LOOKUPS), lookup=True).lookups == {"person_id": LOOKUPS}
    with pytest.raises(TooManyLookups, match=f"more than {LOOKUPS} values.*lookups_limit"):
        bound(asking(LOOKUPS + 1), lookup=True)


def test_titles_show_what_was_written_and_no_token() -> None:
    found = bound(f"SELECT person_id = lookup('{VALUE}') FROM psb.resident", lookup=True)
    assert TOKEN not in found.schema.names[0]
