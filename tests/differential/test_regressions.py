"""Statements that once had two answers, or none, as short as they could be made; each test says what was wrong."""

from __future__ import annotations

from typing import Protocol

import pyarrow as pa
import pytest

from fedquery.testing.reference import differences
from tests.differential.conftest import Worlds
from tests.estate import ACCOUNT, GRANT


class Check(Protocol):
    """``check(sql)`` compares the three ways in every world."""

    def __call__(self, sql: str, *, ordered: bool = False) -> None: ...


@pytest.fixture
def check(worlds: Worlds) -> Check:
    def compare(sql: str, *, ordered: bool = False) -> None:
        for ways in worlds.ways:
            assert ways.compare(sql, ordered=ordered) is not None

    return compare


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_moments_are_promised_in_utc_whatever_the_zone(department: str, check: Check) -> None:
    """DuckDB describes a moment in the zone of its session; sources gave it in UTC, and were called drifted."""
    check(f"SELECT moment, date_trunc('day', moment) AS d FROM {department}.item WHERE moment IS NOT NULL")


def test_a_shipped_key_may_be_too_large_for_the_column(check: Check) -> None:
    """Whole numbers are shipped between columns of any width; a Parquet file with a narrower column was called damaged."""
    check("SELECT i.id, k.code FROM pg.item i JOIN parquet.kind k ON i.edge = k.rank")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_folded_constant_keeps_its_type(department: str, check: Check) -> None:
    """length(…) and month(…) are BIGINT; folded to a plain number they became INTEGER, in the answer too."""
    check(f"SELECT month(DATE '2024-02-29') AS m, length('abc') + n AS l FROM {department}.item")


@pytest.mark.parametrize("department", ["pg", "lite"])
def test_a_sub_query_whose_column_nobody_reads_is_not_missed(department: str, check: Check) -> None:
    """Its resource was gone from the plan with the column, and the plan was called broken."""
    inside = f"SELECT (SELECT max(k.rank) FROM {department}.kind k) AS m, i.n AS n FROM {department}.item i"
    check(f"SELECT x.n FROM ({inside}) x JOIN parquet.kind k ON k.rank = x.n")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_two_columns_of_one_name_are_two_columns(department: str, check: Check) -> None:
    """A join that one source made whole was read back by name: both columns held the first one's values."""
    joined = f"FROM {department}.item i JOIN {department}.event e ON e.item = i.id"
    check(f"SELECT i.id, e.id {joined}")
    check(f'SELECT i.id, e.id, i.day AS "ID" {joined} ORDER BY 1, 2', ordered=True)
    check(f"SELECT n, count(*) AS n {joined} GROUP BY i.n")
    check(f"SELECT i.id, e.id {joined} UNION ALL SELECT k.rank, k.rank FROM {department}.kind k")
    check(f"SELECT p.id, p.n FROM parquet.item p UNION ALL SELECT i.n AS k, i.edge AS k FROM {department}.item i")
    check(f"SELECT count(*) AS n FROM (SELECT i.id, e.id {joined}) x")
    check(f"SELECT i.id, i.id FROM {department}.item i WHERE i.id IN (SELECT e.item FROM parquet.event e)")


@pytest.mark.parametrize("department", ["lite", "parquet"])
def test_division_by_zero_is_null_beside_files_too(department: str, check: Check) -> None:
    """The DuckDB beside an embedded source raised, once such conditions travelled there."""
    check(f"SELECT i.id, 10 // i.n AS d FROM {department}.item i WHERE 10 % i.n = 0 OR 10 // i.n IS NULL")


