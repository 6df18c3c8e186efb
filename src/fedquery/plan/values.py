"""Reading an expression as a source would compute it: its value, where that is DuckDB's in type and in every row.

An expression that can raise never travels past a row filter or a mask: its error would tell of a row that the caller may
not see. Everything that stays has a sentence for it, which ``explain`` shows. What each kind of node means is in
:mod:`fedquery.plan.conditions` and :mod:`fedquery.plan.computations`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from sqlglot import exp

from fedquery.arrow import LogicalType
from fedquery.plan import calculus, reasons
from fedquery.plan.calculus import NULL, Unlike, Value, of_type
from fedquery.plan.constants import constant_type, constant_value
from fedquery.plan.model import LeafColumn
from fedquery.said import Said
from fedquery.spi import Capabilities

BOOLEAN, VARCHAR = LogicalType("boolean"), LogicalType("varchar")
#: Types whose overflow a source can notice as DuckDB does.
_CHECKED = frozenset({"smallint", "integer", "bigint", "decimal"})
#: What an embedded DuckDB computes without our having to know its type.
UNKNOWN = LogicalType("unknown")
#: A column that the source has unmasked and the gateway masks: it can be handed over, and nothing else be done with it.
RAW = LogicalType("raw")
#: The rule of what can raise: every leaf is an identity slice.
NOTHING_HIDDEN = reasons.NOTHING_HIDDEN()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression would be computed: the columns there, what the source declares, and whether it hides nothing.

    ``whole``: every leaf is an identity slice, so that what can raise may travel. ``query_of``: the columns of a sub-query that
    the same source can answer; None for any other.
    """

    value_of: Callable[[exp.Column], Value | None]
    capabilities: Capabilities
    whole: bool = False
    query_of: Callable[[exp.Expr], Mapping[str, Value] | None] = lambda query: None


