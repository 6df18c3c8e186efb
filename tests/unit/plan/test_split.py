"""Reading in parts: for what is row by row over one leaf, or meets in groups of a value only; one text for every part."""

from __future__ import annotations

import pytest

from fedquery.plan.fill import fill
from tests.unit.plan.town import planned

CONDITION = (
    "ctid >= CAST(current_setting('fedquery.part.low') AS tid) AND ctid < CAST(current_setting('fedquery.part.high') AS tid)"
)


@pytest.mark.parametrize(
    "sql",
    [
        "select score from psb.resident",
        "select score + 1 as s, upper(district) as d from psb.resident where score between 2 and 5 or district is null",
        "select district, count(*) as n from psb.resident where 10 / score > 1 group by 1",
        "select r.score, w.year from psb.resident r join tax.wage w on w.person_id = r.person_id",
    ],
)
def test_a_row_by_row_fragment_can_be_read_in_parts(sql: str) -> None:
    fragment = next(f for f in planned(sql).fragments if f.source == "psb.main")
    assert fragment.split is not None
    leaf, body = fragment.split.split(") SELECT ", 1)
    assert leaf.endswith(CONDITION)
    for word in (f" AND {CONDITION}", f" WHERE {CONDITION}"):
        leaf = leaf.removesuffix(word)
    assert f"{leaf}) SELECT {body}" == fragment.text


@pytest.mark.parametrize(
    "sql",
    [
        "select district, count(*) as n from psb.resident group by 1",
        "select max(score) as m from psb.resident",
        "select distinct district from psb.resident",
        "select score from psb.resident limit 5",
        "select score from psb.resident order by score limit 5",
        "select a.score from psb.resident a join psb.resident b on a.person_id = b.person_id",
    ],
)
def test_what_looks_at_several_rows_is_read_whole(sql: str) -> None:
    assert [f.split for f in planned(sql).fragments] == [None]


def test_only_where_the_source_has_parts() -> None:
    assert [f.split for f in planned("select year from tax.wage").fragments] == [None]


def test_what_keys_narrow_is_read_whole() -> None:
    sql = (
        "select r.score, w.year from psb.resident r join (select * from tax.wage where year = 1) w on w.person_id = r.person_id"
    )
    plan = planned(sql, egress={"tax.wage.person_id": ("psb",)})
    taker = next(f for f in plan.fragments if f.source == "psb.main")
    assert taker.split is not None
    assert fill(taker, {slot.name: ("k",) for slot in taker.slots}).split is None
    assert fill(taker, {}).split == taker.split


BY = "BETWEEN CAST(current_setting('fedquery.part.low') AS bigint) AND CAST(current_setting('fedquery.part.high') AS bigint)"


@pytest.mark.parametrize(
    "sql",
    [
        "select score, count(*) as n from psb.resident group by 1",
        "select district, score, count(*) as n from psb.resident where district <> 'x' group by all having count(*) > 1",
        "select score from (select score, count(*) as n from psb.resident group by 1) x where n = 2",
    ],
)
def test_groups_can_be_asked_for_in_parts(sql: str) -> None:
    (fragment,) = planned(sql).fragments
    assert fragment.split is not None
    assert (fragment.split_by, fragment.split.count(BY)) == ("FS", 1)
    assert fragment.split.split(BY)[0].count(") SELECT ") == 0, "in the leaf"


@pytest.mark.parametrize(
    "sql",
    [
        "select district, count(*) as n from psb.resident group by 1",
        "select score + 1 as s, count(*) as n from psb.resident group by 1",
        "select count(*) as n from psb.resident group by score",
        "select score, count(*) as n from psb.resident group by 1 order by 2 desc limit 5",
        "select count(*) as n from (select score from psb.resident group by 1) x",
        "select n, count(*) as k from (select score, count(*) as n from psb.resident group by 1) x group by 1",
        "select a.score, count(*) as n from psb.resident a join psb.resident b on a.person_id = b.person_id group by 1",
    ],
)
def test_groups_that_a_part_might_cut_are_asked_for_whole(sql: str) -> None:
    assert [f.split_by for f in planned(sql).fragments] == [None]
