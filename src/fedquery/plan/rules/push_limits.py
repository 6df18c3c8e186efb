"""LIMIT, with its ORDER BY, moves into the one leaf below it when nothing in between drops or adds a row."""

from __future__ import annotations

from sqlglot import exp

from fedquery.plan.functions import is_aggregate
from fedquery.plan.rules.context import Context, isolated, relations

_BETWEEN = ("where", "group", "having", "qualify", "distinct", "joins")


def push_limits(tree: exp.Query, context: Context) -> exp.Query:
    """``SELECT f(r.a) FROM (SELECT a FROM s) r ORDER BY r.a LIMIT 5`` -> the sub-query keeps 5 rows; the outer stays."""
    for select in list(tree.find_all(exp.Select)):
        limit = _number(select.args.get("limit"))
        placed = relations(select)
        if limit is None or len(placed) != 1 or any(select.args.get(key) for key in _BETWEEN):
            continue
        if any(is_aggregate(n) or isinstance(n, exp.Window) for p in select.expressions for n in p.walk()):
            continue
        leaf = isolated(placed[0][1], context)
        if leaf is None or leaf.decision.entry.hide_order:
            continue
        offset = _number(select.args.get("offset"), 0)
        capabilities = context.profile(leaf).capabilities
        order = select.args.get("order")
        keys = _keys(select, order) if order else []
        if offset is None or keys is None or not (capabilities.order_limit if order else capabilities.limit):
            continue
        columns = [leaf.column(key.this.name) for key in keys]
        if not all(c is not None and capabilities.compares(c.type.name, "order") for c in columns):
            continue
        inner = placed[0][1].this
        if keys:
            for key in keys:
                key.this.set("table", exp.to_identifier(leaf.id, quoted=True))
            inner.set("order", exp.Order(expressions=keys))
        inner.set("limit", exp.Limit(expression=exp.Literal.number(limit + offset)))
    return tree


def _number(node: exp.Expr | None, default: int | None = None) -> int | None:
    if node is None:
        return default
    value = node.expression
    return int(value.name) if isinstance(value, exp.Literal) and value.is_int else None


def _keys(select: exp.Select, order: exp.Order) -> list[exp.Ordered] | None:
    """The sort keys as copies over the relation's own columns; None when one is more than a column."""
    outputs = {p.alias_or_name: p.unalias() for p in select.expressions}
    keys = []
    for ordered in order.expressions:
        key = ordered.this
        if isinstance(key, exp.Column) and not key.table:
            key = outputs.get(key.name)
        if not isinstance(key, exp.Column) or not key.table:
            return None
        copy = ordered.copy()
        copy.set("this", key.copy())
        keys.append(copy)
    return keys