class Stays(Exception):
    """The expression is the gateway's, for a reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Call:
    """A computation that the source's dialect spells; ``operands`` are nodes below it.

    ``checked``: DuckDB may raise in it, and so must the source. ``negated``: as in NOT LIKE.
    """

    name: str
    operands: tuple[exp.Expr, ...]
    types: tuple[LogicalType, ...]
    result: LogicalType
    checked: bool = False
    negated: bool = False


class Reading:
    """Reads expressions at one place; keeps which declarations it relied on, and the calls to spell, by node."""

    def __init__(self, place: Place, handlers: Mapping[type[exp.Expr], Handler]) -> None:
        self.place, self.capabilities = place, place.capabilities
        self.uses: dict[str, None] = {}
        self.calls: dict[int, Call] = {}
        self._handlers = handlers

    def value(self, node: exp.Expr) -> Value:
        """The value of an expression. Raises Stays."""
        given = written(node)
        if given is not None:
            return self._constant(given)
        try:
            handler = self._handlers.get(type(node))
            if handler is None:
                raise Stays(reasons.CAN_RAISE(what=shown(node)))
            return handler(self, node)
        except Stays:
            if self.capabilities.embedded and self.place.whole and self._own(node):
                self.uses[NOTHING_HIDDEN] = None
                return Value(UNKNOWN, computed=True)
            raise

    def _constant(self, given: Value) -> Value:
        """A constant of a type that the source compares: of any other its spelling is not known to be exact. Raises Stays."""
        name = given.type.name
        known = given.type in (NULL, BOOLEAN) or self.capabilities.compares(name, "=")
        if not known and not self.capabilities.embedded:
            lost = self.capabilities.why(lambda part: part.compares(name, "="))
            raise Stays(lost or reasons.NOT_DECLARED(what=reasons.A_CONSTANT(type=given.type)))
        return given

    def plain(self, node: exp.Expr) -> Value:
        """A value to compute with. Raises Stays for a sum that may be beyond what DuckDB holds, and for what is unmasked."""
        value = self.value(node)
        if value.type == RAW:
            raise Stays(reasons.MASKED_AT_GATEWAY())
        if value.raises and not self.capabilities.embedded:
            raise Stays(reasons.SUM_BEYOND(type=value.type))
        return dataclasses.replace(value, raises=False) if value.raises else value

    def condition(self, node: exp.Expr) -> Value:
        """The value of a yes or no. Raises Stays."""
        value = self.value(node)
        if value.type not in (BOOLEAN, NULL, UNKNOWN):
            raise Stays(reasons.NO_CONDITION(type=value.type))
        if isinstance(node, exp.Column):
            self.declared("=", value)
        return value

    def query(self, query: exp.Expr) -> tuple[Value, ...]:
        """The columns of a sub-query. Raises Stays for one that is not this source's."""
        found = self.place.query_of(query) if {"semi", "anti"} <= self.capabilities.joins else None
        if found is None:
            raise Stays(reasons.ELSEWHERE_QUERY())
        self.uses[reasons.SUB_QUERIES()] = None
        return tuple(found.values())

    def declared(self, operator: str, value: Value) -> None:
        """The operator is exact for such values. Raises Stays."""
        name = stored_as(value)
        if not self.capabilities.compares(name, operator):
            lost = self.capabilities.why(lambda part: part.compares(name, operator))
            raise Stays(lost or reasons.NOT_DECLARED(what=reasons.ON_TYPE(operator=operator, type=value.type)))
        self.uses[_on_type(operator, name)] = None

    def record(
        self, node: exp.Expr, name: str, operands: Sequence[exp.Expr], values: Sequence[Value], result: Value, *,
        negated: bool = False,
    ) -> Value:  # fmt: skip
        """The result of a function that is declared. Raises Stays."""
        if name not in self.capabilities.functions:
            lost = self.capabilities.why(lambda part: name in part.functions)
            raise Stays(lost or reasons.NOT_DECLARED(what=name))
        self.uses[name] = None
        self.allow(result, name)
        types = tuple(value.type for value in values)
        self.calls[id(node)] = Call(name, tuple(operands), types, result.type, result.raises, negated)
        return dataclasses.replace(result, raises=False, computed=True)

    def allow(self, value: Value, what: str) -> None:
        """What can raise travels only where nothing is hidden, to a source that raises where DuckDB does."""
        if not value.raises:
            return
        if not self.place.whole:
            raise Stays(reasons.BEYOND(what=what, type=value.type))
        if "checked" not in self.capabilities.functions or value.type.name not in _CHECKED:
            raise Stays(reasons.NOT_HERE(what=what, type=value.type))
        self.uses[NOTHING_HIDDEN] = None

    def _own(self, node: exp.Expr) -> bool:
        """Whether every column is of this place, and nothing is read beside it."""
        columns = node.find_all(exp.Column)
        return not node.find(exp.Query, exp.Window) and all(self.place.value_of(column) for column in columns)


@lru_cache(maxsize=1024)
def _on_type(operator: str, type: str) -> Said:
    """The declaration that an operator is exact for a type, in words: every condition relies on a few of them."""
    return reasons.ON_TYPE(operator=operator, type=type)


#: How a kind of node is read. Raises Stays.
Handler = Callable[[Reading, exp.Expr], Value]


def handed_over(column: LeafColumn) -> Value:
    """What a leaf has for a column."""
    return Value(RAW) if column.raw else of_type(column.type)


def stored_as(value: Value) -> str:
    """The name of the type that a source has it in, as far as that is known: computed numbers are exact decimals."""
    return "decimal" if value.exact and value.computed else value.type.name


def written(node: exp.Expr) -> Value | None:
    """The value of a constant; None for what is none."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Null):
        return Value(NULL)
    type = constant_type(node)
    if type is None:
        return None
    if not of_type(type).exact or isinstance(node.this, exp.Null):
        return Value(type)
    number = constant_value(node, type)
    assert isinstance(number, (int, Decimal))
    units = int(f"{number:f}".replace(".", "")) if isinstance(number, Decimal) else number
    return calculus.constant(type, units, literal=type.name != "decimal" and not isinstance(node, exp.Cast))


def alike(compute: Callable[[], Value]) -> Value:
    """The computed value. Raises Stays where its operands are not alike."""
    try:
        return compute()
    except Unlike as unlike:
        raise Stays(reasons.UNLIKE(what=unlike)) from None


def shown(node: exp.Expr) -> str:
    """The node's name for people."""
    return node.name.upper() if isinstance(node, exp.Anonymous) else node.key.upper()
