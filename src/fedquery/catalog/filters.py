"""Row filters and verify rules: text of the directory -> checked predicate, and back to canonical text.

The text is DuckDB's dialect of SQL over the resource's own columns, with ``:name`` for bound values. Only what is listed
in :data:`ALLOWED` gets through; what a new release of the parser starts to understand is refused until it is listed here.

>>> text_of(Not(IsNull(ColumnOperand("died_on"))))
'died_on IS NOT NULL'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError

from fedquery.arrow import LogicalType
from fedquery.catalog.folding import fold, never_true
from fedquery.catalog.literals import literal, literal_text
from fedquery.catalog.model import Catalog, Grant, Resource
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

__all__ = ["fold", "known_parameters", "never_true", "parse_predicate", "text_of"]

VARCHAR = LogicalType("varchar")
VARCHARS = LogicalType.parse("varchar[]")
LONGEST = 20_000  # characters; a filter that is longer belongs into a list of the grant

ALLOWED = (
    "allowed are AND, OR, NOT, = <> < <= > >=, IS [NOT] NULL, [NOT] IN (literals or :list), = ANY(:list), BETWEEN, "
    "starts_with(column, x), LIKE 'abc%', LIKE :p || '%', TRUE and FALSE, over the resource's own columns and :parameters"
)

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_INCOMPARABLE = ("blob", "interval", "list")
_RESERVED = frozenset(word for phrase in DuckDB.Tokenizer.KEYWORDS for word in phrase.lower().split())


def known_parameters(catalog: Catalog, grant: Grant | None = None) -> dict[str, LogicalType]:
    """The values a row filter may bind: ``purpose``, the accounts' attributes, and the lists of ``grant``.

    An attribute that any account holds as a list is a list for all (one value binds as a list of one).
    """
    known: dict[str, LogicalType] = {}
    for account in catalog.accounts.values():
        for name, value in account.attributes.items():
            known[name] = VARCHARS if isinstance(value, tuple) else known.get(name, VARCHAR)
    if grant is not None:
        known |= dict.fromkeys(grant.lists, VARCHARS)
    return known | {"purpose": VARCHAR}


def parse_predicate(text: str, resource: Resource, parameters: Mapping[str, LogicalType]) -> Predicate:
    """The predicate that ``text`` means over the resource's columns.

    Raises ValueError with a message for the author of the text: what is wrong, with which column, and what is allowed.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a condition has at most {LONGEST} characters; use a list of the grant for long enumerations")
    try:
        tree = parse_one(text, dialect="duckdb")
    except SqlglotError as problem:
        raise ValueError(f"{text!r} is not a condition in SQL") from problem
    except RecursionError as problem:
        raise ValueError("the condition is nested too deeply") from problem
    return _Reader(resource, parameters).predicate(tree)


