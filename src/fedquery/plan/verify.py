"""Comparisons with a ``verify`` column become the yes or no that its department answers; every other use is refused.

A rule and a comparison match after normalisation: flipped (``60000 < x``), negated (``x <= 60000`` is not ``x > 60000``),
with parameters already put in. NULL stays NULL either way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from sqlglot import exp

from fedquery import sentences as say
from fedquery.arrow import LogicalType
from fedquery.catalog.filters import text_of
from fedquery.errors import AccessDenied
from fedquery.plan.functions import COMPARISONS
from fedquery.plan.model import Leaf, LeafColumn
from fedquery.plan.parse import span_of
from fedquery.predicates import FLIPPED, NEGATED, ColumnOperand, Compare, ValueOperand

_BOOLEAN = LogicalType.parse("boolean")
_OPERATORS = {**COMPARISONS}


def answer_verify(tree: exp.Query, leaves: dict[str, Leaf], owners: Mapping[int, str], text: str) -> None:
    """Rewrite ``tree`` and ``leaves`` in place. ``owners`` maps the id of each Column node to its leaf's id.

    Raises AccessDenied for a verify column that is selected, sorted, or compared with what no rule lists.
    """
    for column in list(tree.find_all(exp.Column)):
        leaf = leaves.get(owners.get(id(column), ""))
        found = leaf.column(column.name) if leaf else None
        if leaf is None or found is None or found.decision.form.kind != "verify" or found.rule is not None:
            continue
        matched = _match(column, found)
        if matched is None:
            raise _refusal(column, leaf, found, text)
        comparison, rule, negated = matched
        name = text_of(rule)
        if leaf.column(name) is None:
            leaves[leaf.id] = dataclasses.replace(
                leaf, columns=(*leaf.columns, LeafColumn(name, _BOOLEAN, found.decision, rule))
            )
        answer: exp.Expr = exp.column(exp.to_identifier(name, quoted=True), table=column.args["table"].copy())
        if negated:
            answer = exp.Paren(this=exp.Not(this=answer))
        comparison.replace(answer)


def _match(column: exp.Column, found: LeafColumn) -> tuple[exp.Expr, Compare, bool] | None:
    """The comparison around the column, the rule it asks, and whether it asks for the rule's negation."""
    node: exp.Expr = column
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    comparison = node.parent
    operator = _OPERATORS.get(type(comparison)) if comparison is not None else None
    if comparison is None or operator is None:
        return None
    left = comparison.this is node
    other = comparison.expression if left else comparison.this
    operator = operator if left else FLIPPED[operator]
    value = _value(other, found.type)
    if value is None:
        return None
    for rule in found.decision.rules:
        if isinstance(rule, Compare) and isinstance(rule.left, ColumnOperand) and isinstance(rule.right, ValueOperand):
            if _value_text(rule.right) != value:
                continue
            if rule.operator == operator:
                return comparison, rule, False
            if rule.operator == NEGATED[operator]:
                return comparison, rule, True
    return None


def _value(node: exp.Expr, type: LogicalType) -> str | None:
    """A literal as comparable text: numbers without padding, everything else as written."""
    negative = False
    while isinstance(node, (exp.Paren, exp.Neg, exp.Cast)):
        negative ^= isinstance(node, exp.Neg)
        node = node.this
    if isinstance(node, exp.Boolean):
        return str(bool(node.this)).lower()
    if not isinstance(node, exp.Literal):
        return None
    return _plain(("-" if negative else "") + node.name, type)


def _value_text(operand: ValueOperand) -> str:
    value = operand.value
    return _plain(str(value).lower() if isinstance(value, bool) else str(value), operand.type)


def _plain(text: str, type: LogicalType) -> str:
    if type.name in ("varchar", "blob", "date", "time", "timestamp", "timestamptz", "boolean"):
        return text
    return text.rstrip("0").rstrip(".") if "." in text else text


def _refusal(column: exp.Column, leaf: Leaf, found: LeafColumn, text: str) -> AccessDenied:
    rules = tuple(text_of(rule) for rule in found.decision.rules)
    return AccessDenied(
        say.ONLY_VERIFIED(column=f"{leaf.decision.resource}.{column.name}"),
        hint=say.AS_RULES_SAY(rules="; ".join(rules)),
        span=span_of(column, text),
        reasons=tuple(say.VERIFY_RULE(rule=rule) for rule in rules),
    )
