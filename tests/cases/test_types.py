"""Values that a driver or a mapping corrupts in silence, before any SQL runs (C1-C6, C33)."""

from __future__ import annotations

import pytest

from fedquery.errors import InvalidValue
from tests.cases.conftest import Ask


def refuses(ask: Ask, statement: str, column: str) -> None:
    """Both ways refuse the value, and name its column."""
    for push in (True, False):
        with pytest.raises(InvalidValue, match=column):
            ask.ways.ask(statement, push=push)


def test_c1_an_infinite_moment_is_none_and_never_a_year_before_christ(ask: Ask) -> None:
    """The driver adds its epoch unchecked: 'infinity' arrives as 290279 BC."""
    assert ask("SELECT id, d, ts FROM pg.moment ORDER BY id") == [
        (1, None, None), (2, None, None), (3, "2024-02-29", "2024-02-29 12:00:00"), (4, None, None),
    ]  # fmt: skip
    assert ask("SELECT max(d) AS d, max(ts) AS ts, count(d) AS n FROM pg.moment") == [("2024-02-29", "2024-02-29 12:00:00", 1)]
    assert ask.column("SELECT id FROM pg.moment WHERE d > DATE '2000-01-01' OR ts < TIMESTAMP '2000-01-01 00:00:00'") == [3]
    refuses(ask, "SELECT d FROM pg.moment_strict", "d")
    refuses(ask, "SELECT ts FROM pg.moment_strict", "ts")


def test_c2_a_list_of_lists_is_not_flattened(ask: Ask) -> None:
    """'{{1,2},{3,4}}' in an integer[] column arrives as [1,2,3,4]."""
    assert ask("SELECT id, g FROM pg.grid ORDER BY id") == [(1, None), (2, [5, 6]), (3, []), (4, None)]
    refuses(ask, "SELECT g FROM pg.grid_strict", "g")


def test_c3_a_numeric_that_is_no_number_has_one_meaning(ask: Ask) -> None:
    """NaN in a numeric is the greatest value at the source, and 0.0 once it was read as a double."""
    assert ask.column("SELECT id FROM pg.number WHERE n > 1") == [2, 4]
    assert ask.column("SELECT count(n) AS n FROM pg.number WHERE n >= 0 OR n < 0") == [3]
    refuses(ask, "SELECT n FROM pg.number_strict", "n")


def test_c4_a_numeric_without_precision_is_exact(ask: Ask) -> None:
    """Read as a double, 12345678901234567890.123456789 is 1.234567890123457e+19."""
    exact = "12345678901234567890.123456789"
    assert ask.column(f"SELECT n FROM pg.number WHERE n = {exact}") == [exact]
    assert ask.column("SELECT max(n) AS n FROM pg.number") == [exact]


def test_c5_types_that_nothing_else_knows_are_the_sources_own_text(ask: Ask) -> None:
    """row, int4range, inet, bit and timetz come as raw bytes, or not at all."""
    assert ask("SELECT * FROM pg.odd") == [("(1,2)", "[1,5)", "10.0.0.1/32", "1010", "12:34:56+08")]
    assert ask.column("SELECT span FROM pg.odd WHERE net = '10.0.0.1/32'") == ["[1,5)"]


def test_c6_mariadbs_wide_decimals_zero_dates_bits_and_long_times(ask_mariadb: Ask) -> None:
    """Digits are lost, a zero date ends the query, bits are bytes, a time is text."""
    assert ask_mariadb("SELECT id, n, d, bits, span FROM my.wild ORDER BY id") == [
        (1, "1234567890123456789012345678.1234567891", "2024-02-29", 129, "12:34:56"), (2, None, None, 0, None),
        (3, None, None, None, None),
    ]  # fmt: skip
    assert ask_mariadb("SELECT count(n) AS n, max(d) AS d, min(span) AS s, sum(bits) AS b FROM my.wild") == [
        (1, "2024-02-29", "12:34:56", 129)
    ]
    refuses(ask_mariadb, "SELECT d FROM my.wild_strict", "d")


def test_c33_a_day_ends_before_24_hours(ask: Ask) -> None:
    """24:00 is a time of its own in PostgreSQL, and the same as 00:00 once it was rounded."""
    assert ask("SELECT t, count(*) AS n FROM pg.clock GROUP BY t ORDER BY t") == [
        ("00:00:00", 2), ("23:59:59.999999", 1), (None, 1),
    ]  # fmt: skip
    assert ask.column("SELECT max(t) AS t FROM pg.clock") == ["23:59:59.999999"]
