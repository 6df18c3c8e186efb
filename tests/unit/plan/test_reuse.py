"""Rows that come anyway are read from there, or groups made of them; else their source is asked."""

from __future__ import annotations

import pytest
from sqlglot import exp

from fedquery.names import ResourceName
from fedquery.plan.cut import Piece
from fedquery.plan.estimates import Estimates
from fedquery.plan.reuse import MOST, reuse
from fedquery.plan.share import share
from fedquery.spi import ColumnStatistics, TableStatistics
from tests.unit.plan import town
from tests.unit.plan.market import PROFILES, planned
from tests.unit.plan.test_rules import assert_same_answers

#: So few rows that they may be read twice.
FEW = Estimates({ResourceName("shop", name): TableStatistics(1000.0) for name in ("orders", "lineitem")})
JOINED = "lineitem join orders on l_orderkey = o_orderkey"
ONCE = [
    "select o_orderkey / 2 as h, o_totalprice from orders where o_totalprice > (select avg(o_totalprice) from orders)",
    "select o_orderkey / 2 as h from orders where o_custkey > 1 and o_totalprice >"
    " (select sum(o_totalprice) / 9 from orders where o_custkey > 1 and o_totalprice > 5)",
    f"select l_suppkey / 2 as h, l_quantity from {JOINED} where l_quantity > (select max(l_quantity) - 9 from {JOINED})",
    f"select p_size, l_quantity, o_custkey from {JOINED} join part on p_partkey = l_partkey"
    f" where l_quantity > (select sum(q) / 99 from (select l_partkey as k, sum(l_quantity) as q from {JOINED} group by 1) x)",
    "select o_custkey / 2 as h, o_totalprice from orders where o_totalprice >"
    " (select min(m) from (select o_custkey, max(o_totalprice) as m from orders group by 1) x)",
]


@pytest.mark.parametrize("sql", ONCE)
def test_what_comes_anyway_is_not_asked_for_again(sql: str) -> None:
    sources = [fragment.source for fragment in planned(sql, FEW).fragments]
    assert len(sources) == len(set(sources))


#: The outer rows hold all rows of the inner ones for each key that they would send there.
OFFERS = "from partsupp join supplier on s_suppkey = ps_suppkey join nation on n_nationkey = s_nationkey"
OTHERS = OFFERS.replace("partsupp", "partsupp as o").replace("ps_suppkey", "o.ps_suppkey")
LEAST = (
    f"select p_size, ps_supplycost, n_name {OFFERS} join part on p_partkey = ps_partkey {{and_}} where p_size = 3"
    f" and ps_supplycost = (select {{least}} {OTHERS} where o.ps_partkey = p_partkey {{inner}})"
)
RICH = (
    "select s.s_name, n_name, ps_availqty from supplier s join partsupp on s.s_suppkey = ps_suppkey"
    " join nation on n_nationkey = s.s_nationkey where ps_availqty < 3 and s.s_acctbal {one} (select {what} from supplier o"
    " join nation m on m.n_nationkey = o.s_nationkey where o.s_suppkey = s.s_suppkey)"
)
FOUND = [
    LEAST.format(least="min(o.ps_supplycost)", inner="", and_=""),
    LEAST.format(least="max(o.ps_supplycost)", inner="and n_name > 'a'", and_=""),
    LEAST.format(least="min(o.ps_supplycost)", inner="", and_="and p_size < ps_partkey"),
    RICH.format(one="=", what="max(o.s_acctbal)"),
    RICH.format(one="in", what="o.s_acctbal"),
]


