"""What is asked of which source: pushed where it is exact and total, kept back with a reason everywhere else."""

from __future__ import annotations

import re

import pytest

from fedquery.plan.model import Plan
from tests.unit.plan.town import planned


def _body(plan: Plan, place: int = 0) -> str:
    """The fragment's statement over its leaves."""
    return plan.fragments[place].text.split(") SELECT ", 1)[1]


PEOPLE = "psb.resident r left join tax.wage w on w.person_id = r.person_id"

PUSHED = [
    ("select score from psb.resident where score = 5", '"__s1"."score" = 5'),
    ("select score from psb.resident where score + 1 > 5 and score < 3", '"__s1"."score" < 3'),
    ("select score from psb.resident where district in ('a', 'b')", "\"__s1\".\"district\" IN ('a', 'b')"),
    ("select score from psb.resident where born <= date '2026-10-01' - interval 30 day", "<= CAST('2026-09-01' AS DATE)"),
    ("select score from psb.resident where not (score = 1 or district is null)", 'NOT ("__s1"."score" = 1 OR "__s1"."dist'),
    (f"select 1 from {PEOPLE} where r.score = 1", '"__s1"."score" = 1'),
    ("select 1 from tax.wage w right join psb.resident r on w.person_id = r.person_id where r.score = 1", '"score" = 1'),
    ("select 1 from (select score as s, upper(district) as u from psb.resident) x where s = 1 and u = 'A'", '"score" = 1'),
    (
        "select 1 from (select district, count(*) as n from psb.resident group by 1) x join tax.wage w on w.year = x.n"
        " where district = 'a'",
        "\"__s1\".\"district\" = 'a') AS \"resident\" GROUP BY",
    ),
    ("select score from psb.resident where score = 5.0", '"__s1"."score" = 5'),
    ("select score from psb.resident where score = 5.5", '"__s1"."score" = 5.5'),
    ("select score from psb.resident where born = '2026-01-02'", "CAST('2026-01-02' AS DATE)"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), PUSHED)
def test_conditions_move_to_their_leaf(sql: str, expected: str) -> None:
    plan = planned(sql)
    bodies = [_body(plan, n) for n, f in enumerate(plan.fragments) if f.source == "psb.main"]
    assert any(expected in body for body in bodies), bodies
    assert "WHERE" not in plan.residual or "+ 1" in sql or "upper" in sql


KEPT = [
    "select score from psb.resident where 10 / score > 1",
    "select score from psb.resident where upper(district) = 'A'",
    "select score from psb.resident where cast(district as integer) = 1",
    f"select 1 from {PEOPLE} where w.year = 2025 or w.year is null",
    f"select 1 from {PEOPLE} and r.score = 1",
    "select 1 from psb.resident r full join tax.wage w on w.person_id = r.person_id where r.score is null and w.year is null",
    "select n from (select score, row_number() over (order by score) as n from psb.resident) x where score = 1",
    "select 1 from (select score, count(*) as n from psb.resident group by 1) x where n = 1 and score + 1 = 2",
    "select 1 from psb.resident where score = (select max(year) from tax.wage)",
]


@pytest.mark.parametrize("sql", KEPT)
def test_everything_else_stays_at_the_gateway(sql: str) -> None:
    plan = planned(sql)
    for n in range(len(plan.fragments)):
        assert "WHERE" not in _body(plan, n), _body(plan, n)


@pytest.mark.parametrize(
    "sql",
    [
        *(sql for sql, _ in PUSHED),
        "select distinct district, 'x' as x, count(*) as n from psb.resident group by 1, 2 order by 3 limit 5",
        "select district, 1 as one from psb.resident limit 5",
        "select w.year, o.town from tax.wage w join tax.office o on o.uscc = w.uscc",
    ],
)
def test_without_push_a_source_is_asked_for_columns_only(sql: str) -> None:
    plan = planned(sql, push=False)
    for n, fragment in enumerate(plan.fragments):
        assert len(fragment.resources) == len(fragment.reads) == 1
        assert re.fullmatch(r'("__s\d"\."\w+" AS "\w+"(, )?)+ FROM "__s\d"', _body(plan, n)), _body(plan, n)
        assert not fragment.pushed
        assert {kept.reason for kept in fragment.kept_back} <= {"pushing is switched off"}
        assert fragment.source == "tax.main" or "IS TRUE" in fragment.text  # what governs stays where it was
    assert plan.columns == planned(sql).columns


