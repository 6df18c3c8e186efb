"""docs/sql.md lists the language: every function that it names is accepted, and every accepted class is named."""

from __future__ import annotations

import re

import pytest
from sqlglot import exp

from fedquery.errors import FedqueryError
from fedquery.plan.bind import resources_of
from fedquery.plan.functions import AGGREGATES, NAMED, SCALAR, WINDOWS
from fedquery.plan.parse import parse
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "sql.md").read_text("utf-8")
#: What cannot be called as name(x), name(x, x) and so on, written as a statement would.
SPELLED = {
    "extract": "extract(year FROM x)",
    "age": "age(x, x)",
    "CAST": "CAST(x AS date)",
    "TRY_CAST": "TRY_CAST(x AS date)",
    "CASE": "CASE WHEN x THEN 1 END",
    "current_date": "current_date",
    "current_timestamp": "current_timestamp",
    "date_add": "date_add(x, INTERVAL 1 DAY)",
    "date_trunc": "date_trunc('month', x) + date_trunc('month', CAST(x AS date))",
    "date_part": "date_part('year', x)",
    "quantile_cont": "quantile_cont(x, 0.5)",
    "quantile_disc": "quantile_disc(x, 0.5)",
    "count": "count(*)",
}
LISTED = [
    (row, name.removesuffix("()"))
    for row, names in re.findall(r"^\| (numbers|text|time|token|choice|aggregates|windows) \| `([^`]+)`", PAGE, re.MULTILINE)
    for name in names.split()
]


def calls(row: str, name: str) -> list[exp.Query]:
    """The statements that call the function with one to four arguments, as far as they are accepted."""
    tried = [SPELLED[name]] if name in SPELLED else [f"{name}({', '.join('x' * count)})" for count in range(5)]
    accepted = []
    for call in tried:
        try:
            accepted.append(parse(f"SELECT {call}{' OVER (ORDER BY x)' if row == 'windows' else ''} FROM a.t GROUP BY ALL"))
        except FedqueryError:
            continue
    return accepted


def test_the_table_is_read() -> None:
    assert {row for row, _ in LISTED} == {"numbers", "text", "time", "token", "choice", "aggregates", "windows"}
    assert len(LISTED) > 100
    assert len(set(LISTED)) == len(LISTED)


@pytest.mark.parametrize(("row", "name"), LISTED)
def test_a_listed_function_is_accepted(row: str, name: str) -> None:
    assert calls(row, name), f"docs/sql.md lists {name}, which is refused"


def test_every_accepted_function_is_listed() -> None:
    classes: set[type[exp.Expr]] = set()
    names: set[str] = set()
    for row, name in LISTED:
        for tree in calls(row, name):
            classes |= {type(node) for node in tree.walk()}
            names |= {node.name.lower() for node in tree.find_all(exp.Anonymous)}
    assert {kind.__name__ for kind in (SCALAR | AGGREGATES | WINDOWS) - classes} == set()
    assert names >= NAMED


@pytest.mark.parametrize(
    "statement",
    [
        "WITH a AS (SELECT x FROM d.t) SELECT x FROM a UNION SELECT x FROM d.u",
        "SELECT x FROM d.t INTERSECT SELECT x FROM d.u",
        "SELECT x FROM d.t EXCEPT SELECT x FROM d.u",
        "FROM d.t SELECT x",
        "SELECT x, count(*) FILTER (WHERE y > 1) FROM d.t GROUP BY ALL",
        "SELECT x FROM d.t QUALIFY row_number() OVER (PARTITION BY y ORDER BY x) = 1",
        "SELECT x FROM d.t JOIN d.u USING (x)",
        "SELECT x FROM d.t SEMI JOIN d.u USING (x)",
        "SELECT x FROM d.t ANTI JOIN d.u USING (x)",
        "SELECT a + b - c * d / e // f % g, s || 'x' FROM d.t WHERE s LIKE 'a%' AND s ILIKE 'A%'",
        "SELECT x + INTERVAL 1 DAY FROM d.t",
    ],
)
def test_what_the_page_says_is_possible_is(statement: str) -> None:
    parse(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM d.t",
        "SELECT 1; SELECT 2",
        "SELECT * FROM read_csv('x')",
        "SELECT * FROM 'x.parquet'",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
        "PIVOT d.t ON x USING sum(y)",
        "SELECT * FROM d.t, LATERAL (SELECT t.x) AS l",
        "SELECT * FROM d.t ASOF JOIN d.u ON t.x >= u.x",
        "SELECT * FROM d.t NATURAL JOIN d.u",
        "SELECT * FROM d.t USING SAMPLE 10",
        "SELECT [1, 2]",
        "SELECT {'a': 1}",
        "SELECT list_transform(x, y -> y + 1) FROM d.t",
        "SELECT random()",
        "SELECT current_setting('x')",
    ],
)
def test_what_the_page_says_is_not_possible_is_not(statement: str) -> None:
    with pytest.raises(FedqueryError):
        resources_of(parse(statement), statement)
