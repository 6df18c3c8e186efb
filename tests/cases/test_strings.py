"""Collation, case, padding, literals, escapes and names (C7-C23): a source's idea of equal texts is not DuckDB's."""

from __future__ import annotations

import pytest

from tests.cases.conftest import Ask

PATHS = ["my.path", "lite.path", "parquet.path"]


def test_c7_equality_is_of_bytes_under_a_collation_that_ignores_case(ask_mariadb: Ask) -> None:
    """'abc' equals 'ABC', 'abc ' and 'ábc' to MariaDB."""
    assert ask_mariadb.column("SELECT id FROM my.word WHERE v = 'abc'") == [1]
    assert ask_mariadb.column("SELECT id FROM my.word WHERE v IN ('ABC', 'x')") == [2]


def test_c8_a_negation_is_no_superset(ask_mariadb: Ask) -> None:
    """<> under the column's own collation drops rows that differ."""
    assert ask_mariadb.column("SELECT id FROM my.word WHERE v <> 'abc'") == [2, 3, 4]
    assert ask_mariadb.column("SELECT id FROM my.word WHERE NOT (v = 'abc' OR v = 'ABC')") == [3, 4]
    assert ask_mariadb.column("SELECT id FROM my.word WHERE v NOT IN ('abc')") == [2, 3, 4]


def test_c9_ranges_are_of_bytes(ask_mariadb: Ask) -> None:
    """'abc' > 'ABC' is false under a collation that ignores case."""
    assert ask_mariadb.column("SELECT id FROM my.word WHERE v > 'ABC'") == [1, 3, 4]
    assert ask_mariadb.column("SELECT v FROM my.word ORDER BY v LIMIT 2") == ["ABC", "abc"]


def test_c10_like_tells_case_and_accents_apart(ask_mariadb: Ask) -> None:
    """LIKE 'ab%' finds 'ABC' under the column's collation."""
    assert ask_mariadb.column("SELECT id FROM my.word WHERE v LIKE 'ab%'") == [1, 3]
    assert ask_mariadb.column("SELECT id FROM my.word WHERE v ILIKE 'ab%'") == [1, 2, 3]


def test_c11_distinct_groups_and_extremes_agree(ask_mariadb: Ask) -> None:
    """One engine counted four distinct values and made one group of them."""
    assert ask_mariadb.column("SELECT count(DISTINCT v) AS n FROM my.word") == [4]
    assert ask_mariadb("SELECT v, count(*) AS n FROM my.word GROUP BY v ORDER BY v") == [
        ("ABC", 1), ("abc", 1), ("abc ", 1), ("ábc", 1),
    ]  # fmt: skip
    assert len(ask_mariadb("SELECT DISTINCT v FROM my.word")) == 4
    assert ask_mariadb("SELECT min(v) AS a, max(v) AS z FROM my.word") == [("ABC", "ábc")]


def test_c12_blanks_at_the_end_count(ask_mariadb: Ask) -> None:
    """Under PAD SPACE 'ABC' equals 'ABC ', alone and in a join; a CHAR has no trailing blanks to begin with."""
    assert ask_mariadb.column("SELECT id FROM my.word WHERE c = 'ab'") == [1, 2]
    assert ask_mariadb.column("SELECT n FROM my.code WHERE code = 'ABC'") == [3]
    assert ask_mariadb.column("SELECT n FROM my.code WHERE code IN ('ABC ')") == [1]
    assert ask_mariadb("SELECT a.n, b.n FROM my.code a JOIN my.code b ON a.code = b.code") == [(1, 1), (2, 2), (3, 3)]
    assert ask_mariadb("SELECT a.n, b.n FROM my.code a JOIN lite.code b ON a.code = b.code") == [(3, 1)]


def test_c13_a_tinyint_of_five_is_not_true(ask_mariadb: Ask) -> None:
    """tinyint(1) = 5 is true to one side and false to the other; as a number it stays 5."""
    assert ask_mariadb.column("SELECT id FROM my.flag WHERE b = TRUE") == [1]
    assert ask_mariadb.column("SELECT id FROM my.flag WHERE b IS NULL") == [3, 4]
    assert ask_mariadb.column("SELECT b FROM my.flag_number WHERE b > 1") == [5]


def test_c14_padding_is_no_part_of_a_char(ask: Ask) -> None:
    """A char(10) is read without its padding, so a padded literal equals none, wherever it is compared."""
    assert ask.column("SELECT id FROM pg.word WHERE c = 'ab'") == [1, 2]
    assert ask.column("SELECT id FROM pg.word WHERE c = 'ab        '") == []
    assert ask("SELECT c, length(c) AS n FROM pg.word WHERE c LIKE 'ab' ORDER BY 1, 2") == [("ab", 2), ("ab", 2)]


def test_c15_a_locale_does_not_order_what_is_pushed(ask: Ask) -> None:
    """In the locale's order 'a' < 'A' < 'á' < 'b' < 'B'."""
    assert ask.column("SELECT v FROM pg.word WHERE v > 'B' ORDER BY v LIMIT 2") == ["a", "b"]
    assert ask("SELECT min(v) AS a, max(v) AS z FROM pg.word") == [("A", "á")]
    assert ask.column("SELECT v FROM pg.word ORDER BY v DESC LIMIT 3") == ["á", "b", "a"]