def test_a_condition_above_a_limit_stays_above_it() -> None:
    body = _body(planned("select 1 from (select score from psb.resident limit 5) x where score = 1"))
    assert body.index("LIMIT") < body.index("WHERE")


def test_what_stays_has_its_reason() -> None:
    (fragment,) = planned("select score from psb.resident where 10 / score > 1").fragments
    assert [kept.text for kept in fragment.kept_back] == ['10 / "resident"."score" > 1']
    assert fragment.kept_back[0].reason == "DIV can raise, or is not declared exact at this source"


def test_a_condition_of_a_left_join_goes_to_its_right_side_only() -> None:
    plan = planned(
        "select r.score, w.year from psb.resident r left join tax.wage w on w.person_id = r.person_id and w.year = 2025"
    )
    assert ['"__s2"."year" = 2025' in _body(plan, n) for n in (0, 1)] == [False, True]


def test_slots_hold_the_raw_column_of_clear_columns_only() -> None:
    (fragment,) = planned(
        "select score from psb.resident where score between 1 and 5 and district = 'a' and person_id is null"
    ).fragments
    assert [str(c.operator) for c in fragment.reads[0].conjuncts if hasattr(c, "operator")] == [">=", "<=", "="]
    leaf = fragment.text.split(") SELECT ")[0]
    assert '"SFZH" IS NULL' not in leaf
    assert '"FS" >= ' not in leaf, "a column that is read as it is needs no second condition beside the statement's own"
    assert '"score" BETWEEN 1 AND 5' in fragment.text.removeprefix(leaf)


def test_only_read_columns_are_asked_for() -> None:
    plan = planned("select 1 from psb.resident r join tax.wage w using (person_id)")
    assert [f.schema.names for f in plan.fragments] == [["person_id"], ["person_id"]]


def test_a_leaf_of_which_only_rows_count_still_has_rows() -> None:
    plan = planned("select w.year from tax.wage w, psb.resident r")
    assert plan.fragments[1].schema.names == ["__row"]


@pytest.mark.parametrize(
    "sql",
    [
        "select district, count(*) as n, min(born), max(score), sum(score) from psb.resident group by all"
        " order by n desc, district limit 3",
        "select count(distinct district) from psb.resident where score > 1",
        "select district, count(*) filter (where score > 1) from psb.resident group by 1 having count(*) > 2",
        "select distinct district, score from psb.resident order by district limit 10 offset 2",
        "select o.town, count(*) from tax.wage w join tax.office o using (uscc) where w.year = 2025 group by 1",
        "select strftime(x.d, '%Y') from (select year as y, date '2026-01-01' as d from tax.wage) x where y > 1",
    ],
)
def test_a_query_of_one_source_is_one_fragment(sql: str) -> None:
    plan = planned(sql)
    assert len(plan.fragments) == 1
    for word in ("GROUP BY", "WHERE", "JOIN", "HAVING"):
        assert word not in plan.residual


@pytest.mark.parametrize(
    "sql",
    [
        "select sum(score + 1) from psb.resident",
        "select district, count(*) from psb.resident group by rollup (district)",
        "select median(score) from psb.resident",
        "select row_number() over (order by score) from psb.resident",
        "select upper(district), count(*) from psb.resident group by 1",
    ],
)
def test_what_the_source_does_not_declare_is_done_at_the_gateway(sql: str) -> None:
    plan = planned(sql)
    assert len(plan.fragments) == 1
    for word in ("GROUP BY", "count(", "sum(", "LIMIT"):
        assert word.lower() not in _body(plan).lower()


def test_sums_of_whole_numbers_stay_whole() -> None:
    assert "CAST" in planned("select sum(score) from psb.resident").residual


def test_limits_move_below_what_changes_no_row() -> None:
    plan = planned("select upper(district) from psb.resident order by score desc limit 5 offset 2")
    assert 'ORDER BY "__s1"."score" DESC NULLS LAST LIMIT 7' in _body(plan)
    assert "LIMIT 5" in plan.residual


