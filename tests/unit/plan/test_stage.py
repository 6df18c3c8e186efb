"""Joins whose rows are sorted stand in CTEs of their own; the statement answers the same, and the rest stays as it is."""

from __future__ import annotations

import pytest
import sqlglot

from fedquery.plan.cut import cut
from fedquery.plan.optimize import optimize
from fedquery.plan.stage import stage
from tests.unit.plan.market import PROFILES, answer, bound, planned
from tests.unit.plan.test_rules import SEEDS, uncut

STAGED = [
    "select o_orderkey, c_name from orders join customer on c_custkey = o_custkey order by c_name desc, o_orderkey",
    "select o_orderkey as k, c_name as o_orderkey from orders left join customer on c_custkey = o_custkey order by k",
    "select c_name, row_number() over (partition by c_nationkey order by o_orderkey, c_name) as n"
    " from orders full join customer on c_custkey = o_custkey",
    "select c_name, count(*) as n from orders join customer on c_custkey = o_custkey where o_totalprice < c_acctbal"
    " group by c_name having max(o_totalprice) > 1 order by n, 1",
    "select x.k + 1 as k from (select o_orderkey as k from orders join customer on o_custkey <> c_custkey) x order by 1",
    "select k from (select o_orderkey as k from orders join part on p_partkey = o_custkey"
    " union all select c_custkey from customer join part on p_partkey = c_custkey) x order by k",
    "select distinct o_custkey, c_name from orders join customer on c_custkey = o_custkey order by 2, 1",
    "with c as (select o_orderkey as k, c_name as n from orders join customer on c_custkey = o_custkey)"
    " select a.k, b.n from c a join c b on a.k = b.k order by a.n, b.n, a.k",
    "select n, k from (select c_name as n, o_orderkey as k, rank() over (order by o_totalprice) as r"
    " from orders join customer on c_custkey = o_custkey) x where r < 3",
    "select o_orderkey from orders join customer on c_custkey = o_custkey qualify row_number() over (order by c_name, 1) = 1",
]
AS_IT_IS = [
    "select o_orderkey from orders order by o_totalprice",
    "select o_orderkey, c_name from orders join customer on c_custkey = o_custkey order by c_name, 1 limit 5",
    "select c_name, count(*) as n from orders join customer on c_custkey = o_custkey group by c_name",
    "select o_orderkey, (select count(*) from part) as n from orders join customer on c_custkey = o_custkey order by 1, c_name",
]


@pytest.mark.parametrize("sql", [*STAGED, *AS_IT_IS])
def test_it_answers_the_same(sql: str) -> None:
    statement = bound(sql)
    tree, context = optimize(statement, PROFILES)
    residual, pieces = cut(tree, context.leaves, PROFILES)
    plan = sqlglot.parse_one(uncut(stage(residual), pieces).sql("duckdb"), read="duckdb")
    for seed in SEEDS:
        assert answer(plan, context.leaves, seed) == answer(statement.tree, context.leaves, seed)


@pytest.mark.parametrize("sql", STAGED)
def test_a_sorted_join_stands_in_a_cte(sql: str) -> None:
    assert '"__j1" AS MATERIALIZED (' in planned(sql).residual


@pytest.mark.parametrize("sql", AS_IT_IS)
def test_what_is_not_a_sorted_join_stays_as_it_is(sql: str) -> None:
    assert "MATERIALIZED" not in planned(sql).residual


def test_what_the_residual_reads_more_than_once_is_known() -> None:
    plan = planned(
        "with a as (select o_custkey as k from orders where o_totalprice > 5),"
        " b as (select k from a join customer on c_custkey = k), c as (select k from b union all select k from b)"
        " select c.k from c join c as d on c.k = d.k join part on p_partkey = c.k order by 1"
    )
    assert {f.source: f.repeated for f in plan.fragments} == {"shop.main": True, "crm.main": True, "store.main": False}
