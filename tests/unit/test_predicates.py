"""What a row filter or rule asks of its source is what the dialects spell it with."""

from __future__ import annotations

import pytest

from fedquery.arrow import LogicalType
from fedquery.predicates import (
    And,
    ColumnOperand,
    Compare,
    Constant,
    In,
    IsNull,
    Not,
    Or,
    ParameterOperand,
    Predicate,
    StartsWith,
    ValueOperand,
    comparisons,
)
from fedquery.spi import DuckDBDialect

TEXT, TEXTS = LogicalType("varchar"), LogicalType.parse("varchar[]")
A, B = ColumnOperand("a"), ColumnOperand("b")
X, LIST = ValueOperand("x", TEXT), ParameterOperand("list", TEXTS)
PREFIX = {("a", "="), ("a", "starts_with")}


@pytest.mark.parametrize(
    ("predicate", "asked"),
    [
        (Compare("<", A, B), {("a", "<"), ("b", "<")}),
        (Compare("=", X, A), {("a", "=")}),
        (In(A, (X, X)), {("a", "=")}),
        (In(A, LIST), {("a", "in")}),
        (In(ParameterOperand("p", TEXT), (X,)), set()),
        (StartsWith(A, X), PREFIX),
        (StartsWith(X, A), PREFIX),
        (IsNull(A), {("a", "null")}),
        (Constant(True), set()),
        (Not(And((IsNull(B), Or((In(A, (X,)), In(B, LIST)))))), {("b", "null"), ("a", "="), ("b", "in")}),
    ],
)
def test_each_column_with_what_is_asked_of_it(predicate: Predicate, asked: set[tuple[str, str]]) -> None:
    assert set(comparisons(predicate)) == asked


def test_listed_values_are_spelled_as_equalities() -> None:
    columns = {"a": ('"a"', TEXT)}
    assert DuckDBDialect().predicate(In(A, (X, X)), columns) == """(("a" = 'x') OR ("a" = 'x'))"""
    assert "list" in DuckDBDialect().predicate(In(A, LIST), columns)
