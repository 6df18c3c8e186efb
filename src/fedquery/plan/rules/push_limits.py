"""LIMIT, with its ORDER BY, moves down to where rows come from, past what drops none of them.

Past projections, into derived tables, past LEFT JOIN to its left side, into every branch of UNION ALL. What it came from keeps
it: below, there are enough rows, and above they are counted.
"""

from __future__ import annotations

from sqlglot import exp

from fedquery.plan.functions import has_aggregate
from fedquery.plan.rules.context import Context, computed_columns, isolated, relations
from fedquery.plan.rules.types import query_types

_BETWEEN = ("where", "group", "having", "qualify", "distinct")
#: A sort key: how it sorts, and the column of the relation or query below.
_Keys = list[tuple[exp.Ordered, str]]


def push_limits(tree: exp.Query, context: Context) -> exp.Query:
    """``SELECT f(r.a) FROM (SELECT a FROM s) r ORDER BY r.a LIMIT 5`` -> the sub-query keeps 5 rows; the outer stays."""
    for query in list(tree.find_all(exp.Select, exp.Union, bfs=True)):  # outside in: a limit may move several levels
        limit, offset = _number(query.args.get("limit")), _number(query.args.get("offset"), 0)
        if limit is None or offset is None:
            continue
        if isinstance(query, exp.Select):
            _from_select(query, limit + offset, context)
        elif isinstance(query, exp.Union) and not query.args.get("distinct"):
            _from_union(query, limit + offset, context)
    return tree


def _from_select(select: exp.Select, rows: int, context: Context) -> None:
    placed = relations(select)
    if not placed or any(select.args.get(key) for key in _BETWEEN):
        return
    if any(join is not None and join.side != "LEFT" for _, _, join in placed):
        return
    computed = computed_columns(select)
    if has_aggregate(*computed) or any(projection.find(exp.Window) for projection in computed):
        return
    alias, relation, _ = placed[0]
    keys = _keys(select, alias)
    if keys is None or not isinstance(relation, exp.Subquery):
        return
    leaf = isolated(relation, context)
    if leaf is not None:
        if any((column := leaf.column(name)) is not None and column.raw for _, name in keys):
            return
        for ordered, _ in keys:
            ordered.this.set("table", exp.to_identifier(leaf.id, quoted=True))
        _limit(relation.this, keys, rows, context)
    elif not relation.args["alias"].columns:
        _limit_outputs(relation.this, keys, rows, context)


def _from_union(union: exp.Union, rows: int, context: Context) -> None:
    keys = _output_keys(union)
    if keys is None or union.args.get("with_"):
        return
    outputs = union.named_selects
    for key in ("this", "expression"):
        side = union.args[key]
        if isinstance(side, (exp.Select, exp.Union)):
            named = side.named_selects
            own = [(ordered.copy(), named[outputs.index(name)]) for ordered, name in keys]
            if _limit_outputs(side, own, rows, context):
                brackets = exp.Subquery()
                union.set(key, brackets)
                brackets.set("this", side)


def _limit_outputs(query: exp.Expr, keys: _Keys, rows: int, context: Context) -> bool:
    """Limit a query by columns that it gives."""
    for ordered, name in keys:
        ordered.set("this", exp.column(exp.to_identifier(name, quoted=True)))
    return _limit(query, keys, rows, context)


def _limit(query: exp.Expr, keys: _Keys, rows: int, context: Context) -> bool:
    """Limit a query that has no limit, where that keeps it at the source which would answer it."""
    if not isinstance(query, (exp.Select, exp.Union)) or query.args.get("limit") or query.args.get("offset"):
        return False
    leaves = [context.leaves[table.name] for table in query.find_all(exp.Table) if table.name in context.leaves]
    if any(leaf.decision.entry.hide_order for leaf in leaves):
        return False
    if len({leaf.decision.source for leaf in leaves}) == 1:
        capabilities, types = context.profile(leaves[0]).capabilities, query_types(query, context.leaves)
        if not (capabilities.order_limit if keys else capabilities.limit):
            return False
        if not all(name in types and capabilities.compares(types[name].name, "order") for _, name in keys):
            return False
    query.set("order", exp.Order(expressions=[ordered for ordered, _ in keys]) if keys else None)
    query.set("limit", exp.Limit(expression=exp.Literal.number(rows)))
    return True


def _number(node: exp.Expr | None, default: int | None = None) -> int | None:
    if node is None:
        return default
    value = node.expression
    return int(value.name) if isinstance(value, exp.Literal) and value.is_int else None


def _keys(select: exp.Select, alias: str) -> _Keys | None:
    """The sort keys as copies, over columns of the relation ``alias``; None when one is more than that."""
    order = select.args.get("order")
    outputs = {p.alias_or_name: p.unalias() for p in select.expressions}
    keys: _Keys = []
    for ordered in order.expressions if order else ():
        key = ordered.this
        if isinstance(key, exp.Column) and not key.table:
            key = outputs.get(key.name)
        if not isinstance(key, exp.Column) or key.table != alias:
            return None
        copy = ordered.copy()
        copy.set("this", key.copy())
        keys.append((copy, key.name))
    return keys


def _output_keys(query: exp.Query) -> _Keys | None:
    """The sort keys of a set operation, which are columns that it gives, by name or place."""
    order, outputs = query.args.get("order"), query.named_selects
    keys: _Keys = []
    for ordered in order.expressions if order else ():
        key = ordered.this
        if isinstance(key, exp.Literal) and key.is_int and 0 < int(key.name) <= len(outputs):
            name = outputs[int(key.name) - 1]
        elif isinstance(key, exp.Column) and not key.table and outputs.count(key.name) == 1:
            name = key.name
        else:
            return None
        keys.append((ordered, name))
    return keys
