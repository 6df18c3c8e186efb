"""Aggregates in two steps: the same answers and types, and only where a source can fold, and folding leaves fewer rows."""

from __future__ import annotations

import pytest

from fedquery.names import ResourceName
from fedquery.plan.estimates import Estimates
from fedquery.plan.partial import in_two_steps
from fedquery.plan.rules import isolate_leaves
from fedquery.plan.rules.context import Context
from fedquery.spi import TableStatistics
from tests.unit.plan.market import PROFILES, answer, bound, planned
from tests.unit.plan.test_rules import SEEDS, assert_same_answers

SALES = "orders join customer on o_custkey = c_custkey"

#: Statements, each with how many of its relations can be folded first.
SPLIT = [
    (f"select c_name, sum(o_totalprice) as s, count(*) as n, count(o_comment) as c, min(o_orderdate) as a, max(o_comment) as z"
     f" from {SALES} group by c_name", 1),
    (f"select sum(o_totalprice) as s, count(*) as n, count(o_comment) as c from {SALES}", 1),
    ("select o_orderstatus, sum(l_quantity) + 1 as s from orders, lineitem where o_orderkey = l_orderkey"
     " and l_tax < o_totalprice group by o_orderstatus having count(*) > 1 order by sum(l_quantity) desc", 1),
    ("select p_brand, sum(l_linenumber) as s from lineitem join part on l_partkey = p_size group by p_brand", 1),
    ("select p_brand, sum(l_extendedprice * (1 - l_discount)) as s from part left join lineitem on l_partkey = p_partkey"
     " group by p_brand", 1),
    ("select c_custkey, count(o_orderkey) as n from customer left join orders on o_custkey = c_custkey group by c_custkey", 1),
    ("select c_custkey, count(*) as n from customer left join orders on o_custkey = c_custkey group by c_custkey", 1),
    ("select c_custkey, count(1) as n from customer left join orders on o_custkey = c_custkey group by c_custkey", 1),
    ("select c_custkey, max(coalesce(o_totalprice, 1)) as m from customer left join orders on o_custkey = c_custkey"
     " group by c_custkey", 0),
    ("select c_custkey, max(-o_totalprice) as m from customer left join orders on o_custkey = c_custkey group by c_custkey", 1),
    (f"select c_name, c_nationkey as k, sum(o_totalprice) as s, count(*) as n from {SALES} group by rollup (c_name, k)", 1),
    ("select n_name, count(*) as n from customer, nation where c_nationkey = n_nationkey group by n_name", 2),
    ("select o_orderstatus, sum(o_totalprice) filter (where o_custkey > 1) as s from orders semi join lineitem"
     " on l_orderkey = o_orderkey anti join part on p_partkey = o_custkey group by o_orderstatus", 1),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "forms"), SPLIT)
def test_two_steps_answer_as_one(sql: str, forms: int) -> None:
    statement = bound(sql)
    context = Context(dict(statement.leaves), PROFILES)
    tree = isolate_leaves(statement.tree.copy(), context)
    found = [outer for outer, _ in in_two_steps(tree, lambda query: True)]
    assert len(found) == forms
    for seed in SEEDS:
        right = answer(tree, context.leaves, seed)
        for outer in found:
            assert answer(outer, context.leaves, seed) == right, outer.sql("duckdb", pretty=True)


@pytest.mark.parametrize("sql", [sql for sql, _ in SPLIT])
def test_a_plan_that_folds_wherever_it_can_answers_the_same(sql: str) -> None:
    assert_same_answers(sql, folds=lambda query, leaves: True)


@pytest.mark.parametrize(
    "sql",
    [
        f"select c_name, sum(o_totalprice + c_acctbal) as s from {SALES} group by c_name",
        f"select c_name, sum(o_totalprice) as s, max(c_acctbal) as m from {SALES} group by c_name",
        f"select c_name, count(distinct o_orderdate) as n from {SALES} group by c_name",
        f"select c_name, avg(o_totalprice) as a from {SALES} group by c_name",
        f"select c_name, sum(sum(o_totalprice)) over () as a from {SALES} group by c_name",
        f"select c_name, sum(o_totalprice) as s from {SALES} where o_custkey > (select max(p_size) from part) group by c_name",
        "select c_name, sum(o_totalprice) as s from orders right join customer on o_custkey = c_custkey group by c_name",
        "select sum(o_totalprice) as s from orders, part",
        "select o_orderstatus, sum(o_totalprice) as s from orders group by o_orderstatus",
    ],
)
def test_what_does_not_split_is_left(sql: str) -> None:
    statement = bound(sql)
    tree = isolate_leaves(statement.tree.copy(), Context(dict(statement.leaves), PROFILES))
    assert list(in_two_steps(tree, lambda query: True)) == []