def test_c16_a_join_on_a_column_that_ignores_case(ask_mariadb: Ask) -> None:
    """Pushed into one source or made at the gateway, a join finds the same partners."""
    two = "SELECT w.id, c.n FROM my.word w JOIN my.code c ON w.v = c.code"
    assert ask_mariadb(two) == [(1, 2), (2, 3)]
    assert ask_mariadb("SELECT w.id FROM my.word w SEMI JOIN lite.word l ON w.v = l.v") == [(1,), (2,)]


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("SELECT v FROM lite.word EXCEPT SELECT code FROM lite.code", ["B", "abc", "b"]),
        ("SELECT v FROM lite.word INTERSECT SELECT code FROM lite.code", ["ABC"]),
        ("SELECT x.v FROM (SELECT v FROM lite.word EXCEPT SELECT 'ABC') x WHERE x.v = 'abc'", ["abc"]),
        ("SELECT x.v FROM (SELECT DISTINCT v FROM lite.word) x WHERE x.v = 'b'", ["b"]),
        (
            "SELECT x.v FROM (SELECT v FROM lite.word UNION SELECT code FROM lite.code) x WHERE x.v IN ('ABC', 'c')",
            ["ABC", "c"],
        ),
        ("SELECT count(DISTINCT c) AS n FROM lite.word", [3]),
    ],
)
def test_c17_set_operations_over_a_column_that_ignores_case(statement: str, rows: list[object], ask: Ask) -> None:
    """DISTINCT, EXCEPT and INTERSECT under NOCASE drop what a filter above them would have kept."""
    assert ask.column(statement) == rows


def test_c18_statistics_of_a_file_do_not_pad(ask: Ask) -> None:
    """Row groups are left out by statistics; a reader that pads or trims leaves out too many."""
    assert ask.column("SELECT id FROM parquet.fixed WHERE c = 'x'") == [1, 5]
    assert ask.column("SELECT id FROM parquet.fixed WHERE c = 'x   '") == [2]
    assert ask.column("SELECT id FROM parquet.fixed WHERE c > 'x'") == [2, 3]


def test_c19_sqlites_like_ignores_case_and_ours_does_not(ask: Ask) -> None:
    """LIKE 'a%' finds 'ABC' in SQLite, and then ILIKE is no other operator."""
    assert ask.column("SELECT id FROM lite.word WHERE v LIKE 'a%'") == [1, 5]
    assert ask.column("SELECT id FROM lite.word WHERE v ILIKE 'a%'") == [1, 2, 5]
    assert ask.column("SELECT id FROM lite.word WHERE v = 'b'") == [3]


@pytest.mark.parametrize("table", PATHS)
def test_c20_a_backslash_in_a_literal_is_a_backslash(table: str, ask_mariadb: Ask) -> None:
    r"""'a\b' sent as it is becomes a backspace in MySQL, and the row is lost."""
    assert ask_mariadb.column(f"SELECT id FROM {table} WHERE c = 'a\\b'") == [1]
    assert ask_mariadb.column(f"SELECT id FROM {table} WHERE c IN ('a\\b', 'abc\\', 'O''Brien')") == [1, 7, 9]


@pytest.mark.parametrize("table", PATHS)
@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("starts_with(c, 'abc\\')", [7]), ("contains(c, '50%')", [3]), ("starts_with(c, 'a_b')", [5]),
        ("ends_with(c, '\\')", [7]),
        ("contains(c, '%')", [3, 8]), ("contains(c, '\\b')", [1]), ("starts_with(c, 'O''')", [9]),
    ],
)  # fmt: skip
def test_c21_a_search_for_a_text_is_no_pattern(table: str, condition: str, ids: list[int], ask_mariadb: Ask) -> None:
    """starts_with and contains turned into LIKE need the percent, the underscore and the backslash escaped, in two layers."""
    assert ask_mariadb.column(f"SELECT id FROM {table} WHERE {condition}") == ids


@pytest.mark.parametrize("table", PATHS)
@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("c LIKE 'a\\%'", [1]), ("c LIKE 'a\\%' ESCAPE '\\'", [8]), ("c LIKE 'a!_b' ESCAPE '!'", [5]), ("c LIKE '%\\'", [7]),
        ("c LIKE 'a_b'", [1, 5, 6]), ("c NOT LIKE '%_%'", []), ("c LIKE '50!%' ESCAPE '!'", [3]),
    ],
)  # fmt: skip
def test_c22_like_has_no_escape_of_its_own(table: str, condition: str, ids: list[int], ask_mariadb: Ask) -> None:
    """A backslash escapes in MySQL's LIKE without being asked, and in DuckDB's it does not."""
    assert ask_mariadb.column(f"SELECT id FROM {table} WHERE {condition} AND id <> 2") == ids


def test_c23_names_that_need_quoting(ask: Ask) -> None:
    """Functions' names, keywords, two columns that differ in case, dots and quotes in a name, 63 bytes, a line break."""
    assert ask("SELECT sum_x, chosen, upper_id, lower_id, dotted, lengthy FROM pg.strange") == [(1, 2, 3, 4, 5, 6)]
    assert ask.column("SELECT sum(sum_x) AS s FROM pg.strange WHERE lower_id > upper_id AND dotted = 5 AND lengthy = 6") == [1]
