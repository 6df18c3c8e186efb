"""Sub-queries that only pass columns on give way to what they read; DuckDB answers the same, and what hides a name stays."""

import duckdb
import pytest
from sqlglot import exp, parse_one

from fedquery.plan.plain import plain

TABLES = "create table t as select i % 3 as a, i as b, i // 2 as c from range(9) r(i); create table u as select 1 as a, 2 as b"
SHORTER = {
    'select "x"."a" from (select "t"."a" as "a" from "t") as "x" order by "a"': 'select "x"."a" from "t" as "x" order by "a"',
    'select "x"."a" from (select "y"."a" from (select "t"."a" as "a", "t"."b" as "b" from "t") as "y") as "x"': (
        'select "x"."a" from "t" as "x"'
    ),
    'select "x"."n" from (select "y"."n" from (select count(*) as "n" from "t") as "y") as "x"': (
        'select "x"."n" from (select count(*) as "n" from "t") as "x"'
    ),
    'select "u"."b", "x"."a" from "u" left join (select "t"."a" as "a" from "t") as "x" on "x"."a" = "u"."a"': (
        'select "u"."b", "x"."a" from "u" left join "t" as "x" on "x"."a" = "u"."a"'
    ),
    'select "u"."b" from "u" where exists (select 1 from (select "t"."a" as "a" from "t") as "x" where "x"."a" = "u"."a")': (
        'select "u"."b" from "u" where exists (select 1 from "t" as "x" where "x"."a" = "u"."a")'
    ),
}
KEPT = [
    'select "x"."a" from (select "t"."b" as "a" from "t") as "x"',
    'select "x"."a" from (select "t"."a" + 1 as "a" from "t") as "x"',
    'select "x"."a" from (select distinct "t"."a" as "a" from "t") as "x"',
    'select "x"."a" from (select "t"."a" as "a" from "t" where "t"."b" > 3) as "x"',
    'select "x"."a" from (select "t"."a" as "a" from "t" limit 2) as "x"',
    'select "x"."k" from (select "t"."a" as "a" from "t") as "x"("k")',
    'select count(*) from (select "t"."a" as "a" from "t" join "u" on "t"."b" = "u"."b") as "x"',
    # what is hidden would be seen
    'select * from (select "t"."a" as "a" from "t") as "x"',
    'select "x"."a", "b" from (select "t"."a" as "a" from "t") as "x" cross join (select "u"."b" as "b" from "u") as "y"',
    'select "x"."a" from (select "t"."a" as "a" from "t") as "x" natural join (select "u"."a" as "a" from "u") as "y"',
    'select "x"."a" from (select "t"."a" as "a", "t"."b" as "b" from "t") as "x" join "u" using ("b")',
    'select -"x"."a" as "b", "x"."a" from (select "t"."a" as "a" from "t") as "x" order by "b" + 1',
]


def shortened(sql: str) -> exp.Expr:
    tree = parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    return plain(tree)


def answers(sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        return sorted(connection.sql(sql).fetchall())


@pytest.mark.parametrize("sql", SHORTER)
def test_what_only_passes_on_gives_way(sql: str) -> None:
    assert shortened(sql) == parse_one(SHORTER[sql], dialect="duckdb")
    assert answers(shortened(sql).sql("duckdb")) == answers(sql)


@pytest.mark.parametrize("sql", KEPT)
def test_what_does_more_stays(sql: str) -> None:
    assert shortened(sql) == parse_one(sql, dialect="duckdb")
