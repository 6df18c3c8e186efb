"""Row filters: what is read, what is refused and how it is said, canonical text, folding."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedquery.arrow import LogicalType
from fedquery.catalog.filters import known_parameters, parse_predicate, text_of
from fedquery.catalog.folding import fold, never_true
from fedquery.catalog.model import Account, Catalog, Column, Resource
from fedquery.predicates import (
    And,
    ColumnOperand,
    Compare,
    In,
    IsNull,
    Not,
    Or,
    ParameterOperand,
    Predicate,
    StartsWith,
    ValueOperand,
)

VARCHAR = LogicalType("varchar")
TYPES = {
    "district": "varchar",
    "order": "varchar",
    "year": "integer",
    "tiny": "utinyint",
    "wage": "decimal(10,2)",
    "ratio": "double",
    "day": "date",
    "clock": "time",
    "seen": "timestamp",
    "zoned": "timestamptz",
    "paid": "boolean",
    "raw": "blob",
    "tags": "varchar[]",
}
PARAMETERS = {"purpose": VARCHAR, "region": VARCHAR, "case": LogicalType.parse("varchar[]")}


def resource() -> Resource:
    text = {"zh": "表", "en": "table"}
    columns = {name: Column.model_validate({"physical": name, "type": t, "description": text}) for name, t in TYPES.items()}
    return Resource.model_validate(
        {
            "title": text,
            "description": text,
            "source": "main",
            "table": ("t",),
            "update_cycle": "daily",
            "sharing": {"attribute": "unconditional"},
            "level": "general",
            "grade": 1,
            "columns": columns,
        }
    )


RESOURCE = resource()


def parse(text: str) -> Predicate:
    return parse_predicate(text, RESOURCE, PARAMETERS)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("DISTRICT like :region || '%'", "starts_with(district, :region)"),
        ("district LIKE '9901%'", "starts_with(district, '9901')"),
        ("district NOT LIKE 'ab' || '%'", "NOT (starts_with(district, 'ab'))"),
        ("starts_with(district, '9_%')", "starts_with(district, '9_%')"),
        ("district = ANY(:case)", "district = ANY(:case)"),
        ("district IN (:case)", "district = ANY(:case)"),
        ("district IN :case", "district = ANY(:case)"),
        ("district NOT IN (:case)", "NOT (district = ANY(:case))"),
        ("\"order\" in ('it''s', 'b')", "\"order\" IN ('it''s', 'b')"),
        (":purpose IN ('a','b') AND (year=2025 AND paid=true)", ":purpose IN ('a', 'b') AND year = 2025 AND paid = TRUE"),
        ("year = 1 OR year = 2 AND NOT year = 3", "year = 1 OR (year = 2 AND NOT (year = 3))"),
        ("60000 < wage", "60000.00 < wage"),
        ("wage between 0 and 1.5", "wage >= 0.00 AND wage <= 1.50"),
        ("wage <> -.5", "wage <> -0.50"),
        ("day >= '2026-10-01'", "day >= DATE '2026-10-01'"),
        ("day >= DATE '2026-10-01'", "day >= DATE '2026-10-01'"),
        ("seen < TIMESTAMP '2026-10-01 08:00:00'", "seen < TIMESTAMP '2026-10-01 08:00:00'"),
        ("zoned < '2026-10-01 08:00:00+08'", "zoned < TIMESTAMPTZ '2026-10-01 00:00:00+00:00'"),
        ("clock = '08:30'", "clock = TIME '08:30:00'"),
        ("ratio > 0.1", "ratio > 0.1"),
        ("(:region < 'a' or paid = true) and year = 1", "(:region < 'a' OR paid = TRUE) AND year = 1"),
        ("raw IS NOT NULL OR tags is null", "raw IS NOT NULL OR tags IS NULL"),
        ("tiny in (0, 255)", "tiny IN (0, 255)"),
        ("NOT FALSE", "NOT (FALSE)"),
        ('district = :region and district <> "order"', 'district = :region AND district <> "order"'),
    ],
)
def test_read_and_written_back(text: str, canonical: str) -> None:
    predicate = parse(text)
    assert text_of(predicate) == canonical
    assert parse(canonical) == predicate


def test_values_are_exact_and_typed() -> None:
    assert parse("wage > 60000") == Compare(
        ">", ColumnOperand("wage"), ValueOperand(Decimal("60000.00"), LogicalType("decimal", 10, 2))
    )
    assert parse("day = '2026-10-01'") == Compare(
        "=", ColumnOperand("day"), ValueOperand(dt.date(2026, 10, 1), LogicalType("date"))
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nobody = 1", "there is no column nobody"),
        ("year = 'x'", "the column year: 'x' is not of the type integer"),
        ("year = 2.5", "the column year: 2.5 has more decimal places than integer"),
        ("tiny = 256", "the column tiny: 256 does not fit into utinyint"),
        ("tiny = -1", "the column tiny: -1 does not fit into utinyint"),
        ("wage = 0.001", "the column wage: 0.001 has more decimal places than decimal(10,2)"),
        ("wage = 100000000", "does not fit into decimal(10,2)"),
        ("ratio = 1e999", "does not fit into double"),
        ("day = '2026-13-01'", "'2026-13-01' is not a date"),
        ("day = '20261001'", "write it as '2026-10-01'"),
        ("day = TIMESTAMP '2026-10-01 00:00:00'", "is not of the type date"),
        ("zoned = '2026-10-01 08:00:00'", "write it as '2026-10-01 08:30:00+08:00'"),
        ("district = NULL", "write IS NULL"),
        ("district IN ('a', NULL)", "write IS NULL"),
        ("district = year", "both sides of a comparison have one type"),
        ("year = :region", "both sides of a comparison have one type"),
        ("year = ANY(:case)", "need a list of integer"),
        ("district = :case", "write IN or = ANY"),
        ("district = ANY(:region)", "need a list of varchar"),
        ("district = :nothing", "nothing is bound to :nothing"),
        ("district = ?", "not allowed"),
        ("paid", "write paid = TRUE"),
        ("1 = 1", "one side must be a column or a :parameter"),
        ("raw = 'x'", "it can only be tested with IS NULL"),
        ("starts_with(year, 1)", "starts_with needs text"),
        ("district LIKE '%x'", "LIKE is for prefixes only"),
        ("district LIKE 'a_b%'", "starts_with(column, 'a_b')"),
        ("district LIKE '%%'", "starts_with"),
        ("district LIKE 'x%' ESCAPE '!'", "not allowed"),
        ("district ILIKE 'x%'", "not allowed"),
        ("district IN (SELECT 1)", "not allowed"),
        ("EXISTS (SELECT 1)", "not allowed"),
        ("upper(district) = 'X'", "one side must be a column or a :parameter"),
        ("upper(district) = district", "neither a literal nor a :parameter"),
        ("t.district = 'x'", "without a table"),
        ("year + 1 = 2", "one side must be"),
        ("year BETWEEN SYMMETRIC 2 AND 1", "not allowed"),
        ("year IS DISTINCT FROM 1", "not allowed"),
        ("paid IS TRUE", "not allowed"),
        ("district = 'a'; DROP TABLE x", "not allowed"),
        ("district = 'a' extra", "not allowed"),
        ("district <> ALL(:case)", "neither a literal"),
        ("district = '", "not a condition in SQL"),
        ("", "not a condition in SQL"),
        ("(" * 5000 + "year = 1" + ")" * 5000, "nested too deeply"),
        ("year = 1 OR " * 3000 + "year = 1", "at most 20000 characters"),
        ("year = year = year", "neither a literal"),
        ("case when paid then true end", "not allowed"),
        ("district = E'a'", "neither a literal"),
        ("district = 'a' 'b'", "neither a literal"),
    ],
)
def test_refused_with_a_reason(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"(?s).") as caught:
        parse(text)
    assert message in str(caught.value)


def test_known_parameters_come_from_accounts_and_the_grant() -> None:
    account = {"name": "x", "department": "psb", "roles": ("analyst",)}
    accounts = {
        "a": Account.model_validate(account | {"id": "a", "attributes": {"region": "99", "post": "x"}}),
        "b": Account.model_validate(account | {"id": "b", "attributes": {"region": ["98", "99"]}}),
    }
    known = known_parameters(Catalog(accounts=accounts))
    assert {name: str(type) for name, type in known.items()} == {
        "region": "varchar[]",
        "post": "varchar",
        "purpose": "varchar",
    }


# -- properties

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0:$"), max_size=6)
values = {
    "district": texts,
    "order": texts,
    "year": st.integers(-(2**31), 2**31 - 1),
    "wage": st.decimals("-9999.99", "9999.99", places=2),
    "day": st.dates(),
    "seen": st.datetimes(),
    "paid": st.booleans(),
}


@st.composite
def comparisons(draw: st.DrawFn) -> Predicate:
    name = draw(st.sampled_from(sorted(values)))
    type = RESOURCE.columns[name].logical
    column, value = ColumnOperand(name), ValueOperand(draw(values[name]), type)
    kinds: list[Predicate] = [
        IsNull(column),
        Compare(draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="])), column, value),
        In(column, (value, ValueOperand(draw(values[name]), type))),
    ]
    if type == VARCHAR:
        region, case = ParameterOperand("region", VARCHAR), ParameterOperand("case", PARAMETERS["case"])
        kinds += [
            Compare("=", column, region),
            Compare("<", region, value),
            In(column, case),
            In(region, case),
            In(region, (value,)),
            StartsWith(column, region),
            StartsWith(region, value),
            IsNull(region),
        ]
    return draw(st.sampled_from(kinds))


def flat(kind: type[And] | type[Or], terms: list[Predicate]) -> Predicate:
    joined = [inner for term in terms for inner in (term.terms if type(term) is kind else (term,))]
    return kind(tuple(joined))


predicates = st.recursive(
    comparisons(),
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, min_size=2, max_size=3).map(lambda terms: flat(And, terms))
        | st.lists(inner, min_size=2, max_size=3).map(lambda terms: flat(Or, terms))
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(predicates)
def test_canonical_text_is_read_back(predicate: Predicate) -> None:
    assert parse(text_of(predicate)) == predicate


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@settings(deadline=None)
@given(
    predicate=predicates,
    region=st.none() | texts,
    case=st.none() | st.lists(texts, max_size=3).map(tuple),
    row=st.fixed_dictionaries({name: st.none() | strategy for name, strategy in values.items()}),
)
def test_folding_never_changes_an_answer(
    engine: duckdb.DuckDBPyConnection,
    predicate: Predicate,
    region: str | None,
    case: tuple[str, ...] | None,
    row: dict[str, object],
) -> None:
    """DuckDB is the judge: the text before and the text after folding, on one row."""
    bound = {"region": region, "case": case}
    folded = fold(predicate, bound)
    before, after = (answer(engine, text_of(p), bound, row) for p in (predicate, folded))
    assert after is before
    assert not (never_true(folded) and before is True)
    assert fold(folded, bound) == folded


def answer(engine: duckdb.DuckDBPyConnection, text: str, bound: dict[str, object], row: dict[str, object]) -> object:
    body = re.sub(r":(region|case)\b", lambda m: f"CAST(${m[1]} AS {PARAMETERS[m[1]].sql})", text)
    columns = ", ".join(f'CAST(${name}_ AS {RESOURCE.columns[name].logical.sql}) AS "{name}"' for name in row)
    given = {f"{name}_": value for name, value in row.items()}
    given |= {k: list(v) if isinstance(v, tuple) else v for k, v in bound.items() if f"${k} " in body}
    found = engine.execute(f"SELECT CAST(({body}) AS BOOLEAN) FROM (SELECT {columns})", given).fetchone()
    assert found is not None
    return found[0]
