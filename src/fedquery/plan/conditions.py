"""What is a yes or no at a source: comparisons, membership, patterns, and their connections."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from fedquery.plan import calculus, reasons
from fedquery.plan.calculus import NULL, Unlike, Value
from fedquery.plan.functions import COMPARISONS
from fedquery.plan.values import BOOLEAN, UNKNOWN, VARCHAR, Handler, Reading, Stays, shown

_YES_OR_NO = Value(BOOLEAN, computed=True)


def compare(reading: Reading, one: exp.Expr, others: Sequence[tuple[str, exp.Expr]]) -> Value:
    """``one`` beside each of the others under an operator. Raises Stays."""
    value = reading.plain(one)
    for operator, node in others:
        other = reading.plain(node)
        if UNKNOWN in (value.type, other.type):
            continue
        if any(side.type == BOOLEAN and side.computed for side in (value, other)) and not reading.capabilities.embedded:
            raise Stays(reasons.COMPARES_CONDITIONS())
        try:
            joined = calculus.common(value, other)
        except Unlike as unlike:
            raise Stays(reasons.COMPARES(what=unlike)) from None
        for side in (value, other):
            if side.type != NULL:
                reading.declared(operator, joined if side.exact and side.low == side.high else side)
    return _YES_OR_NO


def word(node: exp.Expr | None) -> str:
    """A text that is written out. Raises Stays."""
    if isinstance(node, exp.Var) or (isinstance(node, exp.Literal) and node.is_string):
        return str(node.name)
    raise Stays(reasons.PATTERN_NOT_WRITTEN())


def _both(reading: Reading, node: exp.Expr) -> Value:
    reading.condition(node.this)
    reading.condition(node.expression)
    return _YES_OR_NO


def _not(reading: Reading, node: exp.Expr) -> Value:
    reading.condition(node.this)
    return _YES_OR_NO


def _is(reading: Reading, node: exp.Expr) -> Value:
    if isinstance(node.expression, exp.Boolean):
        reading.condition(node.this)
    elif isinstance(node.expression, exp.Null):
        value = reading.plain(node.this)
        if value.type not in (NULL, UNKNOWN):
            reading.declared("null", value)
    else:
        raise Stays(reasons.NOT_DECLARED(what=shown(node)))
    return _YES_OR_NO


def _comparison(reading: Reading, node: exp.Expr) -> Value:
    return compare(reading, node.this, [(COMPARISONS.get(type(node), "="), node.expression)])


def _in(reading: Reading, node: exp.Expr) -> Value:
    if query := node.args.get("query"):
        return _in_query(reading, node.this, query)
    if node.args.get("unnest"):
        raise Stays(reasons.LIST_NOT_WRITTEN())
    return compare(reading, node.this, [("in", other) for other in node.expressions])


def _in_query(reading: Reading, one: exp.Expr, query: exp.Expr) -> Value:
    value, others = reading.plain(one), reading.query(query)
    if len(others) != 1 or others[0].raises or UNKNOWN in (value.type, others[0].type):
        raise Stays(reasons.IN_SEVERAL())
    try:
        calculus.common(value, others[0])
    except Unlike as unlike:
        raise Stays(reasons.COMPARES(what=unlike)) from None
    if not (reading.capabilities.embedded or calculus.holds(others[0], value)):  # MariaDB finds no unknown among narrower ones
        raise Stays(reasons.COMPARES(what=Unlike(f"{value.type} beside {others[0].type}")))
    for side in (value, others[0]):
        reading.declared("=", side)
    return _YES_OR_NO


def _exists(reading: Reading, node: exp.Expr) -> Value:
    reading.query(node.this)
    return _YES_OR_NO


def _between(reading: Reading, node: exp.Expr) -> Value:
    if node.args.get("symmetric"):
        raise Stays(reasons.NOT_DECLARED(what="BETWEEN SYMMETRIC"))
    return compare(reading, node.this, [(">=", node.args["low"]), ("<=", node.args["high"])])


def _like(reading: Reading, node: exp.Expr) -> Value:
    like, escape = (node.this, word(node.expression)) if isinstance(node, exp.Escape) else (node, "")
    if not isinstance(like, (exp.Like, exp.ILike)):
        raise Stays(reasons.NOT_DECLARED(what=shown(node)))
    pattern = word(like.expression)
    if len(escape) > 1 or (escape and _dangles(pattern, escape)):
        raise Stays(reasons.PATTERN_RAISES())
    value = reading.plain(like.this)
    if value.type != VARCHAR:
        raise Stays(reasons.ITS_ARGUMENT(type=value.type))
    operands = [like.this, like.expression, exp.Literal.string(escape)]
    return reading.record(node, like.key, operands, [value] * 3, _YES_OR_NO, negated=bool(like.args.get("negate")))


def _dangles(pattern: str, escape: str) -> bool:
    """Whether the pattern ends in an escape that escapes nothing."""
    place = 0
    while place < len(pattern):
        place += 2 if pattern[place] == escape else 1
    return place > len(pattern)


HANDLERS: dict[type[exp.Expr], Handler] = {
    exp.And: _both, exp.Or: _both, exp.Not: _not, exp.Is: _is, exp.In: _in, exp.Between: _between, exp.Like: _like,
    exp.ILike: _like, exp.Escape: _like, exp.Exists: _exists,
    **dict.fromkeys((*COMPARISONS, exp.NullSafeEQ, exp.NullSafeNEQ), _comparison),
}  # fmt: skip
