"""Whether rows that come twice could be seen is told by the query that reads them: DuckDB is asked too."""

import duckdb
import pytest
from sqlglot import exp, parse_one

from fedquery.plan.multiples import sees_multiples

UNSEEN = [
    "select min(b), max(b), count(distinct b) from t",
    "select a, max(b + 1) from t group by a having min(b) > 1",
    "select distinct a from t where b > 1",
    "select max(a) from (select t.a from t join u on u.a = t.a) as s",
    "select count(*) from (select a, min(b) as b from t group by a) as s",
    "select sum(a) from u where exists (select 1 from t where t.a = u.a)",
    "select sum(a) from u where a not in (select t.a from t)",
    "select sum(u.a) from u semi join t on t.a = u.a",
]
SEEN = [
    "select a from t",
    "select count(b) from t",
    "select a, (select max(a) from u) from t",
    "select a, sum(distinct b), avg(b) from t group by a",
    "select sum(a) from (select a, b from t where b > 1) as s",
    "select a, count(*) over () from t group by a, b, a + b",
    "select max(n) from (select a, count(*) as n from t group by a) as s",
    "select max(n) from (select row_number() over (order by a, b) as n from t) as s",
    "select min(a) from (select a from t order by a desc limit 2) as s",
    "select a from t union all select a from u",
    "select a from t where exists (select 1 from u where u.a = t.a)",
]


def answers(sql: str, times: int) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.execute("create table u as select * from range(1, 5) as r(a)")
        connection.execute(f"create table t as select i % 4 as a, i as b from range(9) as r(i), range({times})")
        return sorted(connection.sql(sql).fetchall(), key=repr)


def reads(sql: str) -> exp.Table:
    return next(table for table in parse_one(sql, dialect="duckdb").find_all(exp.Table) if table.name == "t")


@pytest.mark.parametrize("sql", UNSEEN)
def test_these_answer_alike_of_rows_that_come_twice(sql: str) -> None:
    assert not sees_multiples(reads(sql))
    assert answers(sql, 1) == answers(sql, 2)


@pytest.mark.parametrize("sql", SEEN)
def test_these_could_show_it(sql: str) -> None:
    assert sees_multiples(reads(sql))