def test_a_constant_is_sent_only_where_its_spelling_is_exact(check: Check) -> None:
    """MariaDB's TIME of a literal has no fraction, its DOUBLE of 'infinity' is 0: beside a pushed group they were constants."""
    check("SELECT k.code, TIME '12:34:56.000001' AS t, min(TIME '12:34:56.000001') AS m FROM my.kind k GROUP BY k.code")
    check("SELECT k.code, 'infinity'::DOUBLE AS d, max(2.3e-308) AS m FROM my.kind k GROUP BY k.code")
    check("SELECT i.n, TIMESTAMP '2024-02-29 12:34:56.123456' AS t FROM my.item i JOIN my.event e ON e.item = i.id")
    check("SELECT i.n, TIMESTAMPTZ '2024-02-29 12:34:56.123456+00' AS t FROM my.item i JOIN my.event e ON e.item = i.id")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_is_true_and_is_false_are_no_is_null(department: str, check: Check) -> None:
    """Each was given IS NULL as the condition for the source's index, which left only the rows that neither finds."""
    for truth in ("TRUE", "FALSE", "NOT TRUE", "NOT FALSE", "NULL", "NOT NULL"):
        check(f"SELECT e.id FROM {department}.event e WHERE e.ok IS {truth}")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_rows_of_which_no_column_is_read(department: str, check: Check) -> None:
    """With pushing switched off the one constant of such a leaf was not allowed to go."""
    check(f"SELECT count(*) AS n, 2 AS two FROM {department}.kind k")


def test_a_double_is_written_as_a_double(check: Check) -> None:
    """0e0 is a numeric in PostgreSQL; the answer was called drifted."""
    check("SELECT i.n, 0e0 AS zero, 1e3 AS k FROM pg.item i WHERE i.n > 1")


