"""The optimizer's rules, one a file, in order.

A rule takes the tree, the leaves and the sources' profiles, and gives back a tree that means the same; the optimizer
checks that the output columns did not change, and keeps each step for ``explain``.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from fedquery.plan.rules.context import Rule
from fedquery.plan.rules.group_sources import group_sources
from fedquery.plan.rules.imply_disjuncts import imply_disjuncts
from fedquery.plan.rules.infer_equalities import infer_equalities
from fedquery.plan.rules.inline_ctes import inline_ctes
from fedquery.plan.rules.isolate_leaves import isolate_leaves
from fedquery.plan.rules.join_aggregates import join_aggregates
from fedquery.plan.rules.join_exists import join_exists
from fedquery.plan.rules.order_joins import attach_conditions, order_joins
from fedquery.plan.rules.prune_columns import prune_columns
from fedquery.plan.rules.push_limits import push_limits
from fedquery.plan.rules.push_predicates import push_predicates
from fedquery.plan.rules.simplify_outer_joins import simplify_outer_joins

RULES: tuple[Rule, ...] = (
    isolate_leaves,  # first: gives every leaf a sub-query of its own, with only the columns that are read
    inline_ctes,  # before everything that moves things between a query and its derived tables
    join_aggregates,  # before EXISTS: a sub-query in it may hold one
    join_exists,  # before pushing: a sub-query's conditions move like any other
    simplify_outer_joins,  # before pushing: an inner join holds up fewer conditions
    imply_disjuncts,  # before pushing: what a disjunction says of one relation can move there
    infer_equalities,  # before pushing: what holds of a column is pushed to every column that equals it
    push_predicates,  # before grouping: a condition belongs to its leaf, where a slot can serve it
    prune_columns,  # after pushing: a column that only a pushed condition read is not sent
    order_joins,  # before grouping: neighbours of one source stand side by side
    group_sources,  # before limits: what one source joins is one place
    attach_conditions,  # after grouping: what connects two places stands where they are joined
    push_limits,  # a limit may move only when nothing below it filters any more
    prune_columns,  # once more: the keys that a group joined on
)
#: What a statement must hold, as it was bound, for a rule to find anything to do in it: no other rule brings it a case.
ABOUT: Mapping[Rule, frozenset[type[exp.Expr]]] = {
    inline_ctes: frozenset({exp.With}),
    join_aggregates: frozenset({exp.Subquery}),
    join_exists: frozenset({exp.Exists, exp.In}),
    imply_disjuncts: frozenset({exp.Or}),
    push_limits: frozenset({exp.Limit}),
}

__all__ = ["ABOUT", "RULES", "Rule"]
