"""Rewrites that change an answer (C37-C49): each statement in one department, and across two."""

from __future__ import annotations

import pytest

from fedquery.errors import UnsupportedSql
from tests.cases.conftest import Ask
from tests.estate import ACCOUNT, GRANT

#: (department of the customers, department of the orders).
PLACES = [("pg", "pg"), ("my", "my"), ("lite", "lite"), ("pg", "my"), ("parquet", "pg"), ("my", "lite")]


@pytest.fixture(params=PLACES, ids="-".join)
def shop(request: pytest.FixtureRequest, ask_mariadb: Ask) -> Shop:
    return Shop(ask_mariadb, *request.param)


class Shop:
    """Customers and orders somewhere."""

    def __init__(self, ask: Ask, customers: str, orders: str) -> None:
        self._ask, self._customers, self._orders = ask, customers, orders

    def __call__(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of a statement over ``{c}`` and ``{o}``."""
        return self._ask(statement.format(c=f"{self._customers}.customer", o=f"{self._orders}.orders"))


def test_c37_a_condition_on_an_outer_join_is_none_on_its_rows(shop: Shop) -> None:
    """As in TPC-H's question 13: customers without such orders count none, and are not lost."""
    counted = "SELECT c.id, count(o.id) AS n FROM {c} c LEFT JOIN {o} o ON c.id = o.customer AND o.remark NOT LIKE '%special%'"
    assert shop(f"{counted} GROUP BY c.id ORDER BY c.id") == [(1, 1), (2, 0), (3, 0), (4, 0)]
    assert shop("SELECT c.id, o.id FROM {c} c LEFT JOIN {o} o ON c.id = o.customer AND c.id > 1 ORDER BY 1, 2") == [
        (1, None), (2, 12), (3, None), (4, None),
    ]  # fmt: skip


def test_c38_a_condition_above_a_limit_is_asked_after_it(shop: Shop) -> None:
    """In one SELECT the condition would choose among all rows."""
    assert shop("SELECT x.id FROM (SELECT id, name FROM {c} ORDER BY id LIMIT 2) x WHERE x.name <> 'Ann'") == [(2,)]
    assert shop("SELECT x.id FROM (SELECT id FROM {o} ORDER BY id DESC LIMIT 2 OFFSET 1) x WHERE x.id < 13") == [(12,)]
    assert shop("SELECT count(*) AS n FROM (SELECT id FROM {o} LIMIT 3) x") == [(3,)]


def test_c39_a_limit_stays_in_the_input_of_a_join(shop: Shop) -> None:
    """A limit below a join, or in what EXISTS and IN look through, is no limit of the whole, and is not dropped."""
    first = "(SELECT id FROM {c} ORDER BY id LIMIT 1)"
    assert shop(f"SELECT o.id FROM {{o}} o JOIN {first} x ON o.customer = x.id ORDER BY o.id") == [(10,), (11,)]
    assert shop(f"SELECT o.id FROM {{o}} o WHERE o.customer IN {first} ORDER BY o.id") == [(10,), (11,)]
    assert shop("SELECT c.id FROM {c} c WHERE EXISTS (SELECT 1 FROM {o} o WHERE o.customer = c.id LIMIT 1) ORDER BY 1") == [
        (1,), (2,),
    ]  # fmt: skip
    assert shop("SELECT c.id FROM {c} c WHERE EXISTS (SELECT 1 FROM {o} o WHERE o.customer = c.id LIMIT 0)") == []


def test_c40_a_limit_holds_for_all_parts_together(ask: Ask) -> None:
    """When every part of a parallel read applies the limit, too many rows come out."""
    assert ask.column("SELECT count(*) AS n FROM (SELECT n FROM parquet.many LIMIT 700) x") == [700]
    assert ask.column("SELECT n FROM parquet.many ORDER BY n DESC LIMIT 2") == [19999, 19998]
    assert ask.column("SELECT count(*) AS n FROM (SELECT n FROM parquet.many LIMIT 700 OFFSET 19900) x") == [100]


def test_c41_a_condition_on_a_side_that_may_be_missing(shop: Shop) -> None:
    """Moved below the outer join, WHERE becomes a padding of rows that it should have dropped."""
    joined = "FROM {o} o LEFT JOIN {c} c ON o.customer = c.id LEFT JOIN {c} d ON c.id = d.id"
    assert shop(f"SELECT o.id {joined} WHERE d.flag ORDER BY o.id") == [(10,), (11,)]
    assert shop(f"SELECT o.id {joined} WHERE d.name IS NULL ORDER BY o.id") == [(13,), (14,)]
    assert shop(f"SELECT o.id {joined} WHERE d.id IS NULL AND o.amount > 1") == [(13,)]
    assert shop("SELECT c.id FROM {o} o RIGHT JOIN {c} c ON o.customer = c.id WHERE o.id IS NULL ORDER BY 1") == [(3,), (4,)]


def test_c42_a_bare_column_is_a_condition_of_its_own_relation(shop: Shop) -> None:
    """WHERE c.flag, sent without its relation, was asked of both."""
    assert shop("SELECT o.id FROM {c} c JOIN {o} o ON c.id = o.customer WHERE c.flag ORDER BY 1") == [(10,), (11,)]
    assert shop("SELECT o.id FROM {c} c JOIN {o} o ON c.id = o.customer WHERE o.flag ORDER BY 1") == [(10,)]
    assert shop("SELECT o.id FROM {c} c JOIN {o} o ON c.id = o.customer WHERE NOT c.flag") == [(12,)]


def test_c43_a_condition_has_one_authority(ask: Ask) -> None:
    """Pushed by one order and asked again by another, a range of UUIDs is the intersection of two."""
    middle = "80000000-0000-0000-0000-000000000000"
    assert ask.column(f"SELECT n FROM pg.thing WHERE u >= '{middle}' ORDER BY n") == [2, 4]
    assert ask.column("SELECT n FROM pg.thing WHERE u IS NOT NULL ORDER BY u DESC") == [4, 2, 1]
    assert ask.column("SELECT max(u) AS u FROM pg.thing") == ["ffffffff-ffff-ffff-ffff-ffffffffffff"]


def test_c44_every_condition_comes_before_the_aggregate(shop: Shop) -> None:
    """A condition that stays at the gateway must not find the groups made already; nor may a set of groups be made once."""
    assert shop("SELECT customer, sum(amount) AS s FROM {o} WHERE upper(remark) = 'PLAIN' GROUP BY customer ORDER BY 1") == [
        (1, 0), (None, 9),
    ]  # fmt: skip
    assert shop("SELECT count(*) AS n FROM {o} WHERE amount % 2 = 1 AND id > 10") == [(2,)]
    assert shop("SELECT flag, count(*) AS n FROM {o} GROUP BY GROUPING SETS ((flag), (flag), ()) ORDER BY 1, 2") == [
        (False, 1), (False, 1), (True, 3), (True, 3), (None, 1), (None, 1), (None, 5),
    ]  # fmt: skip


def test_c45_what_may_fail_is_asked_of_rows_that_are_left(shop: Shop) -> None:
    """A cast that a join would have kept from a row fails when it is asked beside that join."""
    assert shop(
        "SELECT c.id FROM {c} c JOIN {o} o ON c.id = o.customer"
        " WHERE CASE WHEN c.name = 'Ann' THEN length(o.remark) > 5 ELSE CAST(c.name AS INTEGER) > 1 END AND c.name = 'Ann'"
    ) == [(1,)]
    assert shop("SELECT o.id FROM {o} o WHERE 10 // o.amount > 1 ORDER BY o.id") == [(10,)]


def test_c46_null_constants_are_neither_true_nor_false(shop: Shop) -> None:
    """= NULL, IN (NULL) and NOT IN with a NULL, constant or found."""
    assert shop("SELECT id FROM {c} WHERE id = NULL") == []
    assert shop("SELECT id FROM {c} WHERE id IN (NULL, 2)") == [(2,)]
    assert shop("SELECT id FROM {c} WHERE id NOT IN (NULL, 2)") == []
    assert shop("SELECT id FROM {c} WHERE id NOT IN (SELECT customer FROM {o})") == []
    assert shop("SELECT id FROM {c} WHERE id NOT IN (SELECT customer FROM {o} WHERE customer IS NOT NULL) ORDER BY 1") == [
        (3,), (4,),
    ]  # fmt: skip
    assert shop("SELECT id FROM {c} WHERE (id = NULL) IS NULL AND id < 3 ORDER BY 1") == [(1,), (2,)]


def test_c47_the_clock_is_read_once_and_at_the_gateway(ask: Ask) -> None:
    """A function that a source lacks, or that reads its own clock, never stands in what it is sent."""
    statement = (
        "SELECT id FROM pg.stamp WHERE moment < now() AND day <= current_date AND moment < current_timestamp ORDER BY id"
    )
    who = ask.ways.gateway.principal(ACCOUNT)
    plan = ask.ways.gateway.explain(who, statement, grant=GRANT)
    sent = plan.document["fragments"][0]["logical"].lower()
    assert "now(" not in sent
    assert "current" not in sent
    assert ask.ways.ask(statement).column(0).to_pylist() == [1, 2]
    same = "SELECT count(DISTINCT t) AS n FROM (SELECT now() AS t FROM pg.stamp UNION ALL SELECT now() FROM lite.word) x"
    assert ask.ways.ask(same).column(0).to_pylist() == [1]


def test_c48_all_rows_of_one_source_are_of_one_moment_or_the_answer_says_so(ask: Ask) -> None:
    """Two scans of one source see two states, unless they share a snapshot; every answer tells which."""
    gateway = ask.ways.gateway
    third = "JOIN {d}.orders o ON o.amount > p.id + length(c.name)"
    statement = f"SELECT c.id FROM {{d}}.customer c JOIN parquet.customer p ON p.id = c.id {third}"
    for department, states in (("pg", ("one",)), ("lite", ("one", "none")), ("parquet", ("none",))):
        with gateway.query(gateway.principal(ACCOUNT), statement.replace("{d}", department), grant=GRANT) as result:
            result.read_all()
            assert result.snapshots[f"{department}.main"] in states


def test_c49_a_sample_is_refused_and_not_dropped(ask: Ask) -> None:
    """A join took the sample away without a word; a pushed limit would make it one of the first rows."""
    for statement in ("SELECT id FROM pg.stamp USING SAMPLE 1", "SELECT s.id FROM pg.stamp s TABLESAMPLE 10 PERCENT"):
        with pytest.raises(UnsupportedSql):
            ask.ways.ask(statement)
