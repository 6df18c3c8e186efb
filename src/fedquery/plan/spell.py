"""Prints a fragment's body in its source's dialect: what is not standard SQL the connector spells, sqlglot prints the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlglot import exp

from fedquery.arrow import LogicalType
from fedquery.plan.functions import COMPARISONS
from fedquery.plan.leaves import SLOT, noted
from fedquery.plan.printed import dialect_named
from fedquery.plan.values import Call
from fedquery.spi import Dialect

_CONDITIONS = frozenset({*COMPARISONS, exp.Is, exp.In, exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Not})
_DOUBLE = LogicalType("double")


def spell(body: exp.Query, calls: Mapping[int, Call], dialect: Dialect, backed: Collection[object] = ()) -> str:
    """The body as text; the tree given is used up. ``calls`` are the computations in it, by node.

    ``backed`` are the slots that the leaves hold: the conditions they are supersets of are asked again.
    """
    words = dialect_named(dialect.name)
    spelled: dict[int, exp.Expr] = {}
    for node in reversed(list(body.walk())):  # what stands below is spelled first
        call = calls.get(id(node))
        if call is not None:
            operands = tuple(spelled.get(id(operand), operand).sql(words) for operand in call.operands)
            spelled[id(node)] = verbatim = exp.Var(this=_call(node, call, operands, dialect))
            # all of an ON becomes a WHERE where there is no SEMI JOIN, which sqlglot does with conditions only
            node.replace(exp.Paren(this=verbatim) if isinstance(node.parent, exp.Join) else verbatim)
        elif isinstance(node, exp.Filter) and not dialect.filters:
            _without_filter(node)
        elif isinstance(node, exp.Literal) and not node.is_string and "e" in node.name.lower():
            node.replace(exp.Var(this=dialect.literal(float(node.name), _DOUBLE)))  # elsewhere 1e0 is an exact number
        elif type(node) in _CONDITIONS and type(node.parent) in _CONDITIONS:
            bracket = exp.Paren()  # dialects disagree on which of two binds the other
            node.replace(bracket)
            bracket.set("this", node)
    for node in list(body.walk()) if backed else ():
        if type(node) in _CONDITIONS and noted(node, SLOT) in backed and _is_conjunct(node):
            node.replace(exp.Var(this=dialect.again(node.sql(words))))
    return body.sql(words, copy=False)


def _is_conjunct(node: exp.Expr) -> bool:
    """Whether a row stays only where the condition is TRUE, so that FALSE may stand for NULL."""
    above = node.parent
    while isinstance(above, (exp.And, exp.Paren)):
        above = above.parent
    return isinstance(above, exp.Where)


def _call(node: exp.Expr, call: Call, operands: tuple[str, ...], dialect: Dialect) -> str:
    text = dialect.function(call.name, operands, call.types, call.result)
    if text is None:
        text = f"({node.sql(dialect_named(dialect.name))})"
    elif call.negated:
        text = f"(NOT {text})"
    return dialect.computed(dialect.checked(text, call.result) if call.checked else text, call.result)


def _without_filter(node: exp.Filter) -> None:
    """``count(*) FILTER (WHERE c)`` -> ``count(CASE WHEN c THEN 1 END)``; right for aggregates that pass NULL over."""
    aggregate, when = node.this, node.expression.this
    value = aggregate.this
    if isinstance(value, exp.Distinct):
        (only,) = value.expressions
        value.set("expressions", [exp.case().when(when, only, copy=False)])
    else:
        chosen = exp.Literal.number(1) if isinstance(value, exp.Star) else value
        aggregate.set("this", exp.case().when(when, chosen, copy=False))
    node.replace(aggregate)