@pytest.mark.parametrize(
    "sql",
    [
        "select upper(district) from psb.resident where score / 2 > 1 limit 5",
        "select distinct upper(district) from psb.resident limit 5",
        "select upper(district), row_number() over () from psb.resident limit 5",
        "select upper(r.district) from psb.resident r, tax.wage w limit 5",
        "select upper(district) from psb.resident order by upper(district) limit 5",
    ],
)
def test_limits_stay_above_what_does(sql: str) -> None:
    assert all("LIMIT" not in fragment.text for fragment in planned(sql).fragments)


def test_neighbours_meet_at_their_source_over_a_declared_key() -> None:
    plan = planned(
        "select r.score, o.town, w.year from tax.wage w join tax.office o using (uscc)"
        " join psb.resident r on r.person_id = w.person_id where o.town = 'x'"
        " and exists (select 1 from tax.office o2 where o2.uscc = w.uscc)"
    )
    joined = [f for f in plan.fragments if " JOIN " in f.text]
    assert [f.resources for f in joined] == [("tax.wage", "tax.office")]


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 from tax.office o, psb.resident r, tax.wage w where o.uscc = w.uscc and r.person_id = w.person_id",
        "select 1 from tax.office o join tax.wage w using (uscc) join psb.resident r on r.person_id = w.person_id",
    ],
)
def test_the_order_of_inner_joins_does_not_keep_neighbours_apart(sql: str) -> None:
    plan = planned(sql)
    assert [f.resources for f in plan.fragments if " JOIN " in f.text] == [("tax.wage", "tax.office")]


def test_neighbours_without_a_key_meet_at_the_gateway() -> None:
    plan = planned("select 1 from tax.wage v join tax.wage w using (uscc) join psb.resident r on r.person_id = w.person_id")
    assert len(plan.fragments) == 2  # wages once, for both places
    assert not any(" JOIN " in fragment.text for fragment in plan.fragments)


def test_a_disjunction_over_two_sources_is_asked_of_each_as_far_as_it_says_something_of_it() -> None:
    plan = planned(
        "select 1 from psb.resident r join tax.wage w on w.person_id = r.person_id"
        " where (r.score = 1 and w.year = 2024) or (r.score = 2 and w.year = 2025)"
    )
    assert [[(p.text, p.verdict.kind) for p in f.pushed] for f in plan.fragments] == [
        [('filter: "score" = 1 OR "score" = 2', "superset")],
        [('filter: "year" = 2024 OR "year" = 2025', "superset")],
    ]
    assert " OR " in plan.residual


def test_a_cte_that_is_read_twice_is_kept() -> None:
    plan = planned("with c as (select person_id as p from psb.resident) select 1 from c a join c b using (p)")
    assert [f.repeated for f in plan.fragments] == [True]
    assert [f.repeated for f in planned("with c as (select score from psb.resident) select * from c").fragments] == [False]


def test_explain_tells_in_directory_names_only() -> None:
    from fedquery.plan.explain import document, text

    plan = planned(
        "select r.name, w.total > 60000 as high from psb.resident r join tax.wage w using (person_id) where r.score > 1"
    )
    shown = text(plan) + str(document(plan))
    for physical in ("T_CZRK", "SFZH", "XM", "gzze", "sha256", "__s", "__f", "9901"):
        assert physical not in shown
    assert "psb is asked (psb.main, f1)" in shown
    assert "aggregate" not in shown


def test_a_hidden_order_is_replaced_by_that_of_the_values() -> None:
    for sql in ("select score from psb.resident limit 5", "select upper(district) from psb.resident order by score limit 5"):
        plan = planned(sql, hide_order=True)
        assert "LIMIT" not in plan.fragments[0].text
        assert "ORDER BY 1" in plan.residual or "ORDER BY 1, 2" in plan.residual
        assert plan.residual.index("ORDER BY 1") < plan.residual.index("LIMIT")
    assert "ORDER BY" not in planned("select score from psb.resident").residual
    ordered = planned("select score from psb.resident order by score desc", hide_order=True)
    assert "ORDER BY" not in ordered.fragments[0].text
    assert ordered.residual.endswith('ORDER BY "score" DESC') or "DESC" in ordered.residual.rsplit("ORDER BY", 1)[1]


def test_comments_reach_no_source() -> None:
    plan = planned("select /*! hi */ score -- hi\n from psb.resident /* hi */ where score /*+ hi */ = 5 -- hi")
    assert "/*" not in plan.fragments[0].text + plan.fragments[0].body + plan.residual
