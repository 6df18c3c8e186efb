"""Completeness: which answers mean "of the rows you may see", told from the statement and the policy, never from data.

An operator that is not monotone turns a row that the policy hides into a wrong value, not merely a missing one: the
missing side of an outer join, NOT EXISTS, NOT IN, EXCEPT, ALL, an aggregate, a window, a scalar sub-query, LIMIT.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from fedquery.catalog.filters import text_of
from fedquery.plan.functions import is_aggregate
from fedquery.plan.model import Leaf, Mark

_ROOT = (exp.Select, exp.SetOperation)


def completeness(tree: exp.Query, leaves: Mapping[str, Leaf]) -> tuple[Mark, ...]:
    """One mark per cut slice and operator above it, in statement order."""
    marks: dict[Mark, None] = {}
    if all(leaf.decision.row_filter is None for leaf in leaves.values()):
        return ()
    for table in tree.find_all(exp.Table):
        leaf = leaves.get(table.name)
        if leaf is None or leaf.decision.row_filter is None:
            continue
        for operator in _operators_above(table, tree):
            marks[_mark(leaf, operator)] = None
    for cte in tree.find_all(exp.CTE):
        inside = [leaves[t.name] for t in cte.find_all(exp.Table) if t.name in leaves]
        for use in tree.find_all(exp.Table):
            if use.name != cte.alias or use.db:
                continue
            for leaf in inside:
                if leaf.decision.row_filter is not None:
                    for operator in _operators_above(use, tree):
                        marks[_mark(leaf, operator)] = None
    return tuple(marks)


def _mark(leaf: Leaf, operator: str) -> Mark:
    assert leaf.decision.row_filter is not None
    condition = text_of(leaf.decision.row_filter)
    return Mark(str(leaf.decision.resource), operator, f"rows where {condition}", condition)


def _operators_above(node: exp.Expr, root: exp.Expr) -> Iterator[str]:
    """The non-monotone operators between a table and the answer, from the inside out."""
    child: exp.Expr = node
    parent = node.parent
    while parent is not None:
        if isinstance(parent, exp.Select):
            yield from _of_select(parent, child)
        elif isinstance(parent, exp.Join):
            if parent.kind == "ANTI":
                yield "ANTI JOIN"
        elif isinstance(parent, exp.Except) and child is parent.expression:
            yield "EXCEPT"
        elif isinstance(parent, exp.Exists) and isinstance(_negation(parent), exp.Not):
            yield "NOT EXISTS"
        elif isinstance(parent, exp.Exists) and not _is_condition(parent):
            yield "EXISTS as a value"
        elif isinstance(parent, exp.In) and child is not parent.this:
            if isinstance(_negation(parent), exp.Not):
                yield "NOT IN"
            elif not _is_condition(parent):
                yield "IN as a value"
        elif isinstance(parent, exp.All):
            yield "ALL"
        elif isinstance(parent, exp.Subquery) and not isinstance(
            parent.parent, (exp.From, exp.Join, exp.In, exp.Exists, *_ROOT)
        ):
            yield "scalar sub-query"
        if child is root or isinstance(parent, exp.With):
            return
        child, parent = parent, parent.parent


def _of_select(select: exp.Select, child: exp.Expr) -> Iterator[str]:
    if not isinstance(child, (exp.From, exp.Join)):
        return
    joins = select.args.get("joins") or []
    place = next((i for i, join in enumerate(joins) if join is child), -1)
    if isinstance(child, exp.Join) and child.side in ("LEFT", "FULL"):
        yield f"{child.side} JOIN"
    if any(join.side in ("RIGHT", "FULL") for join in joins[place + 1 :]):
        yield "RIGHT JOIN" if any(join.side == "RIGHT" for join in joins[place + 1 :]) else "FULL JOIN"
    pieces = [*select.expressions, *(select.args[k] for k in ("having", "qualify", "order") if select.args.get(k))]
    own = [node for piece in pieces for node in piece.walk() if node.find_ancestor(exp.Select) is select]
    if any(is_aggregate(node) for node in own):
        yield "aggregate"
    if any(isinstance(node, exp.Window) for node in own):
        yield "window"
    if select.args.get("limit"):
        yield "LIMIT"


def _negation(node: exp.Expr) -> exp.Expr | None:
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent


def _is_condition(node: exp.Expr) -> bool:
    """Whether the node filters rows by itself: reached from WHERE or ON through AND and brackets only."""
    parent = node.parent
    while isinstance(parent, (exp.And, exp.Paren)):
        parent = parent.parent
    return isinstance(parent, (exp.Where, exp.Join, exp.Having, exp.Qualify))
