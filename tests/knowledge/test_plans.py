"""A plan is made once for a statement, and never used where anything it depends on differs."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from fedquery.errors import AccessDenied, GrantProblem
from fedquery.experience import Run, Transport
from fedquery.gateway import Gateway
from fedquery.knowledge.plans import SECONDS, SIZE, Plans, key
from fedquery.plan.model import Plan
from tests.knowledge.conftest import ANALYST, Installation, directory

SQL = "SELECT id FROM tax.wage WHERE id = $id"
DAY = dt.date(2026, 11, 1)
SAME: dict[str, Any] = {
    "principal": ANALYST, "sql": SQL, "parameters": {"id": 1}, "grant": "checks", "push": True, "today": DAY,
}  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"sql": SQL + " "},
        {"parameters": {"id": 2}},
        {"parameters": {"id": True}},
        {"parameters": {"id": "1"}},
        {"parameters": None},
        {"grant": None},
        {"push": False},
        {"today": DAY + dt.timedelta(1)},
        {"principal": dataclasses.replace(ANALYST, id="bob")},
        {"principal": dataclasses.replace(ANALYST, department="psb")},
        {"principal": dataclasses.replace(ANALYST, roles=frozenset({"platform"}))},
        {"principal": dataclasses.replace(ANALYST, attributes={"region": "9901"})},
        {"principal": dataclasses.replace(ANALYST, attributes={"region": ("9901",)})},
    ],
)
def test_whatever_a_plan_depends_on_is_in_its_key(changed: dict[str, Any]) -> None:
    assert key(**SAME) == key(**SAME)
    assert key(**SAME) != key(**{**SAME, **changed})


def plan_of(gateway: Gateway, sql: str, **more: Any) -> Plan:
    return gateway._planned("q", ANALYST, sql, more.get("parameters"), None, True).plan


def test_a_repeated_statement_has_its_plan_already(gateway: Gateway) -> None:
    first = plan_of(gateway, SQL, parameters={"id": 5})
    assert plan_of(gateway, SQL, parameters={"id": 5}) is first
    assert plan_of(gateway, SQL, parameters={"id": 6}).fragments[0].text != first.fragments[0].text
    for _ in range(2):
        with gateway.query(ANALYST, SQL, parameters={"id": 5}) as result:
            assert result.read_all().to_pylist() == [{"id": 5}]


def test_a_statement_that_reads_the_clock_is_planned_each_time(gateway: Gateway) -> None:
    sql = "SELECT id FROM tax.wage WHERE id = extract(year FROM now())"
    assert plan_of(gateway, sql) is not plan_of(gateway, sql)


def test_a_plan_that_brought_what_it_reckoned_with_is_used_again(gateway: Gateway) -> None:
    """The first plan knows nothing of the cut table; what its run teaches makes another, which then holds."""
    sql, made = "SELECT town FROM tax.part", []
    for _ in range(4):
        made.append(plan_of(gateway, sql))
        with gateway.query(ANALYST, sql) as result:
            assert result.read_all().num_rows == 100
    assert made[1] is made[2] is made[3] is not made[0]
    assert (made[0].fragments[0].expected > 1000, made[1].fragments[0].expected) == (True, 100)


def test_a_plan_is_made_anew_when_the_speed_of_its_source_is_known(gateway: Gateway) -> None:
    first = plan_of(gateway, SQL, parameters={"id": 5})
    assert plan_of(gateway, SQL, parameters={"id": 5}) is first
    gateway._knowledge.learn([Run("tax.main", "any", None, Transport(8e6, 1.0))])
    assert plan_of(gateway, SQL, parameters={"id": 5}) is not first


def test_another_version_of_the_directory_has_no_old_plans(installation: Installation, gateway: Gateway) -> None:
    first = plan_of(gateway, "SELECT id FROM tax.part")
    changed = directory(installation.path).model_dump(mode="json")
    changed["departments"]["tax"]["resources"]["part"]["row_filter"] = "id < 5"
    installation.apply(type(gateway.catalog()).model_validate(changed))
    assert plan_of(gateway, "SELECT id FROM tax.part").fragments[0].text != first.fragments[0].text


def test_a_grant_that_ended_last_midnight_gives_no_kept_plan(installation: Installation) -> None:
    now = [dt.datetime(2099, 12, 31, 23, 59, tzinfo=dt.UTC)]
    gateway = Gateway.open(installation.settings, clock=lambda: now[0])
    plan_of(gateway, "SELECT id FROM tax.wage")
    now[0] += dt.timedelta(minutes=2)
    with pytest.raises((GrantProblem, AccessDenied)):
        plan_of(gateway, "SELECT id FROM tax.wage")
    gateway.close()


def test_plans_grow_old_and_leave_in_turn(gateway: Gateway) -> None:
    now = [0.0]
    plans, plan = Plans(clock=lambda: now[0]), plan_of(gateway, "SELECT id FROM tax.wage")
    for number in range(SIZE + 1):
        plans.keep(number, plan)
        plans.get(0)
    assert (plans.get(0), plans.get(1)) == (plan, None)
    now[0] = SECONDS + 1
    assert plans.get(0) is None
