"""Columns of one name in a derived table are told apart as DuckDB tells them apart, by name and by value."""

from __future__ import annotations

import doctest

import pytest

from fedquery.errors import AmbiguousName, TypeProblem, UnknownName, UnsupportedSql
from fedquery.plan import names_apart
from fedquery.plan.cut import cut
from fedquery.plan.optimize import optimize
from fedquery.plan.parse import parse
from tests.unit.plan import town
from tests.unit.plan.market import PROFILES, answer, bound, stocked
from tests.unit.plan.test_rules import SEEDS, uncut

ONE = "part a join part b on a.p_size = b.p_size"
TWO = "orders a join part b on a.o_custkey = b.p_size join orders c on c.o_orderkey = a.o_custkey"
STATEMENTS = [
    f"select * from (select a.p_partkey, b.p_partkey from {ONE}) x",
    f"select x.p_partkey as first from (select a.p_partkey, b.p_partkey from {ONE}) x",
    f"select p_partkey_1, x.p_partkey from (select a.p_partkey, b.p_partkey from {ONE}) x where p_partkey_1 > 1",
    f"select * from (select * from {ONE}) x",
    f"select * from (select * from (select * from {TWO}) x join orders d on d.o_orderkey = x.o_orderkey_1) y",
    f"select y.* from (select x.*, x.* from (select a.p_name, b.p_name from {ONE}) x) y",
    f"with x as (select a.p_partkey, b.p_partkey from {ONE}) select * from x",
    f"with x as (select * from {TWO}) select o_orderkey, o_orderkey_1 from x group by all",
    f"with x(k) as (select a.p_partkey, b.p_partkey, b.p_partkey from {ONE}) select * from x",
    f"with x(p_size) as (select a.p_partkey, b.p_size from {ONE}) select * from x",
    f"select * from (select a.p_partkey, b.p_partkey from {ONE} union all select p_size, 7 from part) x",
    f"select * from ((select a.p_partkey, b.p_partkey from {ONE}) intersect (select p_partkey, p_size from part)) x",
    f"select * from (select a.p_partkey as k, b.p_partkey as k_1, b.p_size as k, a.p_size as K from {ONE}) x",
    f"select k_1 from (select a.p_partkey as k, b.p_partkey as k_1, b.p_size as k from {ONE}) x",
    "select * from (select p_size as k, p_partkey as k from part order by k limit 3) x",
    "select k, k_1 from (select p_size as k, max(p_partkey) as k from part group by p_size having max(p_partkey) > 1) x",
    f"select p_partkey from part where p_size in (select p_partkey_1 from (select a.p_partkey, b.p_partkey from {ONE}) x)",
    f"select max(x.p_size), max(x.p_size_1) from (select * from {ONE}) x",
    "select x.* from (select 1, 1, count(*) as n, sum(p_size) as n from part) x",
    "select * from (select p_size, -p_partkey as p_size from part order by p_size limit 3) x",
    "select * from (select p_size as k, p_partkey as k from part union all select 1, 2 order by k, 2 limit 3) x",
]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_it_answers_as_duckdb_does(sql: str) -> None:
    statement = bound(sql)
    assert statement.schema.names == stocked(SEEDS[0]).sql(sql).columns
    tree, context = optimize(statement, PROFILES)
    plan = uncut(*cut(tree, context.leaves, PROFILES))
    for seed in SEEDS:
        expected = answer(parse(sql), {}, seed)
        assert answer(statement.tree, statement.leaves, seed) == expected
        assert answer(plan, context.leaves, seed) == expected


def test_the_statement_s_own_columns_keep_their_names() -> None:
    assert bound(f"select a.p_partkey, b.p_partkey from {ONE}").schema.names == ["p_partkey", "p_partkey"]


def test_what_is_not_there_is_unknown() -> None:
    with pytest.raises(UnknownName, match="p_partkey_2"):
        bound(f"select p_partkey_2 from (select a.p_partkey, b.p_partkey from {ONE}) x")


def test_such_a_name_cannot_be_used_to_join_by() -> None:
    pair = f"(select a.p_partkey, b.p_partkey from {ONE})"
    with pytest.raises(UnknownName):
        bound(f"select 1 from {pair} x join {pair} y using (p_partkey_1)")


def test_names_of_several_tables_stay_ambiguous() -> None:
    pair = f"(select a.p_partkey, b.p_partkey from {ONE})"
    with pytest.raises(AmbiguousName):
        bound(f"select p_partkey_1 from {pair} x, {pair} y")


def test_policies_follow_the_renamed_column() -> None:
    """The second of two tokens is a token still."""
    pair = "(select w.person_id, r.person_id from tax.wage w join psb.resident r using (person_id)) x"
    with pytest.raises(TypeProblem, match="token"):
        town.bound(f"select person_id_1 from {pair} where person_id_1 = 'a'")
    assert town.bound(f"select * from {pair}").schema.names == ["person_id", "person_id_1"]


def test_stars_that_double_at_every_level_are_refused_in_time() -> None:
    sql = "select p_size, p_size from part"
    for _ in range(30):
        sql = f"select x.*, x.* from ({sql}) x"
    with pytest.raises(UnsupportedSql, match="more than 5,000 columns"):
        bound(sql)


def test_its_example() -> None:
    assert doctest.testmod(names_apart).failed == 0
