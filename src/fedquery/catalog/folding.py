"""Row filters once their parameters are known: the parts without columns are decided, under three-valued logic.

>>> from fedquery.arrow import LogicalType
>>> text = LogicalType("varchar")
>>> purpose = In(ParameterOperand("purpose", text), (ValueOperand("tax_relief", text),))
>>> fold(purpose, {"purpose": "birth_service"})
Constant(value=False)
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, Final

from fedquery.predicates import (
    And,
    ColumnOperand,
    Compare,
    Constant,
    In,
    IsNull,
    Not,
    Operand,
    Or,
    ParameterOperand,
    Predicate,
    StartsWith,
    ValueOperand,
)

_UNKNOWN: Final = object()  # what only the source knows: a column, or a parameter without a value yet
_OPERATORS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def fold(predicate: Predicate, values: Mapping[str, object]) -> Predicate:
    """The same predicate with every part decided that ``values`` decide; None is NULL, a list is a tuple.

    A parameter that ``values`` do not mention stays bound. A NULL operand makes its comparison NULL.
    """
    match predicate:
        case And(terms):
            return _joined(And, False, [fold(term, values) for term in terms])
        case Or(terms):
            return _joined(Or, True, [fold(term, values) for term in terms])
        case Not(term):
            match fold(term, values):
                case Constant(value):
                    return Constant(None if value is None else not value)
                case other:
                    return Not(other)
        case IsNull(operand):
            known = _value(operand, values)
            return predicate if known is _UNKNOWN else Constant(known is None)
        case Compare(symbol, left, right):
            return _decided(predicate, _value(left, values), _value(right, values), _OPERATORS[symbol])
        case StartsWith(operand, prefix):
            return _decided(predicate, _value(operand, values), _value(prefix, values), str.startswith)
        case In(operand, elements):
            return _membership(predicate, _value(operand, values), _elements(elements, values))
        case Constant():
            return predicate


def never_true(predicate: Predicate) -> bool:
    """Whether no row can satisfy it, whatever the columns hold: the filter refuses instead of answering with nothing."""
    match predicate:
        case Constant(value):
            return value is not True
        case And(terms):
            return any(never_true(term) for term in terms)
        case Or(terms):
            return all(never_true(term) for term in terms)
        case _:
            return False


def _value(operand: Operand, values: Mapping[str, object]) -> Any:
    match operand:
        case ColumnOperand():
            return _UNKNOWN
        case ParameterOperand(name, _):
            return values.get(name, _UNKNOWN)
        case ValueOperand(value, _):
            return value


def _elements(elements: tuple[ValueOperand, ...] | ParameterOperand, values: Mapping[str, object]) -> Any:
    if isinstance(elements, ParameterOperand):
        return _value(elements, values)
    return tuple(element.value for element in elements)


def _decided(predicate: Compare | StartsWith, left: Any, right: Any, test: Any) -> Predicate:
    if left is None or right is None:
        return Constant(None)
    if left is _UNKNOWN or right is _UNKNOWN:
        return predicate
    return Constant(bool(test(left, right)))


def _membership(predicate: In, value: Any, elements: Any) -> Predicate:
    if elements is not _UNKNOWN:
        if not elements:  # a list that is NULL has no elements either, as in DuckDB
            return Constant(False)
        if value is None:
            return Constant(None)
        if value is not _UNKNOWN:
            return Constant(True if value in elements else None if None in elements else False)
    return predicate


def _joined(kind: type[And] | type[Or], decisive: bool, terms: list[Predicate]) -> Predicate:
    """AND (decisive FALSE) or OR (decisive TRUE) without the terms that cannot change it; NULL stays a term of its own."""
    if Constant(decisive) in terms:
        return Constant(decisive)
    flat = [
        inner for term in terms for inner in (term.terms if isinstance(term, (And, Or)) and type(term) is kind else (term,))
    ]
    kept = list(dict.fromkeys(term for term in flat if term != Constant(not decisive)))
    if not kept:
        return Constant(not decisive)
    return kept[0] if len(kept) == 1 else kind(tuple(kept))
