"""What ties a sub-query to the query around it: the conditions of its WHERE that name outer relations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from fedquery.plan.functions import is_aggregate
from fedquery.plan.leaves import conjuncts
from fedquery.plan.rules.context import computed_columns, is_comma, relations

#: Clauses that choose among rows or groups, so that a condition from outside must not come below them.
_CHOICES = ("group", "having", "qualify", "limit", "offset", "with_", "windows")


@dataclass(frozen=True, slots=True)
class Correlation:
    """The WHERE of a sub-query, in two: ``ties`` name outer relations, ``local`` conditions do not."""

    ties: tuple[exp.Expr, ...]
    local: tuple[exp.Expr, ...]


def correlation(query: exp.Expr, outer: set[str]) -> Correlation | None:
    """How a SELECT is tied to relations of ``outer``; None where it is tied otherwise than by conditions of its WHERE."""
    if not isinstance(query, exp.Select) or any(query.args.get(key) for key in _CHOICES):
        return None
    own = {alias for alias, _, _ in relations(query)}
    where = query.args.get("where")
    ties: list[exp.Expr] = []
    local: list[exp.Expr] = []
    for part in conjuncts(where.this if where else None):
        named = free(part) - own
        if named and (part.find(exp.Query) or not named <= outer):
            return None
        (ties if named else local).append(part)
    rest = [relation for _, relation, _ in relations(query)]
    rest += [on for _, _, join in relations(query) if join is not None and (on := join.args.get("on")) is not None]
    if any(free(part) - own or any(isinstance(n, exp.Window) for n in own_nodes(part)) for part in [*rest, *query.expressions]):
        return None
    return Correlation(tuple(ties), tuple(local))


def free(node: exp.Expr) -> set[str]:
    """The relations that an expression or query names and does not have itself."""
    if isinstance(node, exp.Column):
        return {node.table} if node.table else set()
    inside = {alias for alias, _, _ in relations(node)} if isinstance(node, exp.Select) else set()
    return set().union(*(free(child) for child in node.iter_expressions())) - inside


def own_nodes(node: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes of an expression outside of the sub-queries in it, which come themselves."""
    return node.dfs(lambda inner: isinstance(inner, exp.Query) and (inner is not node or not isinstance(node, exp.Subquery)))


def aggregated(select: exp.Select) -> bool:
    """Whether a SELECT folds its rows."""
    if select.args.get("group") or select.args.get("having"):
        return True
    return any(_folds(node) for projection in computed_columns(select) for node in own_nodes(projection))


def _folds(node: exp.Expr) -> bool:
    """Whether it is an aggregate, and not the function of a window."""
    if not is_aggregate(node):
        return False
    around = node.parent
    while isinstance(around, (exp.Filter, exp.IgnoreNulls, exp.RespectNulls)):
        node, around = around, around.parent
    return not (isinstance(around, exp.Window) and around.this is node)


def joins_from_the_left(select: exp.Select) -> bool:
    """Make every comma of FROM a CROSS JOIN, so that a join that is appended sees all relations.

    Not where a RIGHT or FULL JOIN follows: a comma binds weaker, so that ``a, b RIGHT JOIN c`` is ``a`` with each of its rows.
    """
    joins = select.args.get("joins") or []
    commas = [join for join in joins if is_comma(join)]
    if commas and any(join.side in ("RIGHT", "FULL") for join in joins):
        return False
    for join in commas:
        join.set("kind", "CROSS")
    return True
