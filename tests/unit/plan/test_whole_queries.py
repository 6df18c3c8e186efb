"""What one source can answer whole is one fragment: derived tables, sub-queries, set operations; and what is not."""

from __future__ import annotations

import pytest

from tests.unit.plan import town
from tests.unit.plan.market import planned
from tests.unit.plan.test_rules import assert_same_answers

#: Statements over one source, each with what its fragment has to do.
WHOLE = [
    ("select o_orderkey as k from orders union all select l_orderkey from lineitem", "UNION ALL"),
    ("select o_orderkey as k from orders union select l_orderkey from lineitem", "UNION"),
    ("select o_orderkey as k from orders intersect select l_orderkey from lineitem where l_quantity > 1", "INTERSECT"),
    ("select x.k, count(*) as n from (select o_orderkey as k from orders except select l_orderkey from lineitem) x group by 1",
     "EXCEPT"),
    ("select o_orderkey from orders where o_custkey not in (select l_partkey from lineitem where l_tax > 1)", "NOT"),
    ("select o_orderkey from orders where o_totalprice > 1 or o_custkey in (select l_partkey from lineitem)", "OR"),
    ("select o_orderkey from orders where exists (select 1 from lineitem where l_orderkey < o_orderkey)", "EXISTS"),
    ("select o_orderkey from orders where exists (select 1 from lineitem where l_tax > 4) and o_custkey = 1", "EXISTS"),
    ("select o_orderkey from orders where o_totalprice > (select max(l_extendedprice) from lineitem)", "MAX"),
    ("select o_orderkey, (select max(l_extendedprice) from lineitem) as m from orders", "MAX"),
    ("select o_custkey, count(*) as n from orders group by 1 having count(*) > (select count(*) from lineitem where l_tax > 4)",
     "HAVING"),
    ("select x.c, max(x.n) as m from (select o_custkey as c, o_orderstatus as s, count(*) as n from orders group by 1, 2) x"
     " where x.n > 1 group by 1", "MAX"),
    ("select sum(ps_supplycost * ps_availqty) as s from partsupp", "SUM"),
    ("with c as (select distinct o_custkey as k from orders) select k from c join lineitem on l_partkey = k", "DISTINCT"),
    ("select x.k, x.n from (select l_orderkey as k, sum(l_quantity) as n from lineitem group by 1) x"
     " join orders on o_orderkey = x.k where x.n > 2.5", "SUM"),
    ("select o_orderkey from orders where o_totalprice > (select sum(l_tax) from lineitem where l_orderkey = o_orderkey)",
     "SUM"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "word"), WHOLE)
def test_a_query_over_one_source_is_one_fragment(sql: str, word: str) -> None:
    (fragment,) = planned(sql).fragments
    assert word in fragment.text
    residual = planned(sql).residual
    assert not any(clause in residual for clause in ("WHERE", "JOIN", "GROUP BY", "UNION", "HAVING")), residual
    assert "__s" not in str([done.text for done in fragment.pushed])


#: Statements over one source that cannot answer all of them, but join.
JOINED = [
    "select l_quantity, o_totalprice / 2 as h from lineitem join orders on o_orderkey = l_orderkey where l_tax > 4",
    "select count(*) as n, median(l_tax) as m from lineitem left join orders on o_orderkey = l_orderkey and o_custkey = 1",
    "select x.h from (select o_totalprice / l_quantity as h from lineitem join orders on o_orderkey = l_orderkey) x"
    " where x.h > 1 order by 1 limit 3",
    "select 1 / 2 as h from lineitem join orders on o_orderkey = l_orderkey where l_tax / 2 > 1",
]


@pytest.mark.parametrize("sql", JOINED)
def test_one_source_joins_what_it_cannot_answer(sql: str) -> None:
    (fragment,) = planned(sql).fragments
    assert "JOIN" in fragment.text
    assert "JOIN" not in planned(sql).residual


def test_one_source_does_not_multiply_rows() -> None:
    assert len(planned("select l_tax / 2 as h, o_comment from lineitem join orders on o_custkey = l_suppkey").fragments) == 2


@pytest.mark.parametrize("sql", [*(sql for sql, _ in WHOLE), *JOINED])
def test_it_answers_the_same(sql: str) -> None:
    assert_same_answers(sql)


@pytest.mark.parametrize(
    ("sql", "fragments"),
    [
        ("select o_orderkey as k from orders union all select p_partkey from part", 2),
        ("select o_orderkey as k from orders union all select l_linenumber from lineitem", 2),
        ("select o_orderkey from orders where o_totalprice > (select l_tax from lineitem)", 2),
        ("select o_orderkey from orders where o_custkey not in (select p_partkey from part)", 2),
        ("select o_orderkey as k from orders union all select l_orderkey from lineitem order by 1 limit 3", 2),
    ],
)
def test_what_one_source_cannot_answer_is_not(sql: str, fragments: int) -> None:
    assert len(planned(sql).fragments) == fragments


def test_what_can_raise_does_not_stand_beside_what_is_hidden() -> None:
    raising = "select x.t from (select town as t from tax.office where cast(town as integer) > 1) x where exists (select 1 from"
    open_to_all, hidden = f"{raising} tax.wage where year > 1)", f"{raising} tax.wage where person_id is not null)"
    assert len(town.planned(open_to_all).fragments) == 1
    plan = town.planned(hidden)
    assert not any("CAST" in fragment.text for fragment in plan.fragments)  # without a wage DuckDB would not compute it
    assert "CAST" in plan.residual
    assert len(plan.fragments) == 2


def test_what_may_not_be_needed_is_asked_with_room_or_not_at_all() -> None:
    """Of a join that is empty DuckDB computes nothing, and an overflow at the source would refuse the statement."""
    alone = "select l_orderkey, {} as v from lineitem group by l_orderkey"
    beside = f"select p_brand, v from ({alone}) x join part on l_orderkey = p_partkey"
    for value, asked in (("sum(l_extendedprice * l_discount)", True), ("max(l_extendedprice * l_discount)", False)):
        assert "AS numeric(18,4))" in _lines(alone.format(value))  # it raises where DuckDB does
        assert ("GROUP BY" in _lines(beside.format(value))) == asked
        assert "AS numeric(18,4))" not in _lines(beside.format(value))


def _lines(sql: str) -> str:
    (text,) = (fragment.text for fragment in planned(sql).fragments if "lineitem" in fragment.text)
    return text
