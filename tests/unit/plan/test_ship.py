"""Shipped keys: offered only where dropping rows without a partner changes nothing, and only where the entry lets them go."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pyarrow as pa
import pytest

from fedquery.names import ResourceName
from fedquery.plan import cost
from fedquery.plan.estimates import Estimates
from fedquery.plan.fill import STORED_FROM, fill, narrows
from fedquery.plan.model import Between, Fragment, KeySlot, Plan
from fedquery.spi import ColumnStatistics, TableRead, TableStatistics
from tests.unit.plan import market
from tests.unit.plan.town import planned

JOINED = (
    "select r.score, w.year from (select * from psb.resident where score = 5) r {join} tax.wage w on w.person_id = r.person_id"
)


def _shipped(plan: Plan) -> set[tuple[str, str]]:
    sources = {fragment.id: fragment.source for fragment in plan.fragments}
    return {(shipment.origin, sources[shipment.taker]) for shipment in plan.shipments}


@pytest.mark.parametrize(
    ("join", "shipped"),
    [
        ("join", True),
        ("left join", True),
        ("semi join", True),
        ("full join", False),
        ("right join", False),
        ("cross join (select 1 as one) o join", True),
    ],
)
def test_keys_flow_to_the_side_whose_lonely_rows_are_dropped(join: str, shipped: bool) -> None:
    sql = JOINED.format(join=join) if join != "semi join" else JOINED.format(join=join).replace(", w.year", "")
    sql = sql if shipped else sql.replace(" where r.score = 5", "")  # which would make an inner join of it
    found = _shipped(planned(sql, egress={"psb.resident.person_id": ("tax",)}))
    assert found == ({("psb.resident.person_id", "tax.main")} if shipped else set())


def test_nothing_is_shipped_without_egress() -> None:
    assert _shipped(planned(JOINED.format(join="join"))) == set()


@pytest.mark.parametrize("allowed", [(), ("psb",)])
def test_keys_travel_on_only_where_every_department_that_narrowed_them_allows_it(allowed: tuple[str, ...]) -> None:
    """Keys of psb narrow the wages of tax, whose keys then go back to psb: tax must allow it; psb to itself needs no leave."""
    sql = (
        "select r.score, p.score from psb.resident r join tax.wage w on w.person_id = r.person_id"
        " join psb.resident p on p.district = w.uscc where r.score = 5"
    )
    clear = {"person_id": "clear", "uscc": "clear"}
    egress = {"psb.resident.person_id": ("tax",), "tax.wage.uscc": allowed}
    plan = planned(sql, egress=egress, resident={"person_id": "clear"}, wage=clear)
    assert ("psb.resident.person_id", "tax.main") in _shipped(plan)
    assert (("tax.wage.uscc", "psb.main") in _shipped(plan)) == bool(allowed)
    for number, shipment in enumerate(plan.shipments):  # no ring, and givers first
        assert shipment.giver not in {later.taker for later in plan.shipments[number:]}


@pytest.mark.parametrize(
    "inner",
    [
        "select person_id, year from tax.wage limit 10",
        "select person_id, max(year) over () as year from tax.wage",
        "select max(person_id) as person_id, year from tax.wage group by year",
    ],
)
def test_no_slot_below_what_depends_on_other_rows(inner: str) -> None:
    sql = f"select r.score, w.year from psb.resident r join ({inner}) w on w.person_id = r.person_id where r.score = 5"
    assert _shipped(planned(sql, egress={"psb.resident.person_id": ("tax",)})) == set()


def test_a_slot_reaches_below_grouping_by_its_column() -> None:
    inner = "select person_id, count(*) as n from tax.wage group by person_id"
    sql = f"select w.n from psb.resident r join ({inner}) w on w.person_id = r.person_id where r.score = 5"
    assert _shipped(planned(sql, egress={"psb.resident.person_id": ("tax",)}))


def test_a_filled_slot_adds_one_condition_and_one_bound_list() -> None:
    clear = {"person_id": "clear"}
    allowed = {"psb.resident.person_id": ("tax",)}
    plan = planned(JOINED.format(join="join"), egress=allowed, resident=clear, wage=clear)
    (shipment,) = plan.shipments
    taker = next(fragment for fragment in plan.fragments if fragment.id == shipment.taker)
    filled = fill(taker, {shipment.slot: ("a", "b")})
    (slot,) = taker.slots
    assert filled.text.replace(f" AND {slot.condition}", "") == taker.text
    assert filled.parameters[-1].value == ("a", "b")
    assert filled.reads[0].conjuncts == (*taker.reads[0].conjuncts, slot.hint)
    assert fill(taker, {}).text == taker.text


def test_whole_numbers_are_written_where_the_source_counts_them_and_all_else_is_bound() -> None:
    sql = "select r.score from psb.resident r join tax.wage w on w.year = r.score where w.uscc = 'x'"
    allowed = {"tax.wage.year": ("psb",), "tax.wage.uscc": ("psb",)}
    plan = planned(sql, egress=allowed, wage={"uscc": "clear"})
    taker = next(fragment for fragment in plan.fragments if fragment.source == "psb.main")
    (slot,) = taker.slots
    written = fill(taker, {slot.name: (2021, -3)})
    assert """ AND "FS" = ANY (CAST('{2021,-3}' AS integer[]))""" in written.text
    assert written.parameters == taker.parameters
    for keys in ((), (True,), ("2021",)):
        bound = fill(taker, {slot.name: keys})
        assert bound.text == fill(taker, {slot.name: ("x",)}).text
        assert bound.parameters[-1].value == keys


def _scored(selected: str) -> KeySlot:
    """The slot of the register's score, which the years of wages narrow."""
    sql = f"select {selected} from psb.resident r join tax.wage w on w.year = r.score where w.uscc = 'x'"
    plan = planned(sql, egress={"tax.wage.year": ("psb",), "tax.wage.uscc": ("psb",)}, wage={"uscc": "clear"})
    (taker,) = [fragment for fragment in plan.fragments if fragment.slots]
    return taker.slots[0]