def test_a_source_folds_where_that_leaves_fewer_rows() -> None:
    folded = f"select c_name, sum(o_totalprice) as s, count(*) as n from {SALES} group by c_name"
    (orders,) = [f for f in planned(folded).fragments if f.source == "shop.main"]
    assert 'GROUP BY "orders"."o_custkey"' in orders.text
    assert orders.schema.names == ["o_custkey", "__v1", "__v2"]
    by_key = "select p_brand, sum(o_totalprice) as s from orders join part on o_orderkey = p_partkey group by p_brand"
    many_keys = (
        "select p_brand, sum(l_tax) as s from lineitem join part on l_partkey = p_partkey and l_suppkey < p_size group by 1"
    )
    for sql in (by_key, many_keys):
        assert not any("GROUP BY" in fragment.text for fragment in planned(sql).fragments)


AVERAGES = [
    f"select c_name, avg(o_totalprice) as a from {SALES} group by c_name",
    f"select c_name, avg(o_shippriority) as a, avg(o_totalprice) filter (where o_custkey > 1) as b from {SALES} group by c_name"
    " having avg(o_totalprice) > 1 order by avg(o_totalprice)",
    f"select avg(o_totalprice) * 2 as a, sum(o_totalprice) as s, count(*) as n from {SALES}",
    "select c_custkey, avg(o_totalprice) as a from customer left join orders on o_custkey = c_custkey group by c_custkey",
    "select c_nationkey as k, avg(o_custkey) as a from orders join customer on o_custkey = c_custkey group by rollup (k)",
]


@pytest.mark.parametrize("sql", AVERAGES)
def test_an_average_is_folded_as_its_sum_and_its_count(sql: str) -> None:
    """To the last bit: answers are compared as they are, types included."""
    (orders,) = [fragment for fragment in planned(sql).fragments if fragment.source == "shop.main"]
    assert 'GROUP BY "orders"."o_custkey"' in orders.text
    assert_same_answers(sql, folds=lambda query, leaves: True)


@pytest.mark.parametrize(
    "average",
    ["avg(distinct o_totalprice)", "avg(o_totalprice * 2)", "avg(cast(o_custkey as double))", "avg(o_totalprice) over ()"],
)
def test_other_averages_are_computed_over_the_joined_rows(average: str) -> None:
    group = "" if "over" in average else "group by c_name"
    (orders,) = [f for f in planned(f"select c_name, {average} as a from {SALES} {group}").fragments if f.source == "shop.main"]
    assert "GROUP BY" not in orders.text


def test_columns_of_a_row_whose_key_is_known_add_no_groups() -> None:
    large = Estimates(
        {ResourceName("shop", "lineitem"): TableStatistics(6e6), ResourceName("shop", "orders"): TableStatistics(1.5e6)}
    )
    sql = (
        "select c_name, {key}, o_orderdate, o_totalprice, sum(l_quantity) as s from customer, orders, lineitem"
        " where c_custkey = o_custkey and o_orderkey = l_orderkey group by all"
    )
    for key in ("o_orderkey", "l_orderkey"):
        (sales,) = [f for f in planned(sql.format(key=key), large).fragments if f.source == "shop.main"]
        assert "GROUP BY" in sales.text
    without = sql.format(key="o_comment")
    assert not any("GROUP BY" in fragment.text for fragment in planned(without, large).fragments)


EXISTENCE = [
    "select c_name from customer where not exists (select 1 from orders where o_custkey = c_custkey)",
    "select c_name from customer where c_custkey in (select o_custkey from orders where o_totalprice > 1)",
    "select p_partkey as k from part intersect select o_custkey from orders",
    "select p_partkey as k from part except select o_custkey from orders",
    "select o_custkey as k from orders union select p_partkey from part",
]


@pytest.mark.parametrize("sql", EXISTENCE)
def test_what_is_asked_for_its_existence_is_asked_once(sql: str) -> None:
    (orders,) = [fragment for fragment in planned(sql).fragments if fragment.source == "shop.main"]
    assert 'GROUP BY "' in orders.text
    assert_same_answers(sql, folds=lambda query, leaves: True)


def test_what_has_a_key_or_counts_is_asked_as_it_is() -> None:
    by_key = "select c_name from customer where c_custkey in (select o_orderkey from orders)"
    counts = "select p_partkey as k from part union all select o_custkey from orders"
    for sql in (by_key, counts):
        assert not any("GROUP BY" in fragment.text for fragment in planned(sql).fragments)


def test_sums_of_floats_are_not_folded() -> None:
    sql = "select p_brand, sum(o_totalprice / 3) as s from orders join part on o_custkey = p_partkey group by p_brand"
    assert not any("GROUP BY" in fragment.text for fragment in planned(sql).fragments)