class _Reader:
    """Reads one tree; holds what names may refer to."""

    def __init__(self, resource: Resource, parameters: Mapping[str, LogicalType]) -> None:
        self.resource = resource
        self.parameters = parameters

    def predicate(self, node: exp.Expr) -> Predicate:
        match node:
            case exp.Paren() | exp.Alias():  # the parser wraps what begins with "(:name" into an alias without a name
                return self.predicate(_parts(node, "this")[0])
            case exp.And() | exp.Or():
                left, right = _parts(node, "this", "expression")
                return _flat(And if isinstance(node, exp.And) else Or, self.predicate(left), self.predicate(right))
            case exp.Not():
                return Not(self.predicate(_parts(node, "this")[0]))
            case exp.Boolean():
                return Constant(bool(node.this))
            case exp.Is(expression=exp.Null()):
                return IsNull(self.named(_parts(node, "this", "expression")[0]))
            case exp.In():
                return self.membership(node)
            case exp.Between():
                subject, low, high = _parts(node, "this", "low", "high")
                return And((self.compare(">=", subject, low), self.compare("<=", subject, high)))
            case exp.StartsWith():
                return self.starts_with(*_parts(node, "this", "expression"))
            case exp.Like():
                return self.like(node)
            case exp.EQ(expression=exp.Any() as some):
                return self.member_of(node.this, _unwrapped(_parts(some, "this")[0]))
            case _ if type(node) in _COMPARISONS:
                return self.compare(_COMPARISONS[type(node)], *_parts(node, "this", "expression"))
            case exp.Column():
                raise ValueError(f"{node.sql('duckdb')} alone is no condition; write {node.sql('duckdb')} = TRUE")
            case _:
                raise _refused(node)

    def compare(self, operator: str, left: exp.Expr, right: exp.Expr) -> Compare:
        first, second = self.pair(left, right)
        return Compare(operator, first, second)

    def pair(self, left: exp.Expr, right: exp.Expr) -> tuple[Operand, Operand]:
        """Both sides, a literal typed by the side it is compared with."""
        left, right = _unwrapped(left), _unwrapped(right)
        if _is_named(left) and _is_named(right):
            first, second = self.named(left), self.named(right)
            if (type := self.comparable(first)) != self.comparable(second):
                raise ValueError(
                    f"{_shown(first)} has the type {type} and {_shown(second)} the type {self.type_of(second)}; "
                    "both sides of a comparison have one type"
                )
            return first, second
        if _is_named(left):
            first = self.named(left)
            return first, self.value(right, first)
        if _is_named(right):
            second = self.named(right)
            return self.value(left, second), second
        raise ValueError(f"{left.sql('duckdb')} and {right.sql('duckdb')}: one side must be a column or a :parameter")

    def membership(self, node: exp.In) -> Predicate:
        if field := node.args.get("field"):
            return self.member_of(_parts(node, "this", "field")[0], field)
        (subject,) = _parts(node, "this", "expressions")[:1]
        values = [_unwrapped(value) for value in node.expressions]
        if len(values) == 1 and isinstance(values[0], exp.Placeholder):
            return self.member_of(subject, values[0])
        operand = self.named(subject)
        return In(operand, tuple(self.value(value, operand) for value in values))

    def member_of(self, subject: exp.Expr, list_: exp.Expr) -> In:
        operand = self.named(subject)
        if not isinstance(list_, exp.Placeholder):
            raise _refused(list_)
        values = self.named(list_)
        assert isinstance(values, ParameterOperand)
        if values.type.item != self.comparable(operand):
            raise ValueError(
                f"{_shown(values)} has the type {values.type}; IN and ANY for {_shown(operand)} "
                f"need a list of {self.type_of(operand)}"
            )
        return In(operand, values)

    def starts_with(self, subject: exp.Expr, prefix: exp.Expr) -> StartsWith:
        operand, start = self.pair(subject, prefix)
        if self.type_of(operand) != VARCHAR:
            raise ValueError(f"starts_with needs text; {_shown(operand)} has the type {self.type_of(operand)}")
        return StartsWith(operand, start)

    def like(self, node: exp.Like) -> Predicate:
        subject, pattern = _parts(node, "this", "expression", ignore=("negate",))
        pattern = _unwrapped(pattern)
        if isinstance(pattern, exp.DPipe) and _is_text(pattern.expression) and pattern.expression.this == "%":
            prefix = _unwrapped(pattern.this)
        elif _is_text(pattern) and pattern.this.endswith("%"):
            prefix = exp.Literal.string(pattern.this[:-1])
        else:
            raise ValueError(f"{node.sql('duckdb')}: LIKE is for prefixes only, as in LIKE 'abc%' or LIKE :p || '%'")
        if _is_text(prefix) and set(prefix.this) & set("%_"):
            raise ValueError(f"{node.sql('duckdb')}: a prefix with % or _ in it is written starts_with(column, 'a_b')")
        found = self.starts_with(subject, prefix)
        return Not(found) if node.args.get("negate") else found

    def named(self, node: exp.Expr) -> ColumnOperand | ParameterOperand:
        """A column of the resource or a known parameter."""
        node = _unwrapped(node)
        if isinstance(node, exp.Column):
            if not isinstance(node.this, exp.Identifier) or [part for part in node.parts[:-1] if part]:
                raise ValueError(f"{node.sql('duckdb')}: a condition names the resource's own columns, without a table")
            if (name := node.name.lower()) not in self.resource.columns:
                raise ValueError(f"there is no column {name}; the columns are {', '.join(self.resource.columns)}")
            return ColumnOperand(name)
        if isinstance(node, exp.Placeholder) and isinstance(node.this, str):
            if node.this not in self.parameters:
                raise ValueError(f"nothing is bound to :{node.this}; known are {', '.join(sorted(self.parameters)) or 'none'}")
            return ParameterOperand(node.this, self.parameters[node.this])
        raise _refused(node)

    def value(self, node: exp.Expr, beside: Operand) -> ValueOperand:
        """A literal, typed by what it stands beside."""
        type = self.comparable(beside)
        try:
            return ValueOperand(literal(node, type), type)
        except ValueError as problem:
            raise ValueError(f"{_shown(beside)}: {problem}") from problem

    def type_of(self, operand: Operand) -> LogicalType:
        return self.resource.columns[operand.name].logical if isinstance(operand, ColumnOperand) else operand.type

    def comparable(self, operand: Operand) -> LogicalType:
        type = self.type_of(operand)
        if type.name in _INCOMPARABLE:
            advice = "write IN or = ANY" if type.item else "it can only be tested with IS NULL"
            raise ValueError(f"{_shown(operand)} has the type {type}, which cannot be compared; {advice}")
        return type


