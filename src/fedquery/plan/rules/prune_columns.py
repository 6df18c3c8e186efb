"""Derived tables lose the columns that nobody reads any more."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from fedquery.plan.functions import is_aggregate
from fedquery.plan.leaves import ROW
from fedquery.plan.rules.context import Context


def prune_columns(tree: exp.Query, context: Context) -> exp.Query:
    """``SELECT x.a FROM (SELECT a, b FROM …) x`` -> ``SELECT x.a FROM (SELECT a FROM …) x``."""
    scopes = list(traverse_scope(tree))
    for scope in reversed(scopes):  # outside in: what an outer query drops, an inner one need not read
        for alias, source in scope.sources.items():
            if isinstance(source, Scope) and source.is_derived_table:
                _prune(source.expression, _read(alias, source, scopes))
    return tree


def _read(alias: str, source: Scope, scopes: list[Scope]) -> set[str]:
    """The names that any scope, correlated ones included, reads of this derived table."""
    names = set()
    for scope in scopes:
        for column in scope.expression.find_all(exp.Column):
            if column.table == alias and not _inside(column, source.expression):
                names.add(column.name)
    return names


def _prune(query: exp.Expr, used: set[str]) -> None:
    if not isinstance(query, exp.Select) or query.args.get("distinct") or query.args.get("order"):
        return
    kept = [p for p in query.expressions if p.alias_or_name in used]
    if not kept and any(is_aggregate(n) for p in query.expressions for n in p.walk()):
        kept = query.expressions[:1]
    query.set("expressions", kept or [exp.alias_(exp.true(), ROW, quoted=True)])


def _inside(node: exp.Expr, query: exp.Expr) -> bool:
    parent = node.parent
    while parent is not None:
        if parent is query:
            return True
        parent = parent.parent
    return False
