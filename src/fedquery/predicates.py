"""The closed language of row filters, verify rules and leaf slots: total, row-local comparisons.

Parsed by :mod:`fedquery.catalog.filters`, spelled by each source's dialect. Every predicate here is total: it can be
NULL, and it can never raise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fedquery.arrow import LogicalType

#: A bound or literal value: what JSON and TOML can carry, dates and decimals included.
Value = object

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
NEGATED = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class ColumnOperand:
    """A column of the resource, by its directory name."""

    name: str


@dataclass(frozen=True, slots=True)
class ValueOperand:
    """A literal of the directory file or of the caller's statement, typed."""

    value: Value
    type: LogicalType


@dataclass(frozen=True, slots=True)
class ParameterOperand:
    """A value bound when the query runs: an attribute of the caller, the grant's purpose, or a list of the grant."""

    name: str
    type: LogicalType


Operand = ColumnOperand | ValueOperand | ParameterOperand


@dataclass(frozen=True, slots=True)
class Compare:
    """``left operator right``; NULL when either side is."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class In:
    """``operand IN (values)``; a single ParameterOperand of a list type stands for its elements. Empty is FALSE."""

    operand: Operand
    values: tuple[ValueOperand, ...] | ParameterOperand


@dataclass(frozen=True, slots=True)
class StartsWith:
    """``starts_with(operand, prefix)`` by code points, case-sensitive."""

    operand: Operand
    prefix: Operand


@dataclass(frozen=True, slots=True)
class IsNull:
    """``operand IS NULL``."""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Not:
    """Three-valued NOT."""

    term: Predicate


@dataclass(frozen=True, slots=True)
class And:
    """Three-valued AND of two or more terms."""

    terms: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Three-valued OR of two or more terms."""

    terms: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """TRUE, FALSE, or NULL (``value=None``)."""

    value: bool | None


Predicate = Compare | In | StartsWith | IsNull | Not | And | Or | Constant


def operands(predicate: Predicate) -> Iterator[Operand]:
    """Every operand, in writing order."""
    match predicate:
        case Compare(_, left, right):
            yield left
            yield right
        case In(operand, values):
            yield operand
            yield from (values,) if isinstance(values, ParameterOperand) else values
        case StartsWith(operand, prefix):
            yield operand
            yield prefix
        case IsNull(operand):
            yield operand
        case Not(term):
            yield from operands(term)
        case And(terms) | Or(terms):
            for term in terms:
                yield from operands(term)
        case Constant():
            return


def columns(predicate: Predicate) -> frozenset[str]:
    """The directory names of the columns it reads."""
    return frozenset(o.name for o in operands(predicate) if isinstance(o, ColumnOperand))


def parameters(predicate: Predicate) -> frozenset[ParameterOperand]:
    """The bound values it needs."""
    return frozenset(o for o in operands(predicate) if isinstance(o, ParameterOperand))


def comparisons(predicate: Predicate) -> Iterator[tuple[str, str]]:
    """(column, operator) of all that it asks of a source, as :meth:`fedquery.spi.Dialect.predicate` spells it.

    Listed values are asked for one by one with ``=``; a bound list is what needs ``in``. ``starts_with`` is a function that
    also has to tell texts apart as ``=`` does.
    """
    match predicate:
        case Compare(operator, left, right):
            yield from ((side.name, operator) for side in (left, right) if isinstance(side, ColumnOperand))
        case In(ColumnOperand(name), values):
            yield name, "in" if isinstance(values, ParameterOperand) else "="
        case StartsWith(operand, prefix):
            sides = [side.name for side in (operand, prefix) if isinstance(side, ColumnOperand)]
            yield from ((name, asked) for name in sides for asked in ("=", "starts_with"))
        case IsNull(ColumnOperand(name)):
            yield name, "null"
        case Not(term):
            yield from comparisons(term)
        case And(terms) | Or(terms):
            for term in terms:
                yield from comparisons(term)
