"""Runs the rules in order; the output columns must not change."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from fedquery.errors import InvariantBroken
from fedquery.plan.model import Bound, Profile
from fedquery.plan.rules import ABOUT, RULES
from fedquery.plan.rules.context import Context


def optimize(bound: Bound, profiles: Mapping[str, Profile]) -> tuple[exp.Query, Context]:
    """The rewritten tree, and the context with the leaves' slots and what was kept back."""
    context = Context(dict(bound.leaves), profiles)
    tree = bound.tree.copy()
    columns = tree.named_selects
    kinds = {type(node) for node in tree.walk()}
    for rule in RULES:
        if rule in ABOUT and not ABOUT[rule] & kinds:
            continue
        tree = rule(tree, context)
        if tree.named_selects != columns:
            raise InvariantBroken(f"the rule {rule.__name__} changed the output columns")
    return tree, context
