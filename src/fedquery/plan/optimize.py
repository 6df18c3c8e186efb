"""Runs the rules in order; the output columns must not change, and each step is kept for ``explain``."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from fedquery.errors import InvariantBroken
from fedquery.plan.model import Bound, KeptBack, Leaf, Profile
from fedquery.plan.parse import DIALECT
from fedquery.plan.rules import RULES
from fedquery.plan.rules.context import Context


def optimize(
    bound: Bound, profiles: Mapping[str, Profile]
) -> tuple[exp.Query, dict[str, Leaf], dict[str, list[KeptBack]], tuple[tuple[str, str], ...]]:
    """The rewritten tree, the leaves with their slots, what was kept back per leaf, and the trace (rule, SQL after it)."""
    context = Context(dict(bound.leaves), profiles)
    tree = bound.tree.copy()
    columns = tree.named_selects
    trace = []
    for rule in RULES:
        tree = rule(tree, context)
        if tree.named_selects != columns:
            raise InvariantBroken(f"the rule {rule.__name__} changed the output columns")
        trace.append((rule.__name__, tree.sql(DIALECT)))
    return tree, context.leaves, context.kept_back, tuple(trace)
