"""Derived tables lose the columns that nobody reads any more."""

from __future__ import annotations

from collections import defaultdict

from sqlglot import exp

from fedquery.plan.leaves import ROW
from fedquery.plan.rules.context import Context, relations
from fedquery.plan.rules.correlation import aggregated


def prune_columns(tree: exp.Query, context: Context) -> exp.Query:
    """``SELECT x.a FROM (SELECT a, b FROM …) x`` -> ``SELECT x.a FROM (SELECT a FROM …) x``."""
    columns: dict[str, list[exp.Column]] = defaultdict(list)
    selects: list[exp.Select] = []
    for node in tree.find_all(exp.Column, exp.Select):
        if isinstance(node, exp.Select):
            selects.append(node)
        elif isinstance(node, exp.Column):
            columns[node.table].append(node)
    for select in selects:  # outside in: what an outer query drops, an inner one need not read
        for alias, relation, _ in relations(select):
            if _is_derived(relation):
                _prune(relation.this, {column.name for column in columns[alias] if _is_read(column, relation, select)})
    return tree


def _is_derived(relation: exp.Expr) -> bool:
    return isinstance(relation, exp.Subquery) and not relation.args["alias"].columns


def _is_read(column: exp.Column, relation: exp.Expr, select: exp.Select) -> bool:
    """Whether a column of that name is the relation's: inside of it the name means another one."""
    node: exp.Expr | None = column
    while node is not None and node is not relation and node is not select:
        node = node.parent
    return node is select


def _prune(query: exp.Expr, used: set[str]) -> None:
    if not isinstance(query, exp.Select) or query.args.get("distinct") or query.args.get("order"):
        return
    dropped = [projection for projection in query.expressions if projection.alias_or_name not in used]
    if len(dropped) == len(query.expressions) and aggregated(query):
        del dropped[0]  # without one it would fold nothing
    for projection in dropped:
        projection.pop()  # what only it read is read no more
    if not query.expressions:
        query.set("expressions", [exp.alias_(exp.true(), ROW, quoted=True)])
