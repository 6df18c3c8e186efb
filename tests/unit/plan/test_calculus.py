"""The calculus says of every generated expression what DuckDB does: its type, its bounds, and whether it can raise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedquery.arrow import LogicalType
from fedquery.plan import calculus
from fedquery.plan.calculus import Unlike, Value, of_type

TYPES = (
    "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "decimal(4,2)", "decimal(9,0)",
    "decimal(15,2)", "decimal(18,4)", "decimal(19,9)", "decimal(38,0)", "decimal(38,10)",
)  # fmt: skip
LITERALS = ("0", "1", "-1", "100", "70000", "3000000000", "0.06", ".5", "00.10", "12345678901234567890.5")


def column(type: str) -> str:
    return "c_" + "".join(letter if letter.isalnum() else "_" for letter in type)


def edges(type: str) -> list[str]:
    bounds = of_type(LogicalType.parse(type))
    units = {0, 1, 7, bounds.low, bounds.high}
    return [f"CAST('{_digits(u, bounds.type.scale)}' AS {type})" for u in sorted(units) if bounds.low <= u <= bounds.high]


def _digits(units: int, scale: int) -> str:
    whole, rest = divmod(abs(units), 10**scale)
    return f"{'-' if units < 0 else ''}{whole}.{rest:0{scale}d}" if scale else str(units)


def _literal(text: str) -> Value:
    digits = text.removeprefix("-")
    whole, point, fraction = digits.partition(".")
    if point:
        type = LogicalType("decimal", len(whole) + len(fraction), len(fraction))
        return calculus.constant(type, int(whole + fraction))
    return calculus.constant(LogicalType("integer" if int(digits) < 2**31 else "bigint"), int(text), literal=True)


BASES = st.sampled_from([(column(t), of_type(LogicalType.parse(t)), (t,)) for t in TYPES]) | st.sampled_from(
    [(text, _literal(text), ()) for text in LITERALS]
)
OPERATIONS = {"+": calculus.add, "-": calculus.subtract, "*": calculus.multiply}


@st.composite
def expressions(draw: st.DrawFn, depth: int = 0) -> tuple[str, Value, tuple[str, ...]]:
    """Text, what the calculus says of it, and the types of the columns it reads."""
    if depth == 2 or draw(st.booleans()):
        return draw(BASES)
    left, one, reads = draw(expressions(depth + 1))
    match draw(st.sampled_from(["+", "-", "*", "negate", "abs", "case", "coalesce"])):
        case "negate" if not one.literal:
            return f"(-{left})", calculus.negate(one), reads
        case "abs":
            return f"abs({left})", calculus.absolute(one), reads
        case operator if operator in OPERATIONS:
            right, other, more = draw(expressions(depth + 1))
            return f"({left} {operator} {right})", _or_none(OPERATIONS[operator], one, other), reads + more
        case choice:
            right, other, more = draw(expressions(depth + 1))
            text = f"coalesce({left}, {right})" if choice == "coalesce" else f"(CASE WHEN k THEN {left} ELSE {right} END)"
            return text, _or_none(lambda *values: calculus.hull(list(values)), one, other), reads + more


def _or_none(operation: Callable[..., Value], *values: Value) -> Value:
    """A value of type NULL where the calculus does not say: nothing is built on it that is checked."""
    if any(value.type == calculus.NULL for value in values):
        return Value(calculus.NULL)
    try:
        return operation(*values)
    except Unlike:
        return Value(calculus.NULL)


@pytest.fixture(scope="module")
def edged() -> Iterator[duckdb.DuckDBPyConnection]:
    """A table with every edge of every type in some row, each beside every other edge of few types."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t (k BOOLEAN, {', '.join(f'{column(t)} {t}' for t in TYPES)})")
        for turn in range(60):
            row = [edges(t)[(turn * (place + 3) + turn // 5) % len(edges(t))] for place, t in enumerate(TYPES)]
            connection.execute(f"INSERT INTO t VALUES ({turn % 2 == 0}, {', '.join(row)})")
        yield connection


@settings(max_examples=200, deadline=None)
@given(expression=expressions())
def test_type_bounds_and_errors_are_duckdbs(edged: duckdb.DuckDBPyConnection, expression: tuple[str, Value, object]) -> None:
    text, said, _ = expression
    if said.type == calculus.NULL:
        return
    try:
        shown = edged.sql(f"SELECT {text} AS x FROM t").types[0]  # a constant is computed here
        assert str(shown).lower().replace(" ", "") == str(said.type), text
        found = edged.execute(f"SELECT {text} FROM t").fetchall()
    except duckdb.Error as problem:
        assert said.raises, f"{text}: {problem}"
    else:  # what could have been raised may have been simplified away: -(-x)
        units = [int(f"{v:f}".replace(".", "")) if isinstance(v, Decimal) else v for (v,) in found]
        assert said.raises or all(said.low <= unit <= said.high for unit in units), text


@settings(max_examples=200, deadline=None)
@given(left=expressions(depth=1), right=expressions(depth=1))
def test_comparing_raises_only_where_it_is_said(
    edged: duckdb.DuckDBPyConnection, left: tuple[str, Value, object], right: tuple[str, Value, object]
) -> None:
    if calculus.NULL in (left[1].type, right[1].type) or left[1].raises or right[1].raises:
        return
    try:
        joined = calculus.common(left[1], right[1])
    except Unlike:
        return
    try:
        edged.execute(f"SELECT count(*) FROM t WHERE {left[0]} < {right[0]}").fetchall()
    except duckdb.Error as problem:
        assert joined.raises, f"{left[0]} < {right[0]}: {problem}"


@pytest.mark.parametrize("type", TYPES)
def test_sums_and_casts(edged: duckdb.DuckDBPyConnection, type: str) -> None:
    value = of_type(LogicalType.parse(type))
    assert str(edged.sql(f"SELECT sum({column(type)}) FROM t").types[0]).lower() == str(calculus.total(value).type)
    wide = LogicalType("decimal", 38, 10)
    said = calculus.cast(value, wide)
    for edge in edges(type):
        try:
            edged.execute(f"SELECT CAST({edge} AS {wide.sql})").fetchall()
        except duckdb.Error:
            assert said.raises
