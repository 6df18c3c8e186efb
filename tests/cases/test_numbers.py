"""Numbers, dates and NULLs that engines compute differently (C24-C36, C50)."""

from __future__ import annotations

import math

import pytest

from fedquery.errors import FedqueryError
from tests.cases.conftest import Ask


def test_c24_no_number_is_the_greatest(ask: Ask) -> None:
    """NaN is above infinity in DuckDB and in PostgreSQL; an engine of the other rule drops or adds rows."""
    for column, type in (("r", "REAL"), ("x", "DOUBLE")):
        assert ask.column(f"SELECT id FROM pg.float WHERE {column} > 'Infinity'::{type}") == [1]
        assert ask.column(f"SELECT id FROM pg.float WHERE {column} <= 'Infinity'::{type}") == [2, 3, 4, 5]
        assert ask.column(f"SELECT id FROM pg.float ORDER BY {column} DESC, id LIMIT 3") == [1, 2, 3]
    assert math.isnan(ask.column("SELECT max(x) AS m FROM pg.float")[0])


def test_c25_nan_is_in_a_list_with_itself(ask: Ask) -> None:
    """Interpreted it was false, compiled true."""
    assert ask.column("SELECT id FROM pg.float WHERE x IN ('NaN'::DOUBLE)") == [1]
    assert ask.column("SELECT id FROM pg.float WHERE x = 'NaN'::DOUBLE") == [1]
    assert ask.column("SELECT id FROM parquet.zero WHERE x IN ('NaN'::DOUBLE, 7)") == [3, 5]


def test_c26_a_float_is_compared_as_what_it_is(ask_mariadb: Ask) -> None:
    """f = 3.14 finds nothing in MySQL, where the float is widened first."""
    assert ask_mariadb.column("SELECT id FROM my.wild WHERE f = 3.14") == [1]
    assert ask_mariadb.column("SELECT id FROM my.wild WHERE f = 3") == [3]
    assert ask_mariadb.column("SELECT id FROM my.wild WHERE f > 3") == [1]


def test_c27_large_whole_numbers_do_not_pass_through_a_double(ask_mariadb: Ask) -> None:
    """9007199254740993 is 9007199254740992 as a double."""
    assert ask_mariadb.column("SELECT id FROM my.number WHERE big = 9007199254740993") == [1]
    assert ask_mariadb.column("SELECT id FROM my.number WHERE big > 9007199254740992") == [1, 3]
    assert ask_mariadb.column("SELECT count(DISTINCT big) AS n FROM my.number") == [4]
    assert ask_mariadb.column("SELECT sum(big) AS s FROM my.number WHERE id IN (2, 3)") == [2**53 + 2**63 - 1]


@pytest.mark.parametrize(
    "expression", ["id / n", "n / 0", "n // 0", "n % 0", "sqrt(x)", "ln(x)", "exp(x)", "round(x)", "log(x)", "log2(x)"]
)
def test_c28_functions_that_mysql_ends_with_null(expression: str, ask_mariadb: Ask) -> None:
    """Division by zero, sqrt(-1), ln(0) are NULL there, exp(1000) is an error, and round(2.5) is 2."""
    try:
        wanted = ask_mariadb.ways.local(f"SELECT {expression} AS y FROM my.number")
    except Exception:
        wanted = None
    if wanted is None:
        for push in (True, False):
            with pytest.raises(FedqueryError, match="") as refused:
                ask_mariadb.ways.ask(f"SELECT {expression} AS y FROM my.number", push=push)
            assert refused.value.code.startswith("query.")
        return
    ask_mariadb(f"SELECT id, {expression} AS y FROM my.number")
    ask_mariadb(f"SELECT id FROM my.number WHERE {expression} > 1")


@pytest.mark.parametrize("department", ["my", "pg", "lite", "parquet"])
@pytest.mark.parametrize(
    ("expression", "value"), [("5 / 2", 2.5), ("-7 % 3", -1), ("7 // -2", -4), ("'a' || 'b'", "ab"), ("2 + 3 * 4", 14)]
)
def test_c29_operators_are_spelt_for_the_dialect(department: str, expression: str, value: object, ask_mariadb: Ask) -> None:
    """5/2 is 2 in PostgreSQL and 2.5 here; || is OR in MySQL; a remainder takes another sign elsewhere."""
    if expression == "7 // -2":
        value = ask_mariadb.ways.local("SELECT 7 // -2").column(0)[0].as_py()
    assert ask_mariadb.column(f"SELECT {expression} AS y FROM {department}.customer WHERE id = 1") == [value]
    assert ask_mariadb.column(f"SELECT c.id FROM {department}.customer c WHERE c.id * 5 / 2 = 2.5") == [1]
    assert ask_mariadb.column(f"SELECT c.id FROM {department}.customer c WHERE (0 - c.id) % 3 = -1") == [1, 4]


@pytest.mark.parametrize("department", ["my", "pg", "lite", "parquet"])
def test_c30_concat_passes_over_null_and_the_operator_does_not(department: str, ask_mariadb: Ask) -> None:
    """concat(NULL, 'z') is 'z' in DuckDB and NULL in MySQL."""
    assert ask_mariadb.column(f"SELECT id FROM {department}.customer WHERE concat(name, 'z') = 'z'") == [4]
    assert ask_mariadb.column(f"SELECT id FROM {department}.customer WHERE name || 'z' IS NULL") == [4]
    assert ask_mariadb.column(f"SELECT concat_ws('-', name, 'z') AS y FROM {department}.customer WHERE id = 4") == ["z"]


