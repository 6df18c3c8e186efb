"""Which answers mean "of the rows you may see": told from the statement and the policy alone."""

from __future__ import annotations

import pytest

from tests.unit.plan.town import bound

CUT = "psb.resident"  # its slice is cut by a row filter; the slices of tax.wage are whole

MARKED = [
    ("select w.year from tax.wage w left join psb.resident r using (person_id)", ["LEFT JOIN"]),
    ("select w.year from psb.resident r right join tax.wage w using (person_id)", ["RIGHT JOIN"]),
    ("select w.year from tax.wage w full join psb.resident r using (person_id)", ["FULL JOIN"]),
    (
        "select year from tax.wage w where not exists (select 1 from psb.resident r where r.person_id = w.person_id)",
        ["NOT EXISTS"],
    ),
    ("select year from tax.wage w where person_id not in (select person_id from psb.resident)", ["NOT IN"]),
    ("select year from tax.wage w anti join psb.resident r using (person_id)", ["ANTI JOIN"]),
    ("select person_id from tax.wage except select person_id from psb.resident", ["EXCEPT"]),
    ("select year from tax.wage where year > all (select score from psb.resident)", ["ALL"]),
    ("select count(*) from psb.resident", ["aggregate"]),
    ("select district from psb.resident group by district having count(*) > 3", ["aggregate"]),
    ("select rank() over (order by score) from psb.resident", ["window"]),
    ("select year, (select max(score) from psb.resident) as m from tax.wage", ["aggregate", "scalar sub-query"]),
    ("select score from psb.resident order by score limit 3", ["LIMIT"]),
    ("select exists (select 1 from psb.resident)", ["EXISTS as a value"]),
    ("with c as (select person_id from psb.resident) select count(*) from c", ["aggregate"]),
    ("select year from tax.wage where year in (select score from psb.resident) is false", ["IN as a value"]),
]


@pytest.mark.parametrize(("sql", "operators"), MARKED)
def test_operators_that_are_not_monotone_mark_a_cut_slice(sql: str, operators: list[str]) -> None:
    marks = bound(sql).marks
    assert [mark.operator for mark in marks] == operators
    assert {mark.resource for mark in marks} == {CUT}
    assert "starts_with(district, :region)" in marks[0].reason
    assert "9901" not in marks[0].reason


@pytest.mark.parametrize(
    "sql",
    [
        "select score from psb.resident where score > 1",
        "select distinct district from psb.resident",
        "select r.score from psb.resident r left join tax.wage w using (person_id)",
        "select year from tax.wage w where exists (select 1 from psb.resident r where r.person_id = w.person_id)",
        "select year from tax.wage where person_id in (select person_id from psb.resident)",
        "select person_id from psb.resident except select person_id from tax.wage",
        "select count(*) from tax.wage",
        "select person_id from psb.resident union select person_id from tax.wage",
    ],
)
def test_monotone_answers_only_lack_rows(sql: str) -> None:
    assert bound(sql).marks == ()
