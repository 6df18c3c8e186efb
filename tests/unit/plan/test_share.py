"""What is asked twice in the same words is asked once; other words, other slices and other keys are asked for themselves."""

from __future__ import annotations

import pytest
from sqlglot import exp

from fedquery.plan.cut import Piece
from fedquery.plan.share import share
from tests.unit.plan import town
from tests.unit.plan.market import planned
from tests.unit.plan.test_rules import assert_same_answers

JOINED = "(select n_nationkey as k, n_name from nation join region on r_regionkey = n_regionkey"
ONCE = [
    "select a.o_orderkey from orders a join orders b on a.o_orderkey / b.o_shippriority > 1",
    "select o_orderkey, (select median(o_totalprice) from orders where o_custkey > 1) as m from orders where o_custkey > 1"
    " and o_orderkey / 2 > 1",
    "select x.k from (select o_custkey as k from orders group by 1) x join part on p_partkey = x.k"
    " join (select o_custkey as k from orders group by 1) y on y.k + 1 = p_size",
    # joined slices in another order, under other names, with fewer columns
    "select s_name, x.n_name, y.k from supplier join (select n_nationkey as k, n_name from nation join region on"
    " r_regionkey = n_regionkey where r_name = 'a') x on s_nationkey = x.k left join (select m.n_nationkey as k from region r"
    " join nation m on m.n_regionkey = r.r_regionkey where r.r_name = 'a') y on y.k / 2 = s_nationkey",
]


@pytest.mark.parametrize("sql", ONCE)
def test_the_same_words_are_asked_once(sql: str) -> None:
    plan = planned(sql)
    texts = [fragment.text for fragment in plan.fragments]
    assert len(texts) == len(set(texts))
    assert any(plan.residual.count(f'"{fragment.id}" AS') > 1 for fragment in plan.fragments)


@pytest.mark.parametrize("sql", ONCE)
def test_it_answers_the_same(sql: str) -> None:
    def shared(residual: exp.Query, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        left, _ = share(residual, pieces, ())
        assert len(left) < len(pieces)
        return left

    assert_same_answers(sql, then=shared)


@pytest.mark.parametrize(
    "sql",
    [
        "select a.o_orderkey from orders a join orders b on a.o_custkey / 2 = b.o_orderkey where a.o_comment = 'x'",
        "select o_custkey / 2 as k from orders where o_comment = 'a' union select o_custkey / 3 from orders",
        "select x.k from (select o_custkey / 2 as k from orders limit 3) x, (select o_orderkey / 2 as k from orders limit 3) y",
        f"select x.n_name, y.k from {JOINED}) x join {JOINED} where r_name = 'a') y on x.k / 2 = y.k + 1",
        f"select x.n_name, y.k from {JOINED}) x join {JOINED} and n_name < r_name) y on x.k / 2 = y.k + 1",
        f"select x.n_name, y.k from {JOINED}) x join {JOINED.replace('join', 'left join')}) y on x.k / 2 = y.k + 1",
    ],
)
def test_other_words_are_not(sql: str) -> None:
    assert len(planned(sql).fragments) == 2


def test_what_only_one_place_asks_of_a_verify_column_is_asked_once_as_well() -> None:
    plan = town.planned(
        "select a.year, a.person_id, a.uscc, b.total > 60000 as rich from tax.wage a join tax.wage b on a.year / 2 = b.year"
    )
    (fragment,) = plan.fragments
    assert "total > 60000.00" in fragment.schema.names


def test_what_other_keys_narrow_is_asked_for_itself() -> None:
    sql = (
        "select r.score, a.year, b.year as y from psb.resident r join tax.wage a on a.person_id = r.person_id"
        " join tax.wage b on b.year / 2 = r.score {both} where r.score = 5"
    )
    open_ = {"psb.resident.person_id": ("tax",)}
    alone = town.planned(sql.format(both=""), egress=open_)
    assert [f.source for f in alone.fragments].count("tax.main") == 2
    both = town.planned(sql.format(both="and b.person_id = r.person_id"), egress=open_)
    assert [f.source for f in both.fragments].count("tax.main") == 1
    assert len(both.shipments) == 1


def test_what_a_shared_slice_brings_is_known_however_many_of_its_columns_are_asked_for() -> None:
    """Its rows are the same: of the place where it stands first, of all places together, and of any other statement."""
    (shared,) = planned("select a.o_orderkey from orders a join orders b on a.o_orderkey / 2 = b.o_custkey").fragments
    assert shared.schema.names == ["o_orderkey", "o_custkey"]

    def orders(what: str, where: str = "true") -> str:
        asked = planned(f"select {what} from orders a join part on a.o_orderkey / 2 = p_size where {where}").fragments
        return next(fragment.template for fragment in asked if fragment.source == "shop.main")

    assert {orders("p_size"), orders("a.o_custkey"), orders("a.*")} == {shared.template}
    assert orders("p_size", "a.o_custkey = 1") == orders("a.*", "a.o_custkey = 2") != shared.template
    distinct = planned("select distinct o_orderkey from orders").fragments[0].template
    assert distinct not in (shared.template, planned("select distinct o_custkey from orders").fragments[0].template)
