"""Statements that make long texts are refused before anything is computed; what people write is not."""

from __future__ import annotations

import pytest

from fedquery.errors import UnsupportedSql
from tests.unit.plan.market import planned


def doubled(times: int, sql: str = "select o_comment as s from orders") -> str:
    for _ in range(times):
        sql = f"select s || s as s from ({sql}) x"
    return sql


HOSTILE = [
    doubled(10),
    "select concat(" + ", ".join(["o_comment"] * 300) + ") from orders",
    "select replace(o_comment, 'a', '" + "x" * 1000 + "') from orders",
    "select replace(o_comment, o_orderpriority, o_comment) from orders",
    "select regexp_replace(o_comment, '.', '" + r"\0" * 300 + "') from orders",
    "select regexp_replace(o_comment, '', '" + "x" * 300 + "', 'g') from orders",
    "select concat_ws('" + "x" * 60_000 + "', " + ", ".join(["o_comment"] * 30) + ") from orders",
    "select x.s || x.s from (select string_agg(o_comment, ',') as s from orders) x join part on true",
    "select s || ',' from (select * from (select string_agg(o_comment, ',') as s from orders) x) y",
    "with a as (" + doubled(5) + "), b as (select s || s || s || s as s from a) select s || s || s as s from b",
    "select (select max(x.s || x.s || x.s) from part) from (" + doubled(6) + ") x",
    "select strftime(o_orderdate, '" + "%A" * 30_000 + "') || strftime(o_orderdate, '%A') from orders",
    "select count(*) from orders where exists (" + doubled(9) + ")",
    "select s || ',' from (select string_agg(o_comment, ',') as s, max(o_comment) as s from orders) x",
    "select s_1 || ',' from (select max(o_comment) as s, string_agg(o_comment, ',') as s from orders) x",
    "select b || ',' from (select * from (select o_custkey as k from orders) y,"
    " (select string_agg(o_comment, ',') as k from orders) z) x(a, b)",
    "with x(a, b) as (select max(o_comment) as s, string_agg(o_comment, ',') as s from orders) select b || ',' from x",
    "select 1 from orders order by concat(" + ", ".join(["o_comment"] * 300) + ")",
]  # fmt: skip
USUAL = [
    "select c_name || ', ' || c_address || ', ' || c_phone as label from customer",
    "select " + " || ';' || ".join(["c_name", "c_address", "c_phone", "c_comment"] * 8) + " as line from customer",
    "select replace(replace(c_phone, '-', ''), ' ', '') as phone from customer",
    "select regexp_replace(c_name, '[^0-9]', '', 'g') as digits, strftime(o_orderdate, '%Y-%m') as m"
    " from customer join orders on true",
    "select string_agg(c_name, ', ' order by c_name) || '.' as names from customer group by c_nationkey",
    "select left(names, 20) || '…' as s from (select string_agg(c_name, ',') as names from customer) x",
    "select names from (select string_agg(c_name, ',') as names from customer) x order by names",
]


@pytest.mark.parametrize("sql", HOSTILE)
def test_a_statement_that_may_make_too_long_texts_is_refused(sql: str) -> None:
    with pytest.raises(UnsupportedSql, match="characters of text out of one row") as caught:
        planned(sql)
    assert caught.value.hint


@pytest.mark.parametrize("sql", USUAL)
def test_what_people_write_is_not(sql: str) -> None:
    planned(sql)