def test_a_long_list_that_is_not_written_is_stored_and_a_short_one_bound() -> None:
    slot = dataclasses.replace(_scored("r.score"), place=4, written=None)
    taker = Fragment(
        "f", "psb.main", "psb", (), "text", pa.schema([]), (), (TableRead(("t",), ()),), "", slots=(slot,), split="s"
    )
    long = tuple(range(STORED_FROM))
    stored, bound = fill(taker, {slot.name: long}), fill(taker, {slot.name: long[1:]})
    assert ([p.value for p in stored.stored], stored.parameters, stored.split) == ([long], (), None)
    assert stored.text == f'text AND "FS" IN (SELECT CAST("k" AS integer) FROM pg_temp."fedquery_{slot.name}")'
    assert ([p.value for p in bound.parameters], bound.stored) == ([long[1:]], ())
    assert bound.text == f"text AND {slot.condition}"
    without = dataclasses.replace(taker, slots=(dataclasses.replace(slot, stored=None),))
    assert fill(without, {slot.name: long}).text == bound.text


def test_nothing_is_stored_where_other_statements_share_the_sources_snapshot() -> None:
    assert _scored("r.score").stored is not None
    assert _scored("r.score, (select max(born) from psb.resident) as last").stored is None


def test_keys_that_come_to_a_column_by_two_ways_are_sent_by_one() -> None:
    """Parts narrow the average by part and the lines; the average's parts are then the same, and no line waits for them."""
    sql = (
        "select sum(l_extendedprice) as s from lineitem, part where p_partkey = l_partkey and p_brand = 'b'"
        " and l_quantity < (select 0.2 * avg(l_tax) from lineitem where l_partkey = p_partkey)"
    )
    parts = ColumnStatistics(distinct=200_000)
    known = {
        ResourceName("shop", "lineitem"): TableStatistics(6e6, columns={"l_partkey": parts}),
        ResourceName("store", "part"): TableStatistics(2e5, columns={"p_partkey": parts, "p_brand": ColumnStatistics(25)}),
    }
    plan = market.planned(sql, Estimates(known), egress=True)
    (part,) = [fragment.id for fragment in plan.fragments if fragment.source == "store.main"]
    others = {fragment.id for fragment in plan.fragments} - {part}
    assert len(others) == 2
    assert {(shipment.giver, shipment.taker) for shipment in plan.shipments} == {(part, other) for other in others}


_IN_EACH = "select c_name, x.k from customer join ({query}) x on x.k = c_custkey where c_mktsegment = 'a'"


def _narrowed(query: str) -> list[list[str]]:
    """The columns with a place for keys in each taker, in the plan's order."""
    plan = market.planned(_IN_EACH.format(query=query), egress=True)
    takers = [fragment for fragment in plan.fragments if fragment.slots]
    assert [shipment.taker for shipment in plan.shipments] == [taker.id for taker in takers]
    return [[slot.column for slot in taker.slots] for taker in takers]