def test_conditions_compared_with_conditions_keep_their_brackets(check: Check) -> None:
    """In PostgreSQL (a = b) >= c without brackets is another question."""
    check("SELECT e.id FROM pg.event e JOIN pg.item i ON (e.qty = e.qty) >= e.ok AND i.id = e.item")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_computed_value_beside_a_column_is_no_constant(department: str, check: Check) -> None:
    """word = lower(note) was given word = 'note' as the condition for the source's index: the name, taken for a text."""
    check(f"SELECT i.id FROM {department}.item i WHERE i.word = lower(i.note) OR i.word IS NULL")
    check(f"SELECT i.id FROM {department}.item i WHERE coalesce(i.word, 'x') = i.word")
    check(f"SELECT e.id FROM {department}.event e WHERE e.amount - e.qty <= e.amount")
    check(f"SELECT e.id FROM {department}.event e WHERE e.qty BETWEEN e.qty - 1 AND 7")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_constant_column_may_be_sorted_by(department: str, check: Check) -> None:
    """MariaDB took the constant behind the name for the number of a column, and refused the statement."""
    check(f"SELECT i.n, FALSE AS c, 1 AS d FROM {department}.item i ORDER BY 2, 1, 3 LIMIT 3", ordered=True)


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_the_aggregate_of_a_sub_query_is_not_the_statement_s(department: str, check: Check) -> None:
    """The table around it was folded instead, and the sub-query, for one value, had a row for each of its own."""
    check(f"SELECT (SELECT count(*) FROM {department}.item r2) AS c1 FROM {department}.item r1 ORDER BY 1", ordered=True)
    check(f"SELECT (SELECT count_if(r2.n = r2.n) FROM {department}.item r2) AS c1 FROM {department}.item r1")
    check(f"SELECT max(n) + (SELECT min(rank) FROM parquet.kind) AS m FROM {department}.item GROUP BY day")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_filter_belongs_to_its_aggregate_whatever_that_does_with_null(department: str, check: Check) -> None:
    """It became a CASE inside the aggregate: one with an ORDER BY lost it without a word, first and any_value counted NULL."""
    few = "FILTER (WHERE label IN ('abc') OR rank > 3)"
    check(f"SELECT string_agg(code, ',' ORDER BY code) {few} AS a FROM {department}.kind")
    check(f"SELECT string_agg(DISTINCT label, ',' ORDER BY label) {few} AS a FROM {department}.kind")
    check(f"SELECT any_value(code) FILTER (WHERE code = 'a') AS a FROM {department}.kind")
    check(
        f"SELECT first(code ORDER BY code, rank) {few} AS f, last(code ORDER BY code, rank) {few} AS l FROM {department}.kind"
    )
    check(f"SELECT count(*) {few} AS n, count(DISTINCT label) {few} AS d, max(code) {few} AS m FROM {department}.kind")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_number_may_be_too_large_for_the_decimal_it_is_compared_with(department: str, check: Check) -> None:
    """The hint for a file's row groups wrote it as one: the file was called damaged."""
    for condition in ("2147483647 = amount", "amount < 2147483647", "amount > -99999999999.5", "amount IN (1, 2147483647)"):
        check(f"SELECT id FROM {department}.event WHERE {condition}")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_an_aggregate_of_a_constant_stays_with_its_group(department: str, check: Check) -> None:
    """A median that its source is not asked for stood above the groups; with a column in it the SELECT was left whole."""
    check(f"SELECT count(*) AS c1, median(0) AS c2 FROM {department}.kind GROUP BY left(code, 2)")
    check(f"SELECT max(rank) AS m FROM {department}.kind GROUP BY code HAVING median(0) = 0 ORDER BY median(1), m")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_table_expression_that_nobody_reads_is_not_computed(department: str, check: Check) -> None:
    """Its source was asked, and refused a number that its type cannot hold; DuckDB never computes it."""
    check(f"WITH t AS (SELECT sum(rate * n) AS s FROM {department}.item) SELECT code FROM {department}.kind")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_an_equality_of_the_outer_row_alone_reads_no_column_of_the_inner(department: str, check: Check) -> None:
    """EXISTS became a join with a query that selected nothing at all."""
    inner = f"SELECT i.id FROM {department}.item i JOIN {department}.event e ON e.item = i.id"
    check(f"SELECT k.code FROM {department}.kind k WHERE EXISTS ({inner} WHERE k.rank = k.rank)")
    check(f"SELECT k.code FROM {department}.kind k WHERE NOT EXISTS ({inner} WHERE k.code = k.label)")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_what_is_folded_before_a_join_does_not_raise_on_rows_that_it_drops(department: str, check: Check) -> None:
    """The square of the largest price goes beyond its type, and was computed before the join that asks for small ones."""
    joined = f"FROM {department}.item i JOIN parquet.event e ON i.at = e.at AND abs(i.price) <= abs(e.qty)"
    check(f"SELECT e.kind, sum(i.price * i.price) AS s {joined} GROUP BY e.kind")
    check(f"SELECT e.id, max(i.price * i.price) AS m, sum(i.n * i.n) AS s {joined} GROUP BY e.id")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_folded_whole_number_is_no_literal(department: str, check: Check) -> None:
    """A literal takes the type of what it stands beside, a computed INTEGER does not: the answer was a TINYINT."""
    check(f"SELECT CASE WHEN rank > 1 THEN greatest(abs(3), 3) ELSE sign(3) END AS c FROM {department}.kind")
    check(f"SELECT coalesce(rank, 1 + 2) AS c, rank + (3 - 1) AS d, least(rank, abs(-2)) AS e FROM {department}.kind")
    check(f"SELECT code FROM {department}.kind WHERE rank = 3 + 4 OR rank IN (1 + 0, 2 - 3)")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_the_smallest_number_of_a_type_is_written_with_its_sign(department: str, check: Check) -> None:
    """-2147483648 is an INTEGER, 2147483648 a BIGINT: the answer was one."""
    chosen = "CASE WHEN label > code THEN coalesce(-2147483648, rank) ELSE rank END"
    check(f"SELECT DISTINCT {chosen} AS c FROM {department}.kind k ANTI JOIN {department}.event e ON k.code = e.kind")
    check(f"SELECT n, greatest(n, -9223372036854775808) AS g FROM {department}.item WHERE n > -2147483648")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_sum_that_no_row_asks_for_does_not_overflow_at_the_gateway(department: str, worlds: Worlds) -> None:
    """DuckDB computed it for every day where another text of the same statement made it compute those of the events alone."""
    most = "(SELECT sum(%s * i.n) FROM {department}.item i WHERE i.day = e.day)"
    some = f"SELECT 0 AS c FROM {department}.item x CROSS JOIN {department}.event y ORDER BY 1 LIMIT 5"
    asked = f"SELECT max(e.at) AS m FROM {department}.event e ANTI JOIN ({some}) s ON NOT (e.ok IS TRUE) WHERE e.amount = "
    wide = asked + most.format(department=department) % "CAST(i.rate AS DECIMAL(38,6))"
    for ways in worlds.ways:
        for push in (True, False):
            given = ways.ask(asked + most.format(department=department) % "i.rate", push=push)
            assert not differences(given, ways.local(wide))


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_row_that_an_outer_join_fills_counts_where_no_column_of_it_is_read(department: str, check: Check) -> None:
    """The constant was folded with the rows that the join might find; of those that it filled there was none."""
    joined = f"FROM {department}.kind k LEFT JOIN parquet.kind r ON k.rank = r.rank GROUP BY"
    check(f"SELECT k.code, max(1.5) AS m, count(0) AS n, sum(-15) AS s {joined} k.code")
    check(f"SELECT r.label, count(DATE '2024-01-01') AS n, k.code {joined} ROLLUP (r.label, k.code)")
    check(f"SELECT k.code, max(coalesce(r.rank, 7)) AS m, count(r.rank IS NULL) AS n {joined} k.code")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_number_that_no_row_of_a_list_could_be_is_unknown_where_the_list_has_a_null(department: str, check: Check) -> None:
    """MariaDB keeps the list as SMALLINT, does not find what goes beyond it, and forgets the NULL."""
    ranks = f"(SELECT k.rank FROM {department}.kind k UNION ALL SELECT NULL FROM {department}.item)"
    check(f"SELECT id FROM {department}.item WHERE edge NOT IN (SELECT rank FROM {department}.kind)")
    check(f"SELECT id, edge IN (SELECT k.rank FROM {department}.kind k) AS found FROM {department}.item")
    check(f"SELECT id, rate NOT IN (SELECT i.price FROM {department}.item i) AS missed FROM {department}.item")
    check(f"SELECT id FROM {department}.item WHERE small NOT IN (SELECT edge FROM {department}.item WHERE edge > 0)")
    check(f"SELECT id FROM {department}.item WHERE edge NOT IN {ranks}")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_bare_null_is_a_column(department: str, check: Check) -> None:
    """A source gave it a type of its own, and was called drifted."""
    check(f"SELECT id, NULL AS x FROM {department}.item")
    check(f"SELECT id, NULL AS x FROM {department}.item UNION ALL SELECT id, NULL FROM {department}.event")
    check(f"SELECT k.code FROM {department}.kind k WHERE k.rank NOT IN (SELECT NULL FROM {department}.item)")
    check(f"SELECT x.n, p.id FROM (SELECT id, NULL AS n FROM {department}.item) x JOIN parquet.item p ON p.id = x.id")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_sub_query_may_be_all_that_is_selected(department: str, check: Check) -> None:
    """One that reads no table itself was taken for one that hands a fragment on, and ended as a bug."""
    check(f"SELECT (SELECT max(k.rank) FROM {department}.kind k) AS m")
    check(f"SELECT EXISTS (SELECT 1 FROM {department}.item WHERE n > 1) AS e")
    check(f"SELECT 1 + (SELECT count(*) FROM {department}.item) AS n, 2 AS two")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_null_is_less_than_all_of_nothing(department: str, check: Check) -> None:
    """The condition was taken to need a row of its column's table, and the outer join for an inner one."""
    joined = f"FROM {department}.event e FULL JOIN {department}.item i ON e.amount = i.price WHERE"
    nothing = f"(SELECT x.id FROM {department}.item x WHERE x.note = 'no such note')"
    check(f"SELECT i.id, e.id AS e {joined} e.id < ALL {nothing}")
    check(f"SELECT i.id, e.id AS e {joined} NOT (e.id = ANY {nothing})")


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_column_may_have_a_name_that_its_source_does_not_take(department: str, check: Check) -> None:
    """MariaDB refused characters beyond the basic plane, PostgreSQL cut a long name, and was called drifted."""
    for name in ("👩", "a long name " * 10):
        check(f'SELECT n AS "{name}" FROM {department}.item')
        check(f'SELECT x."{name}" FROM (SELECT n AS "{name}", id FROM {department}.item) x JOIN parquet.item p ON p.id = x.id')
        check(f'SELECT "{name}".n FROM {department}.item AS "{name}" WHERE "{name}".n > 1')


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_a_semi_join_on_one_computed_condition_is_printed(department: str, check: Check) -> None:
    """What a connector spells is no condition to sqlglot, which moves an ON into a WHERE: such a plan was called broken."""
    for join in ("SEMI", "ANTI"):
        joined = f"{department}.item i {join} JOIN {department}.kind k ON i.word LIKE 'a%'"
        inside = f"SELECT min(i.word) AS w, max(i.id) AS n FROM {joined} GROUP BY i.ok"
        check(f"SELECT x.w, x.n FROM ({inside}) x JOIN {department}.kind k ON k.code = x.w OR k.rank < x.n")


