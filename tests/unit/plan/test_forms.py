"""Tokens, join-only, verify and masked columns: what may be done with each, by lineage and not by name."""

from __future__ import annotations

import pytest

from fedquery.errors import AccessDenied, TypeProblem
from tests.unit.plan.town import bound

TOKENS_REFUSED = [
    "select * from psb.resident where person_id = '990101199001011234'",
    "select * from psb.resident where person_id in ('a', 'b')",
    "select * from psb.resident where person_id like '99%'",
    "select * from psb.resident where person_id > 'a'",
    "select * from psb.resident where person_id = name",
    "select * from psb.resident r join tax.wage w on r.person_id = w.uscc",
    "select * from psb.resident where person_id in (select uscc from tax.wage)",
    "select upper(person_id) from psb.resident",
    "select person_id || 'x' from psb.resident",
    "select left(p, 3) from (select person_id as p from psb.resident) x",
    "select person_id from psb.resident union select district from psb.resident",
    "select person_id from psb.resident union select uscc from tax.wage",
    "select coalesce(person_id, 'none') from psb.resident",
    "select case person_id when 'a' then 1 end from psb.resident",
    "select case when score > 1 then person_id else 'x' end from psb.resident",
    "with c as (select person_id as p from psb.resident) select 1 from c where p = 'x'",
    "select 1 from psb.resident where person_id between 'a' and 'b'",
    "select max(person_id) || '' from psb.resident",
    "select length(person_id) from psb.resident",
    "select 1 from psb.resident where person_id = (select max(district) from psb.resident)",
    "select string_agg(person_id, ',') from psb.resident",
    "select 1 from psb.resident where (person_id, score) in (select uscc, year from tax.wage)",
]


@pytest.mark.parametrize("sql", TOKENS_REFUSED)
def test_a_token_meets_only_tokens_of_its_domain(sql: str) -> None:
    with pytest.raises(TypeProblem) as problem:
        bound(sql)
    assert problem.value.span is not None


@pytest.mark.parametrize(
    "sql",
    [
        "select r.person_id from psb.resident r join tax.wage w on r.person_id = w.person_id",
        "select person_id from psb.resident where person_id in (select person_id from tax.wage)",
        "select person_id, count(*) from psb.resident group by person_id order by person_id",
        "select count(distinct person_id), min(person_id) from psb.resident",
        "select coalesce(r.person_id, w.person_id) from psb.resident r full join tax.wage w using (person_id)",
        "select distinct person_id from psb.resident union select person_id from tax.wage",
        "select case when score > 1 then person_id end from psb.resident",
        "select 1 from psb.resident where person_id is not null",
        "select row_number() over (partition by person_id order by score) from psb.resident",
        "select lag(person_id) over (order by score) from psb.resident",
        "select 1 from psb.resident r where exists (select 1 from tax.wage w where w.person_id = r.person_id)",
        "select 1 from psb.resident where person_id is distinct from null",
    ],
)
def test_tokens_can_be_joined_grouped_counted_and_shown(sql: str) -> None:
    assert bound(sql).schema.names


def test_a_clear_column_never_meets_a_token() -> None:
    with pytest.raises(TypeProblem, match="can never be equal"):
        bound("select 1 from psb.resident r join tax.wage w using (person_id)", wage={"person_id": "clear"})


JOIN = {"person_id": "join"}


@pytest.mark.parametrize(
    "sql",
    [
        "select w.person_id from tax.wage w",
        "select p from (select person_id as p from tax.wage) x",
        "select coalesce(person_id, null) from tax.wage",
        "select count(person_id) from tax.wage",
        "select count(*) from tax.wage group by person_id",
        "select year from tax.wage order by person_id",
        "select max(person_id) from tax.wage",
        "select distinct person_id from tax.wage",
        "select (select max(person_id) from tax.wage)",
        "select row_number() over (partition by person_id) from tax.wage",
    ],
)
def test_a_join_only_column_is_never_shown_grouped_or_counted(sql: str) -> None:
    with pytest.raises(AccessDenied):
        bound(sql, wage=JOIN)


@pytest.mark.parametrize(
    "sql",
    [
        "select r.score from psb.resident r join tax.wage w using (person_id)",
        "select r.score from psb.resident r left join tax.wage w on w.person_id = r.person_id where w.person_id is null",
        "select score from psb.resident where person_id in (select person_id from tax.wage)",
        "select x.year from (select person_id as p, year from tax.wage) x join psb.resident r on r.person_id = x.p",
    ],
)
def test_a_join_only_column_joins(sql: str) -> None:
    assert bound(sql, wage=JOIN).schema.names


