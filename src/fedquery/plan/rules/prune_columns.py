"""Derived tables lose the columns that nobody reads any more."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from fedquery.plan.leaves import ROW
from fedquery.plan.rules.context import Context, relations
from fedquery.plan.rules.correlation import aggregated


def prune_columns(tree: exp.Query, context: Context) -> exp.Query:
    """``SELECT x.a FROM (SELECT a, b FROM …) x`` -> ``SELECT x.a FROM (SELECT a FROM …) x``."""
    for select in tree.find_all(exp.Select, bfs=True):  # outside in: what an outer query drops, an inner one need not read
        derived = [(alias, relation.this) for alias, relation, _ in relations(select) if _is_derived(relation)]
        if not derived:
            continue
        used: dict[str, set[str]] = {alias: set() for alias, _ in derived}
        for column, inside in _columns(select):
            if column.table in used and column.table != inside:
                used[column.table].add(column.name)
        for alias, query in derived:
            _prune(query, used[alias])
    return tree


def _is_derived(relation: exp.Expr) -> bool:
    return isinstance(relation, exp.Subquery) and not relation.args["alias"].columns


def _columns(select: exp.Select) -> Iterator[tuple[exp.Column, str]]:
    """Every column below a SELECT, with the relation of its FROM that it stands in; a name means another relation there."""
    inside = {id(relation): alias for alias, relation, _ in relations(select)}
    waiting: list[tuple[exp.Expr, str]] = [(select, "")]
    while waiting:
        node, alias = waiting.pop()
        if isinstance(node, exp.Column):
            yield node, alias
        else:
            alias = inside.get(id(node), alias)
            waiting += [(child, alias) for child in node.iter_expressions()]


def _prune(query: exp.Expr, used: set[str]) -> None:
    if not isinstance(query, exp.Select) or query.args.get("distinct") or query.args.get("order"):
        return
    kept = [p for p in query.expressions if p.alias_or_name in used]
    if len(kept) == len(query.expressions):
        return
    if not kept and aggregated(query):
        kept = query.expressions[:1]
    query.set("expressions", kept or [exp.alias_(exp.true(), ROW, quoted=True)])