@pytest.mark.parametrize("operation", ["UNION ALL", "UNION", "EXCEPT", "EXCEPT ALL", "INTERSECT", "INTERSECT ALL"])
@pytest.mark.parametrize(("left", "right"), [("pg", "my"), ("pg", "pg"), ("my", "my"), ("lite", "parquet"), ("parquet", "pg")])
def test_keys_in_every_query_of_a_set_operation_change_nothing(
    operation: str, left: str, right: str, worlds: Worlds, check: Check
) -> None:
    giver = "parquet" if "parquet" not in (left, right) else "my"
    both = f"SELECT kind AS c, qty, ok FROM {left}.event {operation} SELECT kind, qty, ok FROM {right}.event"
    sql = f"SELECT k.code, x.qty, x.ok FROM {giver}.kind k JOIN ({both}) x ON x.c = k.code WHERE k.rank > 0"
    check(sql)
    numbers = f"SELECT item AS c FROM {left}.event {operation} SELECT edge FROM {right}.item"
    check(f"SELECT i.id, x.c FROM {giver}.item i JOIN ({numbers}) x ON x.c = i.n WHERE i.n > 1")
    check(f"SELECT i.id FROM {giver}.item i LEFT JOIN ({numbers}) x ON x.c = i.n WHERE i.n > 1")
    gateway = worlds.ways[0].gateway
    with gateway.query(gateway.principal(ACCOUNT), f"{sql} AND 1 = 1", grant=GRANT) as result:
        result.read_all()
    assert {sent.source for sent in result.statistics.shipped} == {f"{left}.main", f"{right}.main"}