VERIFY_REFUSED = [
    "select total from tax.wage",
    "select * from tax.wage where total > 50000",
    "select * from tax.wage where total = 60000",
    "select * from tax.wage where total between 60000 and 61000",
    "select case when total > 50000 then 1 end from tax.wage",
    "select year from tax.wage order by total",
    "select sum(total) from tax.wage",
    "select coalesce(total, 0) <= 60000 from tax.wage",
    "select total + 1 > 60000 from tax.wage",
    "select total is null from tax.wage",
    "select count(distinct total) from tax.wage",
    "select 1 from tax.wage a join tax.wage b on a.total = b.total",
    "select t > 60000 from (select total as t from tax.wage) x",
]


@pytest.mark.parametrize("sql", VERIFY_REFUSED)
def test_a_verify_column_answers_its_rules_only(sql: str) -> None:
    with pytest.raises(AccessDenied, match="can be verified, not read") as denied:
        bound(sql)
    assert "total > 60000" in (denied.value.hint or "")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select total > 60000 as a from tax.wage", '"wage"."total > 60000.00" AS "a"'),
        ("select 60000.00 < total as a from tax.wage", '"wage"."total > 60000.00" AS "a"'),
        ("select total <= 60000 as a from tax.wage", '(NOT "wage"."total > 60000.00") AS "a"'),
        ("select 60000 >= (total) as a from tax.wage", '(NOT "wage"."total > 60000.00") AS "a"'),
        ("select total > $line as a from tax.wage", '"wage"."total > 60000.00" AS "a"'),
    ],
)
def test_rules_match_after_normalisation(sql: str, expected: str) -> None:
    parameters = {"line": 60000} if "$" in sql else None
    assert expected in bound(sql, parameters).tree.sql("duckdb")


MASKED_REFUSED = [
    ("filter", "select 1 from psb.resident where name = '张*'"),
    ("filter", "select 1 from psb.resident where upper(name) = 'X'"),
    ("filter", "select 1 from (select name as n from psb.resident) x where n = 'x'"),
    ("filter", "select count(*) from psb.resident group by district having max(district) = min(name)"),
    ("filter", "select count(*) filter (where name = 'x') from psb.resident"),
    ("filter", "select 1 from tax.wage where exists (select 1 from psb.resident where name = 'x')"),
    ("filter", "select 1 from psb.resident where score in (select length(name) from psb.resident)"),
    ("filter", "select 1 from psb.resident r join tax.wage w on r.person_id = w.person_id and r.name = 'x'"),
    ("join", "select 1 from psb.resident a join psb.resident b on a.name = b.name"),
    ("join", "select 1 from psb.resident a join psb.resident b using (name)"),
    ("group", "select name, count(*) from psb.resident group by name"),
    ("group", "select name, count(*) from psb.resident group by all"),
    ("group", "select count(*) from psb.resident group by 'x' || name"),
    ("group", "select distinct name from psb.resident"),
    ("group", "select name from psb.resident union select name from psb.resident"),
    ("group", "select sum(score) over (partition by name) from psb.resident"),
    ("order", "select score from psb.resident order by name"),
    ("order", "select name as n from psb.resident order by n"),
    ("order", "select name from psb.resident order by 1"),
    ("order", "select row_number() over (order by name) from psb.resident"),
    ("aggregate", "select max(name) from psb.resident"),
    ("aggregate", "select count(name) from psb.resident"),
    ("aggregate", "select count(distinct name) from psb.resident"),
]


@pytest.mark.parametrize(("use", "sql"), MASKED_REFUSED)
def test_a_masked_column_needs_the_right_to_its_use(use: str, sql: str) -> None:
    with pytest.raises(AccessDenied, match=r"psb\.resident\.name is given masked"):
        bound(sql)


@pytest.mark.parametrize(("use", "sql"), MASKED_REFUSED)
def test_with_the_rights_it_may(use: str, sql: str) -> None:
    rights = ["filter", "join", "group", "order", "aggregate"]
    assert bound(sql, resident={"name": {"form": "keep(1,0)", "use": rights}}).schema.names


@pytest.mark.parametrize(
    "sql",
    [
        "select name, upper(name), case when name = 'x' then 1 end from psb.resident",
        "select n from (select name as n from psb.resident) x",
        "with c as (select name as n from psb.resident) select n from c union all select n from c",
    ],
)
def test_a_masked_column_can_be_selected(sql: str) -> None:
    columns = bound(sql).columns
    assert columns[0].form == "keep(1,0)"
    assert columns[0].origins == ("psb.resident.name",)


def test_uses_are_told_for_the_evidence() -> None:
    uses = bound("select r.name from psb.resident r join tax.wage w using (person_id) where r.score > 1 order by r.born").uses
    assert uses == {
        "psb.resident": {"born": ("order",), "name": ("select",), "person_id": ("join",), "score": ("filter",)},
        "tax.wage": {"person_id": ("join",)},
    }
