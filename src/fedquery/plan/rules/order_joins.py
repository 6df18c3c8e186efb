"""Inner joins are put in an order in which the relations of one source that a key connects stand side by side.

Inner joins commute, so the order in the statement says nothing; DuckDB chooses its own for what stays at the gateway.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from fedquery.plan.leaves import conjuncts
from fedquery.plan.model import Leaf
from fedquery.plan.rules.context import Context, aliases_of, isolated, meets_key, relations, set_where
from fedquery.plan.travel import condition

Placed = tuple[str, exp.Expr, exp.Join | None]


@dataclass(slots=True)
class _Graph:
    """The relations to order, by alias, their leaves, and the conditions that connect two or more of them."""

    relations: dict[str, exp.Expr]
    leaves: dict[str, Leaf]
    conditions: list[tuple[frozenset[str], exp.Expr]]


def order_joins(tree: exp.Query, context: Context) -> exp.Query:
    """``FROM a, x, b WHERE a.k = b.k AND b.y = x.y`` -> ``FROM b JOIN a ON a.k = b.k CROSS JOIN x WHERE b.y = x.y``."""
    for select in tree.find_all(exp.Select):
        placed = relations(select)
        inner = _inner(placed)
        if inner > 1:
            _order(select, placed[:inner], context)
    return tree


def attach_conditions(tree: exp.Query, context: Context) -> exp.Query:
    """``FROM a CROSS JOIN b WHERE a.k = b.k`` -> ``FROM a JOIN b ON a.k = b.k``, for who reads the plan."""
    for select in tree.find_all(exp.Select):
        where = select.args.get("where")
        if where is None:
            continue
        placed, seen = relations(select), set()
        parts = [(_connected(part), part) for part in conjuncts(where.this)]
        for alias, _, join in placed[: _inner(placed)]:
            seen.add(alias)
            on = [part for names, part in parts if alias in names <= seen]
            if join is not None and join.kind == "CROSS" and on:
                join.set("kind", None)
                join.set("on", exp.and_(*on, copy=False))
                parts = [(names, part) for names, part in parts if part not in on]
        set_where(select, [part for _, part in parts])
    return tree


def _connected(part: exp.Expr) -> frozenset[str]:
    """The relations that a condition connects; none where it concerns one alone, or holds a sub-query."""
    names = frozenset(aliases_of(part))
    return names if len(names) > 1 and not part.find(exp.Query) else frozenset()


def _inner(placed: list[Placed]) -> int:
    """How many relations from the left are joined by nothing but inner joins; none where a later join may pad them."""
    if any(join is not None and join.side in ("RIGHT", "FULL") for _, _, join in placed):
        return 0
    count = 0
    for _, _, join in placed:
        if join is not None and (join.side or join.kind not in ("", "INNER", "CROSS") or join.args.get("using")):
            break
        count += 1
    return count


def _order(select: exp.Select, prefix: list[Placed], context: Context) -> None:
    names = {alias for alias, _, _ in prefix}
    where = select.args.get("where")
    said = [where.this if where else None, *(join.args.get("on") for _, _, join in prefix if join is not None)]
    parts = [(_connected(part), part) for condition in said for part in conjuncts(condition)]
    staying = [part for connected, part in parts if not connected or not connected <= names]
    graph = _Graph(
        {alias: relation for alias, relation, _ in prefix},
        {alias: leaf for alias, relation, _ in prefix if (leaf := isolated(relation, context)) is not None},
        [(connected, part) for connected, part in parts if connected and connected <= names],
    )
    joins: list[exp.Join] = []
    for group in _groups(graph, context):
        seen: set[str] = set()
        for alias in group:
            seen.add(alias)
            on = [condition for condition in graph.conditions if alias in condition[0] and condition[0] <= seen]
            graph.conditions = [condition for condition in graph.conditions if condition not in on]
            join = exp.Join(this=graph.relations[alias])
            if on:
                join.set("on", exp.and_(*(part for _, part in on), copy=False))
            else:
                join.set("kind", "CROSS")
            joins.append(join)
    select.args["from_"].set("this", joins[0].this)
    select.set("joins", [*joins[1:], *(select.args.get("joins") or [])[len(prefix) - 1 :]])
    set_where(select, [*staying, *(part for _, part in graph.conditions)])


def _groups(graph: _Graph, context: Context) -> list[list[str]]:
    """Every relation in one group; the largest groups that a source can join over keys, else single relations."""
    waiting = list(graph.relations)
    found: list[list[str]] = []
    while waiting:
        best = max((_grown(root, waiting, graph, context) for root in waiting), key=len)
        found.append(best)
        waiting = [alias for alias in waiting if alias not in best]
    return found


def _grown(root: str, waiting: list[str], graph: _Graph, context: Context) -> list[str]:
    """``root`` and all that can be joined to it at its source, each meeting a key of its own: the rows stay the root's."""
    leaf = graph.leaves.get(root)
    if leaf is None or "inner" not in context.profile(leaf).capabilities.joins:
        return [root]
    group, grew = [root], True
    while grew:
        grew = False
        for alias in waiting:
            other = graph.leaves.get(alias)
            if alias in group or other is None or other.decision.source != leaf.decision.source:
                continue
            inside = {*group, alias}
            on = [part for own, part in graph.conditions if alias in own and own <= inside]
            place = context.place({name: graph.leaves[name] for name in inside})
            if on and meets_key(on, alias, other) and all(condition(part, place).travels for part in on):
                group.append(alias)
                grew = True
    return group