@pytest.mark.parametrize("department", ["pg", "my", "lite", "parquet"])
def test_an_average_over_a_join_is_the_same_to_the_last_bit(department: str, worlds: Worlds, check: Check) -> None:
    """Of whole numbers and decimals it comes as sums and counts; of 38 digits and of floats the rows come."""
    other = "pg" if department == "parquet" else "parquet"
    join = f"FROM {department}.item i {{join}} {other}.kind k ON k.rank = i.n"
    exact = "avg(i.big) AS a, avg(i.edge) AS b, avg(i.price) AS c, avg(i.rate) AS d, avg(i.small) AS e"
    check(f"SELECT k.label, {exact}, count(*) AS n {join.format(join='JOIN')} GROUP BY k.label")
    check(f"SELECT k.label, {exact} {join.format(join='RIGHT JOIN')} GROUP BY k.label HAVING avg(i.price) > 12.5")
    check(f"SELECT k.label, avg(i.wide) AS a, avg(i.weight) AS b {join.format(join='JOIN')} GROUP BY k.label")
    check(f"SELECT avg(i.edge) AS a {join.format(join='JOIN')} WHERE i.n < 0 AND i.n > 0")
    sql = f"SELECT k.label, {exact} {join.format(join='JOIN')} GROUP BY k.label ORDER BY k.label"
    for ways in worlds.ways:
        assert _sorted(ways.ask(sql)) == _sorted(ways.local(sql))


def _sorted(table: pa.Table) -> list[str]:
    return sorted(repr(tuple(row.values())) for row in table.to_pylist())
