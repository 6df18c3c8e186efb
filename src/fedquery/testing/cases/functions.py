"""Scalar functions: each one declared answers as the oracle does over every edge, and so does what is built upon it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import duckdb
import pytest

from fedquery.arrow import LogicalType
from fedquery.errors import SourceError
from fedquery.predicates import ColumnOperand, Compare, ValueOperand
from fedquery.spi import FUNCTIONS
from fedquery.testing import reference
from fedquery.testing.bench import Bench
from fedquery.testing.cases.needs import needs
from fedquery.testing.dataset import TYPES, VISITS, column_of
from fedquery.testing.planned import Planned, planned
from fedquery.testing.statement import Leaf, Pick, Statement, leaf

#: Types whose numbers are exact, as the dataset has them.
_NUMBERS = (
    "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "decimal(10,2)",
    "decimal(18,6)", "decimal(38,0)", "decimal(38,10)",
)  # fmt: skip
_OTHERS = frozenset({"smallint", "bigint", "decimal(10,2)", "decimal(38,10)"})
_PATTERNS = ("ab%", "%b%", "a_b", "a\\_b", "%\\%", "100%", "_", "__", "", "%", "A%", "O''B%", "𠮷%", "%\\\\%", "ab", "ab_")
_PIECES = ("'ab'", "''", "'\\'", "'%'", "'á'", "'👩'", "'O''B'", "' '", "{varchar}")
_DAYS = ("{date}", "{timestamp}")
#: Expressions of each function over columns of the types in braces; numbers have every type in turn.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "+": ("{a} + {b}", "{a} + 1", "1.5 + {a}"),
    "-": ("{a} - {b}", "1 - {a}", "{a} - 0.01"),
    "*": ("{a} * {b}", "{a} * 2", "{a} * (1 - {b})", "{a} * 0.5"),
    "negate": ("-{a}", "-({a} + 1)"),
    "abs": ("abs({a})", "abs({a} - 1)"),
    "cast": ("CAST({a} AS DECIMAL(38,10))", "CAST({a} AS BIGINT)", "CAST({a} + 1 AS DECIMAL(38,6))"),
    "checked": ("{a} * {b} * {a}",),
    "case": (
        "CASE WHEN {a} > 0 THEN {a} ELSE 0 END", "CASE WHEN {boolean} THEN {a} WHEN {a} = 1 THEN 2.5 END",
        "CASE {a} WHEN 0 THEN 'zero' WHEN 1 THEN {varchar} END", "CASE WHEN {varchar} = 'abc' THEN 1 ELSE 0 END",
        "CASE WHEN {boolean} THEN {date} END", "if({boolean}, 'y', 'n')",
    ),
    "coalesce": ("coalesce({a}, 0)", "coalesce({a}, {b})", "coalesce({varchar}, 'none')", "coalesce({date}, {date})"),
    "nullif": ("nullif({a}, 1)", "nullif({varchar}, 'abc')", "nullif({date}, DATE '1970-01-01')"),
    "greatest": ("greatest({a}, {b})", "greatest({varchar}, 'b')"),
    "least": ("least({a}, 1)", "least({date}, DATE '2000-01-01')"),
    "like": (
        *(f"{{varchar}} LIKE '{p}'" for p in _PATTERNS), "{varchar} NOT LIKE 'a%'", "NOT ({varchar} LIKE '%_')",
        "{varchar} LIKE '100!%' ESCAPE '!'", "{varchar} LIKE 'a\\_b' ESCAPE '\\'", "{varchar} NOT LIKE '%''%' ESCAPE ''''",
    ),
    "ilike": ("{varchar} ILIKE 'A%'", "{varchar} NOT ILIKE '%B'"),
    "starts_with": tuple(f"starts_with({{varchar}}, {piece})" for piece in _PIECES),
    "ends_with": tuple(f"ends_with({{varchar}}, {piece})" for piece in _PIECES),
    "contains": tuple(f"contains({{varchar}}, {piece})" for piece in _PIECES),
    "left": ("left({varchar}, 0)", "left({varchar}, 2)", "left({varchar}, 400)"),
    "right": ("right({varchar}, 0)", "right({varchar}, 2)", "right({varchar}, 400)"),
    "substring": ("substring({varchar}, 1, 2)", "substring({varchar}, 3)", "substring({varchar}, 2, 0)"),
    "length": ("length({varchar})", "length(left({varchar}, 3))"),
    "upper": ("upper({varchar})",),
    "lower": ("lower({varchar})",),
    "||": ("{varchar} || 'x\\'", "{varchar} || {varchar}"),
    "concat": ("concat({varchar}, '-', {varchar})",),
    **{part: tuple(f"{part}({day})" for day in _DAYS) for part in (
        "year", "quarter", "month", "day", "dayofweek", "isodow", "dayofyear",
    )},
    "strftime": ("strftime({date}, '%Y-%m')",),
    "date_trunc": ("date_trunc('month', {timestamp})",),
}  # fmt: skip


class FunctionCases:
    """What a body may compute is exactly what the capabilities declare."""

    def test_function(self, bench: Bench, function: str) -> None:
        """Over all values of its arguments, alone and beside each other; where it can raise, it raises as the oracle does."""
        tried = 0
        for number in _numbers(bench):
            total, raising = _sorted_out(bench, _expressions(bench, function, number))
            if total:
                _check(bench, total)
            for expression in raising[:1]:
                _check_raising(bench, expression)
            tried += len(total) + len(raising)
        assert tried, f"no example of {function} travels"

    def test_function_results_compare_group_and_sort(self, bench: Bench, function: str) -> None:
        capabilities = bench.connector.capabilities
        alone = [e for e in _expressions(bench, function, _numbers(bench)[0]) if "__s2" not in e]
        for expression in alone[:4]:
            bodies = [f'SELECT "__s1"."id" AS "id" FROM "__s1" WHERE {expression} = {expression}']
            if capabilities.aggregates_exactly("count", "*"):
                bodies.append(f'SELECT {expression} AS "k", count(*) AS "n" FROM "__s1" GROUP BY {expression}')
            if capabilities.order_limit:
                bodies.append(
                    f'SELECT "__s1"."id" AS "id" FROM "__s1" ORDER BY {expression} DESC NULLS LAST, "__s1"."id" LIMIT 9'
                )
            for body in bodies:
                asked = planned(Statement(body, (_leaf(bench, everything=True),)), bench.connector, dict(bench.tables))
                if not asked.refusals:
                    bench.check_planned(asked)

    def test_undeclared_functions_are_refused(self, bench: Bench) -> None:
        for function in FUNCTIONS - bench.connector.capabilities.functions:
            for number in _numbers(bench):
                for expression in _expressions(bench, function, number):
                    total, raising = _sorted_out(bench, [expression])
                    assert not raising and not (total and function != "checked"), expression

    @needs(lambda can: can.aggregates_exactly("sum", "decimal") and {"*", "-", "case"} <= can.functions)
    def test_aggregates_of_expressions(self, bench: Bench) -> None:
        visit = '"__s1"."{}"'.format
        amount, quantity, paid, day = map(visit, ("amount", "quantity", "paid", "day"))
        calls = (
            f"sum(CAST({amount} AS DECIMAL(15,2)) - 1)", f"sum(CASE WHEN {paid} THEN {amount} ELSE 0 END)",
            f"sum(CASE WHEN {paid} THEN 1 ELSE 0 END)", f"count(CASE WHEN {paid} THEN 1 END)", f"min({amount} - {quantity})",
            f"max({amount} - {quantity})", f"count(DISTINCT year({day}))", f"sum({amount}) FILTER (WHERE {quantity} > 2)",
            f"count(*) FILTER (WHERE {paid})",
        )  # fmt: skip
        listed = ", ".join(f'{call} AS "v{n}"' for n, call in enumerate(calls))
        body = f'SELECT "__s1"."region" AS "region", {listed} FROM "__s1" GROUP BY "__s1"."region"'
        body += f' HAVING count(*) > 1 AND sum({amount} - 1) > -1000 ORDER BY sum({amount} - 1), "region"'
        statement = Statement(body, (leaf(VISITS, "id", "region", "amount", "quantity", "paid", "day"),))
        asked = planned(statement, bench.connector, dict(bench.tables))
        assert not asked.refusals
        bench.check_planned(asked)


def _numbers(bench: Bench) -> list[str]:
    return [type for type in _NUMBERS if type in bench.quirks.types]


def _leaf(bench: Bench, *, everything: bool = False) -> Leaf:
    """The ordinary and the edge values of every number, or every row."""
    names = [c.name for c in bench.tables[TYPES].columns]
    few = Compare("<", ColumnOperand("id"), ValueOperand(8, LogicalType("bigint")))
    return Leaf(TYPES, tuple(map(Pick, names)), None if everything else few)


def _expressions(bench: Bench, function: str, number: str) -> Iterator[str]:
    """The examples whose types the source has; ``a`` is of the type ``number``, ``b`` of each type in turn."""
    held = {t: f'"__s1"."{column_of(t)}"' for t in bench.quirks.types}
    for example, other in product(EXAMPLES[function], _numbers(bench)):
        if (other in _OTHERS if "{b}" in example else other == number) and ("{a}" in example or number == _numbers(bench)[0]):
            try:
                yield example.format_map({**held, "a": held[number], "b": f'"__s2"."{column_of(other)}"'})
            except KeyError:
                continue


def _sorted_out(bench: Bench, expressions: Iterator[str] | list[str]) -> tuple[list[str], list[str]]:
    """Those that travel always, and those that travel where nothing is hidden."""
    total, raising = [], []
    for expression in expressions:
        if not _asked(bench, [expression]).refusals:
            total.append(expression)
        elif not _asked(bench, [expression], whole=True).refusals:
            raising.append(expression)
    return total, raising


def _asked(bench: Bench, expressions: list[str], *, whole: bool = False) -> Planned:
    text = any('"__s1"."c_varchar"' in e or '"__s1"."c_date"' in e or "c_timestamp" in e for e in expressions)
    pairs = any("__s2" in e for e in expressions)
    values = ", ".join(f'{expression} AS "v{n}"' for n, expression in enumerate(expressions))
    places = '"__s1"."id" AS "i"' + (', "__s2"."id" AS "j"' if pairs else "")
    join = ' JOIN "__s2" ON "__s2"."id" >= 0' if pairs else ""
    leaves = (_leaf(bench, everything=text and not pairs), _leaf(bench))[: 2 if pairs else 1]
    return planned(
        Statement(f'SELECT {places}, {values} FROM "__s1"{join}', leaves), bench.connector, dict(bench.tables), whole=whole
    )


def _check(bench: Bench, expressions: list[str]) -> None:
    """All at once; one by one when that fails, to name the one."""
    asked = _asked(bench, expressions)
    assert not asked.refusals
    try:
        bench.check_planned(asked)
    except (AssertionError, SourceError):
        for expression in expressions:
            bench.check_planned(_asked(bench, [expression]))
        raise


def _check_raising(bench: Bench, expression: str) -> None:
    asked = _asked(bench, [expression], whole=True)
    try:
        bench.answer(asked.statement)
    except duckdb.Error:
        with pytest.raises(SourceError):
            bench.read(bench.request(asked.statement, asked.promised(reference.described(asked.statement, bench.tables))))
    else:
        bench.check_planned(asked)