def _parts(node: exp.Expr, *names: str, ignore: tuple[str, ...] = ()) -> list[Any]:
    """The named arguments of a node; refused when it carries any other, which would change its meaning."""
    if any(value for name, value in node.args.items() if name not in names and name not in ignore):
        raise _refused(node)
    return [node.args[name] for name in names]


def _unwrapped(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _is_named(node: exp.Expr) -> bool:
    return isinstance(node, (exp.Column, exp.Placeholder))


def _is_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and bool(node.args.get("is_string"))


def _shown(operand: Operand) -> str:
    return f"the column {operand.name}" if isinstance(operand, ColumnOperand) else _operand_text(operand)


def _refused(node: exp.Expr) -> ValueError:
    return ValueError(f"{node.sql('duckdb')} is not allowed here; {ALLOWED}")


def _flat(kind: Callable[[tuple[Predicate, ...]], And | Or], *terms: Predicate) -> And | Or:
    """One flat AND or OR, in writing order."""
    joined: list[Predicate] = []
    for term in terms:
        joined.extend(term.terms if isinstance(term, (And, Or)) and type(term) is kind else (term,))
    return kind(tuple(joined))


def text_of(predicate: Predicate) -> str:
    """Canonical text: the same for every spelling of the same predicate, and parsed back to it."""
    match predicate:
        case Constant(value):
            return {True: "TRUE", False: "FALSE", None: "NULL"}[value]
        case And(terms):
            return " AND ".join(_term_text(term) for term in terms)
        case Or(terms):
            return " OR ".join(_term_text(term) for term in terms)
        case Not(IsNull(operand)):
            return f"{_operand_text(operand)} IS NOT NULL"
        case Not(term):
            return f"NOT ({text_of(term)})"
        case IsNull(operand):
            return f"{_operand_text(operand)} IS NULL"
        case Compare(operator, left, right):
            return f"{_operand_text(left)} {operator} {_operand_text(right)}"
        case StartsWith(operand, prefix):
            return f"starts_with({_operand_text(operand)}, {_operand_text(prefix)})"
        case In(operand, values):
            if isinstance(values, ParameterOperand):
                return f"{_operand_text(operand)} = ANY({_operand_text(values)})"
            inside = ", ".join(_operand_text(value) for value in values)
            return f"{_operand_text(operand)} IN ({inside})" if values else "FALSE"


def _term_text(term: Predicate) -> str:
    return f"({text_of(term)})" if isinstance(term, (And, Or)) else text_of(term)


def _operand_text(operand: Operand) -> str:
    match operand:
        case ColumnOperand(name):
            return f'"{name}"' if name in _RESERVED else name
        case ParameterOperand(name, _):
            return f":{name}"
        case ValueOperand(value, type):
            return literal_text(value, type)
