"""One SELECT of the allowed language, or a refusal that shows where."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from fedquery.errors import BadRequest, QueryError, SyntaxProblem, UnsupportedSql
from fedquery.plan.parse import parse

REFUSED = [
    "select 1; select 2",
    "copy t to 'x'",
    "attach 'x'",
    "pragma database_list",
    "set threads = 1",
    "show tables",
    "describe t",
    "summarize t",
    "explain select 1",
    "explain analyze select 1",
    "prepare p as select 1",
    "call f()",
    "insert into t values (1)",
    "update t set a = 1",
    "delete from t",
    "create table t as select 1",
    "values (1)",
    "",
    "select x into t from y",
    "with d as (delete from t returning *) select * from d",
    "with recursive r as (select 1 union all select * from r) select * from r",
    "select 1 for update",
    "select * from read_csv('x')",
    "select * from parquet_scan('x')",
    "select * from range(10)",
    "select * from query('select 1')",
    "select * from t using sample 10%",
    "select * from t tablesample (10 percent)",
    "select * from t at (version => 1)",
    "select * from t pivot (sum(x) for y in (1))",
    "select * from t asof join u using (a)",
    "select * from t natural join u",
    "select * from t positional join u",
    "select * from t, lateral (select 1)",
    "select unnest([1])",
    "select [1]",
    "select {'a': 1}",
    "select columns('a') from t",
    "select #1 from t",
    "select * replace (a + 1 as a) from t",
    "select list_transform(l, x -> x) from t",
    "select stats(a) from t",
    "select getenv('x')",
    "select current_setting('x')",
    "select random()",
    "select sleep_ms(1)",
    "select error('x')",
    "select hash(a) from t",
    "select version()",
    "select nextval('s')",
    "select a from t limit 10%",
    "select regexp_extract_all(a, 'b') from t",
    "select repeat('x', 1000000000)",
    "select lpad('x', 1000000000, 'y')",
    "select e'\\n'",
    "select ?",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_everything_else_is_refused(sql: str) -> None:
    with pytest.raises(UnsupportedSql) as refusal:
        parse(sql)
    assert refusal.value.hint


@pytest.mark.parametrize(
    "sql",
    [
        "from t select a",
        "select a, count(*) from t group by all having count(*) > 1 order by all limit 3 offset 1",
        "with c as (select 1 as a) select * exclude (a) from c union all select 2",
        "select a from t where a in (select b from u) and exists (select 1 from v where v.x = t.a)",
        "select row_number() over (partition by a order by b) from t qualify row_number() over (order by b) = 1",
        "select sum(a) filter (where b > 1), strftime(d, '%Y-%m'), d - interval 30 day from t",
        "select case when a is not distinct from b then 'x' else y end, coalesce(a, b), a::date, try_cast(a as int) from t",
        "select t.a from s.t join s.u using (k) left join s.v on v.k = t.k semi join s.w using (k)",
        "select '\u200b', '中文' as 名 from t",
    ],
)
def test_selects_pass(sql: str) -> None:
    assert parse(sql).selects


def test_a_syntax_error_shows_its_place() -> None:
    with pytest.raises(SyntaxProblem) as problem:
        parse("select a\nfrom t\nwhere (")
    assert problem.value.span is not None
    assert (problem.value.span.line, problem.value.span.column) == (3, 7)


@pytest.mark.parametrize(
    "character", ["\u200b", "\ufeff", "\u00a0", "\u2060", "\x00", "\x0b", "\u3000", "\u202e", "\x7f", "\x85"]
)
def test_characters_that_engines_read_differently_are_refused(character: str) -> None:
    with pytest.raises(SyntaxProblem) as problem:
        parse(f"select a{character}b from t")
    assert problem.value.span is not None
    assert problem.value.span.start == 8


def test_names_are_in_composed_form() -> None:
    with pytest.raises(SyntaxProblem, match="NFC"):
        parse("select cafe\u0301 from t")


def test_sizes_are_bounded() -> None:
    with pytest.raises(BadRequest, match="64 KiB"):
        parse("select '" + "x" * 70_000 + "'")
    with pytest.raises(QueryError):
        parse("select " + "(" * 300 + "1" + ")" * 300)
    with pytest.raises(UnsupportedSql, match="joins"):
        parse("select 1 from a.t" + "".join(f" join a.t t{n} on true" for n in range(20)))
    with pytest.raises(UnsupportedSql, match="parts"):
        parse("select " + ",".join(f"a{n}" for n in range(6000)))


def test_parameters_are_values_never_text() -> None:
    tree = parse(
        "select $a, $b, $c, $d, $e, $f",
        {"a": "x' or 1=1 --", "b": -3, "c": Decimal("1.50"), "d": dt.date(2026, 10, 1), "e": None, "f": True},
    )
    assert [node.sql("duckdb") for node in tree.selects] == [
        "'x'' or 1=1 --'",
        "-3",
        "CAST('1.50' AS DECIMAL(3, 2))",
        "CAST('2026-10-01' AS DATE)",
        "NULL",
        "TRUE",
    ]


@pytest.mark.parametrize(
    ("sql", "values", "fault"),
    [
        ("select $a", {}, "no value"),
        ("select 1", {"a": 1}, "no parameter"),
        ("select $a", {"a": [1]}, "unsupported"),
        ("select $a", {"a": float("nan")}, "unsupported"),
        ("select $a", {"a": "\0"}, "unsupported"),
    ],
)
def test_parameters_fit_the_statement(sql: str, values: dict[str, object], fault: str) -> None:
    with pytest.raises(BadRequest, match=fault):
        parse(sql, values)


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT foo(x) FROM d.t", "foo"),
        ("SELECT x FROM d.t WHERE List_Transform([1], x -> x) IS NULL", "List_Transform"),
        ("SELECT unnest (x) FROM d.t", "unnest"),
        ("SELECT regexp_split_to_array(x, 'a') FROM d.t", "regexp_split_to_array"),
    ],
)
def test_a_function_that_is_refused_is_called_and_marked_as_it_is_written(sql: str, name: str) -> None:
    with pytest.raises(UnsupportedSql) as refused:
        parse(sql)
    assert refused.value.message == f"The function {name.lower()} is not in the allowed language."
    assert refused.value.span is not None
    assert sql[refused.value.span.start : refused.value.span.end] == name