@pytest.mark.parametrize("operation", ["union all", "union", "except", "intersect"])
def test_keys_reach_each_query_of_a_set_operation(operation: str) -> None:
    """Of two departments each is asked for them; of one they go to both tables, as one list."""
    orders = "select o_custkey as k, o_orderkey as o from orders"
    assert _narrowed(f"{orders} {operation} select ps_suppkey, ps_partkey from partsupp") == [["o_custkey"], ["ps_suppkey"]]
    assert _narrowed(f"{orders} {operation} select l_suppkey, l_partkey from lineitem") == [["o_custkey", "l_suppkey"]]
    third = f"({orders} {operation} (select l_suppkey, l_partkey from lineitem union select ps_suppkey, 1 from partsupp))"
    assert {column for columns in _narrowed(third) for column in columns} == {"l_suppkey", "o_custkey", "ps_suppkey"}


@pytest.mark.parametrize(
    "other",
    [
        "select ps_suppkey, ps_partkey from partsupp limit 5",
        "select ps_suppkey + 1, ps_partkey from partsupp",
        "select p_brand, p_partkey from part",
        "select max(ps_suppkey), ps_partkey from partsupp group by ps_partkey",
    ],
)
def test_keys_reach_no_query_where_one_of_them_chooses_among_rows_or_gives_another_value(other: str) -> None:
    column = "o_custkey" if "p_brand" not in other else "cast(o_custkey as varchar)"
    orders = f"select {column} as k, o_orderkey as o from orders"
    query = f"{orders} union all ({other})"
    join = _IN_EACH if "p_brand" not in other else _IN_EACH.replace("c_custkey where", "c_name where")
    plan = market.planned(join.format(query=query), egress=True)
    assert plan.shipments == ()


def test_keys_of_several_places_are_bound_once() -> None:
    orders = "select o_custkey as k, o_comment as o from orders"
    plan = market.planned(_IN_EACH.format(query=f"{orders} union all select l_suppkey, l_shipmode from lineitem"), egress=True)
    (taker,) = [fragment for fragment in plan.fragments if fragment.slots]
    one, other = taker.slots
    assert one.name == other.name and one.place < other.place
    filled = fill(taker, {one.name: ("x",)})
    assert [parameter.value for parameter in filled.parameters] == [*(p.value for p in taker.parameters), ("x",)]
    assert filled.text.count(one.condition) == filled.text.count(other.condition) == 1
    written = fill(taker, {one.name: (5, 7)})
    assert written.text.count("{5,7}") == 2


def _ranged(sql: str, **spreads: ColumnStatistics) -> list[KeySlot]:
    known = {
        ResourceName("shop", "orders"): TableStatistics(1.5e6, columns=spreads),
        ResourceName("crm", "customer"): TableStatistics(3e5, columns=spreads),
        ResourceName("store", "partsupp"): TableStatistics(8e5, columns=spreads),
    }
    return [slot for fragment in market.planned(sql, Estimates(known), egress=True).fragments for slot in fragment.slots]


_ORDERED = "select p_name, o_totalprice from part join orders on o_custkey = p_partkey where p_brand = 'b'"


def test_the_ends_of_too_many_keys_have_a_place_where_the_columns_own_are_known() -> None:
    spread = ColumnStatistics(distinct=1e6, least=1, greatest=1e6)
    (slot,) = _ranged(_ORDERED, o_custkey=spread)
    assert slot.range is not None and slot.range.spread == (1.0, 1e6)
    assert slot.range.condition.startswith('"o_custkey" >= CAST(') and ' AND "o_custkey" <= CAST(' in slot.range.condition
    (slot,) = _ranged(_ORDERED, o_custkey=ColumnStatistics(distinct=1e6, least=1))
    assert slot.range is None
    texts = "select p_name, c_acctbal from part join customer on c_name = p_name where p_brand = 'b'"
    (slot,) = _ranged(texts, c_name=ColumnStatistics(distinct=1e6, least="a", greatest="z"))
    assert slot.range is None, "a text has another order elsewhere"


def test_ends_that_are_days_are_measured_as_days() -> None:
    """The source's own bounds are texts, the keys are dates."""
    spread = (cost.number("2024-01-01"), cost.number("2024-01-11"))
    (slot,) = _ranged(_ORDERED, o_custkey=ColumnStatistics(distinct=1e6, least=1, greatest=1e6))
    assert slot.range is not None
    ranged = dataclasses.replace(slot, range=dataclasses.replace(slot.range, spread=spread))
    fragment = Fragment("f", "s", "d", (), "text", pa.schema([]), (), (), "", slots=(ranged,))
    assert not narrows(fragment, slot.name, Between(dt.date.min, dt.date.max))
    assert not narrows(fragment, slot.name, Between("0044-03-15 (BC)", dt.date(2024, 1, 4)))
    for last, small in ((9, True), (10, False)):
        assert narrows(fragment, slot.name, Between(dt.date(2024, 1, 4), dt.date(2024, 1, last))) == small
