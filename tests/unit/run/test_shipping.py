"""Shipped keys while a query runs: who waits for whom, what is on record before, and what happens when it goes wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from fedquery.arrow import LogicalType
from fedquery.errors import AuditBroken, Cancelled, InvariantBroken
from fedquery.plan.model import Fragment, KeySlot, Plan, RangeSlot, Shipment
from fedquery.predicates import ColumnOperand, Compare, ParameterOperand
from fedquery.run import Outcome, execute
from fedquery.run.adaptive import Shipped
from fedquery.spi import TableRead

from .conftest import BUDGET, GeneratorSource, Runner, fragment, plan, rows

JOIN = 'SELECT count(*) AS n FROM "__f1" AS x JOIN "__f2" AS y ON x.id = y.id'


def _taking(number: int, text: str, source: str = "tax") -> Fragment:
    slot = KeySlot("keys_1", "id", LogicalType("bigint"), "keys", len(text))
    return dataclasses.replace(fragment(number, text, source), slots=(slot,))


def _plan(limit: int = 100, residual: str = JOIN, taker: str = "__f2") -> Plan:
    made = plan(residual, fragment(1, "few"), _taking(2, "many"))
    return dataclasses.replace(made, shipments=(Shipment("__f1", "id", "civil.x.id", taker, "keys_1", limit),))


def test_the_taker_is_asked_for_the_keys_that_the_giver_brought(run: Runner) -> None:
    giver, taker = GeneratorSource({"few": rows(3)}), GeneratorSource({"many AND keys": rows(2)})
    with run(_plan(), giver, tax=taker) as result:
        assert result.read_all().to_pylist() == [{"n": 2}]
    (sent,) = result.statistics.shipped
    assert (sent.keys, sent.source, sent.text) == (3, "tax", "many AND keys")


def test_too_many_keys_are_not_shipped(run: Runner) -> None:
    giver, taker = GeneratorSource({"few": rows(3)}), GeneratorSource({"many": rows(5)})
    with run(_plan(limit=2), giver, tax=taker) as result:
        assert result.read_all().to_pylist() == [{"n": 3}]
    assert result.statistics.shipped == ()


@pytest.mark.parametrize(("greatest", "narrow"), [(4.0, True), (3.9, False)])
def test_of_too_many_keys_the_ends_are_sent_where_they_leave_half_of_the_column_or_less(
    run: Runner, greatest: float, narrow: bool
) -> None:
    made = _plan(limit=2)
    taker = made.fragments[1]
    bigint = LogicalType("bigint")
    least, most = (ParameterOperand(f"keys_1_{end}", bigint) for end in ("least", "greatest"))
    hints = Compare(">=", ColumnOperand("id"), least), Compare("<=", ColumnOperand("id"), most)
    slot = dataclasses.replace(taker.slots[0], range=RangeSlot("ends", hints, (0.0, greatest)))
    taker = dataclasses.replace(taker, slots=(slot,), reads=(TableRead(("t",), ()),))
    made = dataclasses.replace(made, fragments=(made.fragments[0], taker))
    asked = GeneratorSource({"many AND ends": rows(2), "many": rows(5)})
    recorded: list[Shipped] = []
    result = execute(
        made, {"registry": GeneratorSource({"few": rows(3)}), "tax": asked}, BUDGET, "q", engine=run.engine, slots=run.slots,
        on_end=lambda outcome: None, before_shipping=recorded.extend,
    )  # fmt: skip
    with result:
        assert result.read_all().to_pylist() == [{"n": 2 if narrow else 3}]
    assert result.statistics is not None and result.statistics.shipped == tuple(recorded)
    assert [(sent.keys, sent.ends, sent.text) for sent in recorded] == ([(2, True, "many AND ends")] if narrow else [])


def test_keys_do_not_go_when_their_record_cannot_be_written(run: Runner) -> None:
    giver, taker = GeneratorSource({"few": rows(3)}), GeneratorSource({"many AND keys": rows(2)})

    def refuse(shipped: Sequence[Shipped]) -> None:
        raise AuditBroken("The log is full.")

    outcomes: list[Outcome] = []
    result = execute(
        _plan(), {"registry": giver, "tax": taker}, BUDGET, "q", engine=run.engine, slots=run.slots,
        on_end=outcomes.append, before_shipping=refuse,
    )  # fmt: skip
    with result, pytest.raises(AuditBroken):
        result.read_all()
    assert taker.opened == 0
    assert [outcome.error.code for outcome in outcomes if outcome.error] == [AuditBroken.code]


def test_a_cancelled_query_does_not_wait_for_keys(run: Runner) -> None:
    giver, taker = GeneratorSource({"few": lambda: iter(lambda: next(rows(1)()), None)}), GeneratorSource({})
    with run(_plan(), giver, tax=taker) as result:
        result.cancel()
        with pytest.raises(Cancelled):
            result.read_all()
    assert taker.opened == 0


def test_a_chain_at_sources_of_one_place_each_does_not_wait_for_itself(run: Runner) -> None:
    """Two fragments of each source, one place each: a taker at the head keeps its turn until its giver was read."""
    run.slots.allow({"registry": 1, "tax": 1})
    made = plan(
        JOIN + ' JOIN "__f3" AS z ON z.id = y.id JOIN "__f4" AS w ON w.id = z.id',
        fragment(1, "few"), _taking(2, "many"), _taking(3, "more", "registry"), fragment(4, "last", "tax"),
    )  # fmt: skip
    shipments = (
        Shipment("__f1", "id", "civil.x.id", "__f2", "keys_1", 100),
        Shipment("__f2", "id", "civil.y.id", "__f3", "keys_1", 100),
    )
    registry = GeneratorSource({"few": rows(3), "more AND keys": rows(2)})
    tax = GeneratorSource({"many AND keys": rows(2), "last": rows(100_000)})
    with run(dataclasses.replace(made, shipments=shipments), registry, tax=tax) as result:
        assert result.read_all().to_pylist() == [{"n": 2}]
    assert registry.most_at_once == tax.most_at_once == 1


def test_no_thread_outlives_a_giver_that_fails(run: Runner) -> None:
    def failing():  # type: ignore[no-untyped-def]
        yield next(rows(1)())
        raise OSError("gone")

    taker = GeneratorSource({})
    with run(_plan(), GeneratorSource({"few": failing}), tax=taker) as result, pytest.raises(InvariantBroken):
        result.read_all()
    assert taker.opened == 0
