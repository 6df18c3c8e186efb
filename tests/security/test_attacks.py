"""Statements that once got, or tried to get, what the caller does not have: each is refused while it is planned."""

from __future__ import annotations

import pytest

from fedquery.errors import AccessDenied, TypeProblem, UnsupportedSql
from tests.security.conftest import Pair
from tests.security.village import ACCOUNT, GRANT
from tests.unit.plan.town import bound, planned

#: ``wage.person_id`` can be joined on only; ``wage.total`` and ``resident.name`` are masked, to be selected only.
STRICT = {"wage": {"person_id": "join", "total": "band(1000)"}}


@pytest.mark.parametrize(
    "sql",
    [
        "select (person_id, 1) as t from tax.wage",
        "select year from tax.wage where (person_id, 1) = ('tk1_x', 1)",
        "select year from tax.wage where (person_id, year) in (('tk1_x', 2020))",
        "select year from tax.wage where ((person_id, 1), year) = (('tk1_x', 1), 2020)",
        "select score from psb.resident where (person_id, score) in (select district, score from psb.resident)",
        "select score from psb.resident where (score, person_id) in (select year, 'tk1_x' from tax.wage)",
        "select count(distinct ((person_id, 1), 2)) from tax.wage",
    ],
)
def test_a_row_of_values_hides_no_token(sql: str) -> None:
    with pytest.raises(TypeProblem):
        bound(sql, **STRICT)


def test_rows_of_values_are_compared_place_by_place() -> None:
    bound("select score from psb.resident where (person_id, score) in (select person_id, year from tax.wage)", **STRICT)
    bound("select count(distinct (person_id, score)) from psb.resident")


@pytest.mark.parametrize(
    "sql",
    [
        "select score from psb.resident where person_id in (select 'tk1_x' union all select null)",
        "select score from psb.resident where person_id = (select 'tk1_x' union all select null)",
        "select r.score from psb.resident r join (select 'tk1_x' as k union all select null) z on z.k = r.person_id",
    ],
)
def test_a_null_beside_it_makes_no_literal_a_token(sql: str) -> None:
    with pytest.raises(TypeProblem):
        bound(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select lag('x', 1, person_id) over (order by year) as x from tax.wage",
        "select lag(district, 1, person_id) over (order by score) as x from psb.resident",
        "select nth_value(year, case when person_id = 'tk1_x' then 1 else 2 end) over (order by year) from tax.wage",
        "select sum(year) over (order by year rows between case when person_id = 'tk1_x' then 1 else 0 end preceding"
        " and current row) from tax.wage",
    ],
)
def test_every_part_of_a_window_is_looked_at(sql: str) -> None:
    with pytest.raises(TypeProblem):
        bound(sql, **STRICT)


@pytest.mark.parametrize(
    ("sql", "use"),
    [
        ("select lag(1, 1, total) over (order by year) as x from tax.wage qualify x > 1", "filtered by"),
        ("select count(*) over w from tax.wage window w as (partition by total)", "grouped by"),
        ("select sum(year) over (w rows unbounded preceding) from tax.wage window w as (order by total)", "ordered by"),
        ("select percentile_cont(0.5) within group (order by total) from tax.wage", "aggregated"),
        ("select mode() within group (order by total) from tax.wage", "aggregated"),
        ("select total as m from tax.wage order by m + 0", "ordered by"),
        ("select m from (select total as m from tax.wage) x order by -m", "ordered by"),
    ],
)
def test_a_masked_column_is_selected_and_nothing_else(sql: str, use: str) -> None:
    with pytest.raises(AccessDenied, match=use):
        bound(sql, **STRICT)


@pytest.mark.parametrize(
    "sql",
    [
        'with "__s1" as (select score as score from psb.resident) select s.score from "__s1" s',
        'with "__f1" as (select district as name from psb.resident) select a.name, b.name from psb.resident a, "__f1" b',
        "select __g1.score from psb.resident as __g1",
        "with c as (select district as a, person_id as b from psb.resident) select upper(d.a) from c as d(b2, a)",
        "select b || '' from (select person_id as a, district as b from psb.resident"
        " union all by name select person_id as b, district as a from psb.resident) x",
    ],
)
def test_no_name_stands_for_another(sql: str) -> None:
    with pytest.raises(UnsupportedSql):
        planned(sql)


def test_using_after_an_outer_join_is_refused_for_it_would_join_on_one_side_only() -> None:
    with pytest.raises(UnsupportedSql, match="USING after"):
        bound(
            "select count(*) from psb.resident r right join tax.wage w using (person_id) full join tax.wage v using (person_id)"
        )


def test_a_join_in_brackets_is_a_refusal_and_no_crash() -> None:
    with pytest.raises(UnsupportedSql, match="in brackets"):
        planned("select 1 from psb.resident r join (tax.wage w left join tax.office o on o.uscc = w.uscc) on w.year = r.score")


@pytest.mark.parametrize("function", ["replace", "regexp_replace"])
def test_no_constant_grows_while_it_is_planned(function: str) -> None:
    text = f"{function}({function}('aa', 'a', 'aaaaaaaa'), 'a', 'aaaaaaaa')"
    with pytest.raises(UnsupportedSql, match="of a constant"):
        planned(f"select score from psb.resident where length({text}) > 1")


@pytest.mark.parametrize(
    "condition", ["<> 2147483648", "< 9223372036854775808", "BETWEEN -9999999999 AND 1", "IN (1, 2147483648)"]
)
def test_a_number_beyond_its_columns_type_raises_at_no_source(pairs: tuple[Pair, ...], condition: str) -> None:
    """A source that cast the number to its column's type would fail, and tell that it has rows."""
    gateway = pairs[0].gateways[0]
    principal = gateway.principal(ACCOUNT)
    for department in pairs[0].departments:
        sql = f"SELECT count(*) AS n FROM {department}.event WHERE qty {condition}"
        answers = []
        for push in (True, False):
            with gateway.query(principal, sql, grant=GRANT, push=push) as result:
                answers.append(result.read_all().to_pylist())
        assert answers[0] == answers[1], department
