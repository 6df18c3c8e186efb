"""Supersets on raw columns, beside the exact conditions: what a source finds rows by, where the reading would hide an index."""

from __future__ import annotations

from collections.abc import Mapping

from fedquery.arrow import INTEGERS, LogicalType
from fedquery.catalog.model import Resource
from fedquery.predicates import FLIPPED, And, ColumnOperand, Compare, In, IsNull, Operand, ParameterOperand, Predicate
from fedquery.spi import Dialect, PhysicalColumn

Hint = Compare | In | IsNull
#: A list of more members is spelled as shipped keys are: what a source does with few, it may do with each (record 34).
SHORT = 20


def of_filter(filter: Predicate, entry: Resource, operators: frozenset[str]) -> tuple[Hint, ...]:
    """The terms of a row filter that compare a column, given as it is, with a value of its own type.

    ``operators`` are those that the source's dialect can hint (:attr:`fedquery.spi.Capabilities.slots`).
    """
    terms = filter.terms if isinstance(filter, And) else (filter,)
    return tuple(hint for term in terms if (hint := _hint(term, entry, operators)) is not None)


def spelled(hint: Hint, column: PhysicalColumn, values: Mapping[str, object], dialect: Dialect) -> str | None:
    """The hint on that column in the source's words; ``values`` are those of the lists that row filters bind."""
    if isinstance(hint, In) and isinstance(hint.values, ParameterOperand):
        listed = values.get(hint.values.name)
        if isinstance(listed, tuple) and len(listed) > SHORT:
            return dialect.keys(column, hint.values.name, hint.values.type.item or hint.values.type)
    return dialect.slot(column, hint)


def _hint(term: Predicate, entry: Resource, operators: frozenset[str]) -> Hint | None:
    match term:
        case Compare(operator, ColumnOperand(name), other) if operator in operators and _fits(entry, name, other):
            return term
        case Compare(operator, other, ColumnOperand(name)) if FLIPPED[operator] in operators and _fits(entry, name, other):
            return Compare(FLIPPED[operator], term.right, other)
        case In(ColumnOperand(name), ParameterOperand() as listed) if "in" in operators and _fits(entry, name, listed):
            return term
        case In(ColumnOperand(name), tuple() as values) if "in" in operators and all(_fits(entry, name, v) for v in values):
            return term
        case IsNull(ColumnOperand(name)) if "null" in operators and not entry.columns[name].codes:
            return term
    return None


def _fits(entry: Resource, name: str, other: Operand) -> bool:
    column = entry.columns[name]
    if isinstance(other, ColumnOperand) or column.codes:
        return False
    type: LogicalType = other.type.item or other.type
    return type == column.logical or (type.name in INTEGERS and column.logical.name in INTEGERS)