@pytest.mark.parametrize(
    "expression",
    [
        "avg(n)", "stddev(n)", "var_pop(n)", "max(week(d))", "max(dayofweek(d))", "max(isodow(d))", "sum(length(s))",
        "max(greatest(n, NULL))", "min(least(n, 3))", "string_agg(s, ',' ORDER BY s)", "max(strlen(s))",
        "max(log(x)) FILTER (WHERE x > 0)",
    ],
)  # fmt: skip
def test_c31_functions_of_one_name_and_two_meanings(expression: str, ask_mariadb: Ask) -> None:
    """avg has four decimals in MySQL, stddev divides by n, week counts otherwise, length counts bytes, greatest is NULL."""
    ask_mariadb(f"SELECT {expression} AS y FROM my.number")


@pytest.mark.parametrize("department", ["my", "pg", "lite", "parquet"])
def test_c32_a_length_counts_characters_and_blanks(department: str, ask_mariadb: Ask) -> None:
    """LEN leaves out trailing blanks in SQL Server; elsewhere an emoji is several."""
    table = {"my": "my.number", "pg": "pg.word", "lite": "lite.word", "parquet": "parquet.fixed"}[department]
    column = {"my": "s", "pg": "v", "lite": "c", "parquet": "c"}[department]
    ask_mariadb(f"SELECT id, length({column}) AS n FROM {table} ORDER BY id")
    ask_mariadb(f"SELECT id FROM {table} WHERE length({column}) = 1")
    ask_mariadb(f"SELECT id FROM {table} WHERE length({column}) > 3")


@pytest.mark.parametrize("table", ["pg.stamp", "my.stamp"])
@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("day = ts", [2]), ("ts = day", [2]), ("ts > DATE '2024-03-31'", [1, 2]),
        ("day < TIMESTAMP '2024-03-31 12:00:00'", [1]),
        ("CAST(ts AS DATE) = DATE '2024-03-31'", [1]), ("ts >= '2024-04-01'", [2]), ("day = '2024-03-31'", [1]),
        ("day BETWEEN DATE '2024-04-30' - INTERVAL 1 MONTH AND DATE '2024-03-31'", [1]),
        ("CAST(day AS VARCHAR) LIKE '2024-03%'", [1]),
    ],
)  # fmt: skip
def test_c34_days_and_moments_are_compared_as_moments(table: str, condition: str, ids: list[int], ask_mariadb: Ask) -> None:
    """A cast of the column is not a cast of the constant."""
    assert ask_mariadb.column(f"SELECT id FROM {table} WHERE {condition}") == ids


@pytest.mark.parametrize("table", ["pg.stamp", "my.stamp"])
@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("moment = TIMESTAMPTZ '2024-03-31 00:00:00+08'", [1]), ("moment = TIMESTAMPTZ '2024-03-30 16:00:00+00'", [1]),
        ("moment < TIMESTAMPTZ '2024-04-01 00:00:00+08'", [1]), ("CAST(moment AS DATE) = DATE '2024-04-01'", [2]),
        ("moment >= TIMESTAMP '2024-03-31 00:00:00'", [1, 2]), ("hour(moment) = 7", [2]),
        ("date_trunc('day', moment) = TIMESTAMPTZ '2024-03-31 00:00:00+08'", [1]),
    ],
)  # fmt: skip
def test_c35_one_zone_rules_everywhere(table: str, condition: str, ids: list[int], ask_mariadb: Ask) -> None:
    """A naive constant, a zoned one and the zone of a session shift each other; the setting time_zone is the only one."""
    assert ask_mariadb.column(f"SELECT id FROM {table} WHERE {condition}") == ids


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT p, count(*) AS n FROM pg.pause GROUP BY p",
        "SELECT DISTINCT p FROM pg.pause",
        "SELECT id FROM pg.pause WHERE p = INTERVAL 30 DAY",
        "SELECT a.id, b.id FROM pg.pause a JOIN pg.pause b ON a.p = b.p",
        "SELECT max(id) AS id FROM pg.pause WHERE p > INTERVAL 25 HOUR",
    ],
)
def test_c36_a_month_equals_thirty_days_by_one_rule(statement: str, ask: Ask) -> None:
    """Equal in PostgreSQL and different as a key elsewhere: intervals are compared at the gateway."""
    ways = ask.ways
    pushed, pulled, wanted = ways.ask(statement), ways.ask(statement, push=False), ways.local(statement)
    counts = {table.num_rows for table in (pushed, pulled, wanted)}
    assert len(counts) == 1


def test_c50_zero_has_no_sign_and_null_equals_null_when_asked(ask: Ask) -> None:
    """-0.0 and 0.0 are one group and partners; IS NOT DISTINCT FROM joins NULLs; NaN is one group."""
    assert ask("SELECT count(*) AS n FROM parquet.zero GROUP BY x ORDER BY n") == [(1,), (2,), (2,)]
    assert ask("SELECT a.id, b.id FROM parquet.zero a JOIN pg.float b ON a.x = b.x") == [
        (1, 4), (1, 5), (2, 4), (2, 5), (3, 1), (5, 1),
    ]  # fmt: skip
    assert ask("SELECT a.id, b.id FROM parquet.zero a JOIN pg.float b ON a.x IS NOT DISTINCT FROM b.x WHERE a.x IS NULL") == [
        (4, 6)
    ]
    assert ask.column("SELECT id FROM pg.float WHERE x = 0") == [4, 5]
    assert ask.column("SELECT count(DISTINCT x) AS n FROM pg.float") == [4]
