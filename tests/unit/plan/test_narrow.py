"""What a join computes of one relation alone may come computed: the same answers, and only where less comes then."""

from __future__ import annotations

import pytest

from fedquery.plan.narrow import computed, parts, take
from fedquery.plan.rules import isolate_leaves
from fedquery.plan.rules.context import Context
from tests.unit.plan.market import PROFILES, answer, bound, planned
from tests.unit.plan.test_rules import SEEDS, assert_same_answers

JOIN = "orders join part on o_orderkey = p_partkey"

#: Statements, each with the expressions that may come computed, as written.
NARROW = [
    (f"select sum(case when p_type like 'P%' then o_totalprice end) as s from {JOIN}", {"p_type LIKE 'P%'"}),
    (f"select sum(o_totalprice * (1 - o_shippriority)) as s, count(*) filter (where p_brand = 'a') as n from {JOIN}",
     {"o_totalprice * (1 - o_shippriority)"}),  # what a FILTER reads stays
    (f"select length(p_name) as n, upper(p_brand) as b, p_brand from {JOIN}", {"LENGTH(p_name)"}),
    (f"select distinct length(p_name) as n, o_orderdate is null as o from {JOIN} order by n, o",
     {"LENGTH(p_name)", "o_orderdate IS NULL"}),
    (f"select length(p_name) as n, count(*) as c from {JOIN} group by length(p_name) having count(*) > 0 order by 1",
     {"LENGTH(p_name)"}),
    (f"select length(p_name) + 1 as n, count(*) as c from {JOIN} group by length(p_name)", {"LENGTH(p_name)"}),
    (f"select p_name || 'x' as n, count(*) as c from {JOIN} group by p_name", set()),
    ("select count(*) as n from orders join part on length(o_comment) = length(p_name)"
     " where o_custkey = p_size or p_brand = 'b'",
     {"LENGTH(o_comment)", "LENGTH(p_name)", "p_brand = 'b'"}),
    ("select p_name is null as n, o_comment is null as c from orders left join part on o_orderkey = p_partkey",
     {"o_comment IS NULL"}),
    ("select coalesce(p_brand, 'none') as b from orders right join part on o_orderkey = p_partkey"
     " where coalesce(o_custkey, 0) < 9",
     {"COALESCE(p_brand, 'none')"}),
    ("select o_orderkey from orders semi join part on o_orderkey = p_partkey and p_brand || p_type = o_comment",
     {"p_brand || p_type"}),
    (f"select row_number() over (order by length(p_name), o_orderkey) as n from {JOIN}", set()),
    (f"select length(p_name) as n from {JOIN} where o_custkey in (select c_custkey from customer where c_name = p_name)",
     set()),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expressions"), NARROW, ids=range(len(NARROW)))
def test_what_comes_computed_answers_the_same(sql: str, expressions: set[str]) -> None:
    statement = bound(sql)
    context = Context(dict(statement.leaves), PROFILES)
    tree = isolate_leaves(statement.tree.copy(), context)
    taken = set()
    for relation, part in list(parts(tree)):
        taken |= {_bare(nodes[0].sql("duckdb")) for nodes in part.units.values()}
        take(relation, part, computed(relation, part))
    assert taken == expressions
    for seed in SEEDS:
        assert answer(tree, context.leaves, seed) == answer(statement.tree, context.leaves, seed), tree.sql(
            "duckdb", pretty=True
        )


@pytest.mark.parametrize("sql", [sql for sql, _ in NARROW], ids=range(len(NARROW)))
def test_plans_that_have_it_computed_answer_the_same(sql: str) -> None:
    assert_same_answers(sql)


def test_a_text_is_not_sent_where_a_truth_value_does() -> None:
    plan = planned(f"select sum(case when p_type like 'P%' then o_totalprice end) as s from {JOIN}")
    (part,) = [fragment for fragment in plan.fragments if fragment.source == "store.main"]
    assert [str(type) for type in part.schema.types] == ["int64", "bool"]


def test_what_is_no_narrower_or_can_raise_is_left() -> None:
    wider = planned(f"select p_size + 1 as n, o_comment from {JOIN}")
    raising = planned(f"select cast(p_name as integer) as n, o_comment from {JOIN}")
    for plan, column in ((wider, "p_size"), (raising, "p_name")):
        (part,) = [fragment for fragment in plan.fragments if fragment.source == "store.main"]
        assert part.schema.names == ["p_partkey", column]


def _bare(text: str) -> str:
    for alias in ("orders", "part"):
        text = text.replace(f'"{alias}".', "").replace(f"{alias}.", "")
    return text.replace('"', "")