def found(sql: str) -> tuple[int, int]:
    """How many pieces the statement's plan has before and after, its answers compared."""
    counted = (0, 0)

    def reused(residual: exp.Query, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        nonlocal counted
        left, shipments = share(residual, pieces, ())
        fewer, _ = reuse(residual, left, shipments, dict.fromkeys((piece.id for piece in left), 1.0), PROFILES)
        counted = len(left), len(fewer)
        return fewer

    assert_same_answers(sql, then=reused)
    return counted


def distinct(rows: float, **columns: float) -> TableStatistics:
    return TableStatistics(rows, None, {name: ColumnStatistics(distinct=values) for name, values in columns.items()})


def test_keys_do_not_go_on_through_the_fragment_that_is_read_instead() -> None:
    """Orders narrow customers and nations, which could be read for the nations that give suppliers their keys."""
    sql = (
        "select o_totalprice, c_name, n.n_name, n.n_regionkey from orders join customer on o_custkey = c_custkey"
        " join nation n on c_nationkey = n.n_nationkey where exists (select 1 from nation o join supplier on"
        " s_nationkey = o.n_regionkey where o.n_nationkey = n.n_nationkey and s_acctbal > o_totalprice)"
    )
    estimates = Estimates(
        {
            ResourceName("shop", "orders"): distinct(100.0, o_custkey=1.0),
            ResourceName("crm", "customer"): distinct(10_000.0, c_custkey=1000.0, c_nationkey=1.0),
            ResourceName("crm", "nation"): distinct(10.0, n_nationkey=10.0, n_regionkey=100.0),
            ResourceName("store", "supplier"): distinct(1000.0, s_nationkey=1000.0),
        }
    )
    plan = planned(sql, estimates, egress=True, to_crm=("o_custkey",))
    sources = {fragment.id: fragment.source for fragment in plan.fragments}
    narrowed = {shipment.taker for shipment in plan.shipments if shipment.origin == "shop.orders.o_custkey"}
    givers = {shipment.giver for shipment in plan.shipments if sources[shipment.taker] == "store.main"}
    assert narrowed and givers and not narrowed & givers


@pytest.mark.parametrize("sql", [*ONCE, *FOUND])
def test_fewer_are_asked_and_answer_the_same(sql: str) -> None:
    before, after = found(sql)
    assert after < before


@pytest.mark.parametrize(
    "sql",
    [
        # what counts rows; rows by another column than the key; other rows
        LEAST.format(least="sum(o.ps_supplycost)", inner="", and_=""),
        LEAST.format(least="min(o.ps_supplycost)", inner="", and_="and p_size < ps_availqty"),
        LEAST.format(least="min(o.ps_supplycost)", inner="and s_phone = 'a'", and_=""),
    ],
)
def test_other_rows_of_these_keys_are_asked_for(sql: str) -> None:
    before, after = found(sql)
    assert after == before > 2


@pytest.mark.parametrize(
    "sql",
    [
        # a column that does not come; rows that do not come; a condition that the rows are not known by
        "select o_orderkey / 2 as h from orders where o_orderkey / 3 > (select max(o_shippriority) from orders)",
        "select o_orderkey / 2 as h from orders where o_custkey > 1 and o_totalprice > (select max(o_totalprice) from orders)",
        "select o_orderkey / 2 as h, o_totalprice from orders where o_totalprice >"
        " (select max(o_totalprice) from orders where o_comment = 'x')",
        # a limit; another join; words in a text that read like a name
        "select h from (select o_totalprice / 2 as h, o_totalprice from orders limit 5) x where x.o_totalprice >"
        " (select max(o_totalprice) from orders)",
        f"select l_suppkey / 2 as h, l_quantity from {JOINED} where l_quantity >"
        " (select max(l_quantity) from lineitem left join orders on l_orderkey = o_orderkey)",
        """select o_orderkey / 2 as h, o_totalprice, o_comment from orders where o_comment = '' and o_totalprice >"""
        """ (select max(o_totalprice) from orders where o_comment = '"__s2".')""",
    ],
)
def test_other_rows_are_asked_for(sql: str) -> None:
    assert len(planned(sql, FEW).fragments) == 2


def test_many_rows_are_not_kept_to_be_read_twice() -> None:
    def asked(rows: float) -> int:
        return len(planned(ONCE[0], Estimates({ResourceName("shop", "orders"): TableStatistics(rows)})).fragments)

    assert (asked(MOST), asked(MOST + 1)) == (1, 2)


def test_rows_that_other_keys_narrow_are_asked_for() -> None:
    sql = (
        "select r.score, a.year from psb.resident r join tax.wage a on a.person_id = r.person_id"
        " where r.score = 5 and a.year / 2 > (select max(b.year) from tax.wage b)"
    )
    plan = town.planned(sql, egress={"psb.resident.person_id": ("tax",)})
    assert [fragment.source for fragment in plan.fragments].count("tax.main") == 2
