"""What a source's own planner makes of a governed leaf: it finds the rows by index, and expects about as many as there are."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import psycopg
import pytest

from fedquery.demo.postgres_server import PostgresServer
from fedquery.plan.govern import govern_leaf
from fedquery.plan.hints import SHORT, of_filter
from fedquery.plan.model import Bound, Fragment, Leaf
from fedquery.plan.planner import make_plan
from fedquery.predicates import (
    And,
    ColumnOperand,
    Compare,
    In,
    IsNull,
    Or,
    ParameterOperand,
    Predicate,
    StartsWith,
    ValueOperand,
)
from fedquery.spi import LogicalType
from fedquery_postgres.parameters import configure, settings
from tests.unit.plan.town import ENGINE, PROFILES, bound

TEXT, WHOLE = LogicalType("varchar"), LogicalType("bigint")
DISTRICT, SCORE, REGION = ColumnOperand("district"), ColumnOperand("score"), ParameterOperand("region", TEXT)
LISTED = ParameterOperand("listed", LogicalType("list", item=TEXT))
ALL = frozenset({"=", "<", "<=", ">", ">=", "in", "null"})
_DATABASE, _ROWS, _DISTRICTS = "fedquery_hints", 100_000, 200


def _town(sql: str, filter: Predicate | None, listed: tuple[str, ...] = ("000007", "000008")) -> Bound:
    """The statement under another row filter, over columns of declared types."""
    found = bound(sql)

    def declared(leaf: Leaf) -> Leaf:
        types = {"district": "character(6)", "score": "bigint", "born": "date"}
        entry = leaf.decision.entry
        columns = {n: c.model_copy(update={"declared": types.get(n, "")}) for n, c in entry.columns.items()}
        decision = dataclasses.replace(
            leaf.decision,
            entry=entry.model_copy(update={"columns": columns}),
            columns={n: dataclasses.replace(c, entry=columns[n]) for n, c in leaf.decision.columns.items()},
            row_filter=filter,
            values={"region": "000007", "listed": listed},
        )
        own = tuple(dataclasses.replace(c, decision=decision.columns[c.decision.name]) for c in leaf.columns)
        return dataclasses.replace(leaf, decision=decision, columns=own)

    return dataclasses.replace(found, leaves={id: declared(leaf) for id, leaf in found.leaves.items()})


@pytest.mark.parametrize(
    ("filter", "hints"),
    [
        (Compare("=", DISTRICT, REGION), (Compare("=", DISTRICT, REGION),)),
        (Compare("<", ValueOperand(5, WHOLE), SCORE), (Compare(">", SCORE, ValueOperand(5, WHOLE)),)),
        (In(DISTRICT, LISTED), (In(DISTRICT, LISTED),)),
        (And((IsNull(SCORE), StartsWith(DISTRICT, REGION))), (IsNull(SCORE),)),
        (Or((IsNull(SCORE), Compare("=", DISTRICT, REGION))), ()),
        (Compare("=", DISTRICT, DISTRICT), ()),
        (Compare("<>", DISTRICT, REGION), ()),
        (Compare("=", SCORE, REGION), ()),
    ],
)
def test_terms_that_compare_a_column_with_a_value_of_its_type(filter: Predicate, hints: tuple[Predicate, ...]) -> None:
    (leaf,) = bound("select score from psb.resident").leaves.values()
    assert of_filter(filter, leaf.decision.entry, ALL) == hints


def test_what_the_dialect_cannot_hint_is_not() -> None:
    (leaf,) = bound("select score from psb.resident").leaves.values()
    assert of_filter(Compare("=", DISTRICT, REGION), leaf.decision.entry, frozenset()) == ()


def test_embedded_readers_are_told_as_well() -> None:
    (leaf,) = _town("select score from psb.resident", Compare("=", DISTRICT, REGION)).leaves.values()
    read = govern_leaf(leaf, ("score",), PROFILES["psb.main"], {}).read
    assert read.conjuncts == (Compare("=", ColumnOperand("XZQH"), REGION),)


@pytest.fixture(scope="module")
def register(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres.create(_DATABASE), autocommit=True) as connection:
        connection.execute(
            f"""CREATE TABLE "T_CZRK" AS SELECT lpad((i % {_DISTRICTS})::text, 6, '0')::character(6) AS "XZQH",
            i::bigint AS "FS", DATE '1950-01-01' + i % 20000 AS "CSRQ" FROM generate_series(1, {_ROWS}) AS i"""
        )
        connection.execute('CREATE INDEX ON "T_CZRK" ("XZQH")')
        connection.execute('ANALYZE "T_CZRK"')
        yield connection
    postgres.drop(_DATABASE)


def _fragment(sql: str, filter: Predicate | None, listed: tuple[str, ...] = ("000007", "000008")) -> Fragment:
    town = _town(sql, filter, listed)
    plan = make_plan(town, PROFILES, {}, ENGINE, grant="checks", purpose="checks", catalog_version="v")
    return plan.fragments[0]


@pytest.mark.parametrize(
    ("condition", "filter"),
    [
        ("district = '000007'", None),
        ("district in ('000007', '000008')", None),
        ("true", Compare("=", DISTRICT, REGION)),
        ("true", Compare("=", DISTRICT, ValueOperand("000007", TEXT))),
        ("true", In(DISTRICT, LISTED)),
        (
            "score > 10",
            And((Compare("=", DISTRICT, ValueOperand("000007", TEXT)), Compare(">", SCORE, ValueOperand(5, WHOLE)))),
        ),
        ("district = '000007' and born >= date '1950-01-01' and score > 3", None),
    ],
)
def test_postgres_finds_the_rows_by_its_index_and_expects_as_many(
    condition: str, filter: Predicate | None, register: psycopg.Connection
) -> None:
    fragment = _fragment(f"select score, born from psb.resident where {condition}", filter)
    with register.transaction():
        if fragment.parameters:
            register.execute(configure(settings(fragment.parameters)))
        found = register.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + fragment.text).fetchall()
    plan = found[0][0] if isinstance(found[0][0], list) else json.loads(found[0][0])
    top = plan[0]["Plan"]
    assert "Index Name" in json.dumps(top), top
    expected, actual = top["Plan Rows"], top["Actual Rows"]
    assert actual >= _ROWS / _DISTRICTS * 0.9
    assert actual / 12 <= expected <= actual * 12, f"{expected} rows expected, {actual} found"


def test_a_row_filters_long_list_is_joined(register: psycopg.Connection) -> None:
    """A bound array is compared member by member where no index serves: 1,000 texts took a hundred times longer."""
    listed = tuple(f"{number:06d}" for number in range(SHORT + 1))
    short = _fragment("select score from psb.resident", In(DISTRICT, LISTED), listed[1:])
    long = _fragment("select score from psb.resident", In(DISTRICT, LISTED), listed)
    assert "= ANY (ARRAY(" in short.text and "= ANY (ARRAY(" not in long.text
    for fragment, count in ((short, SHORT), (long, SHORT + 1)):
        with register.transaction():
            register.execute(configure(settings(fragment.parameters)))
            found = register.execute(fragment.text).fetchall()
        assert len(found) == count * _ROWS / _DISTRICTS
