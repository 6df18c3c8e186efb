"""A correlated aggregate becomes a join with the aggregate of every key, which a source can compute and keys can narrow.

Of a key without rows it is NULL, as it was, and a count is 0. What is computed with the aggregate stays where it stood.
"""

from __future__ import annotations

from sqlglot import exp

from fedquery.plan.functions import is_aggregate
from fedquery.plan.rules.context import Context, named_column, output_column, relations, set_where
from fedquery.plan.rules.correlation import aggregated, correlation, free, joins_from_the_left, own_nodes

#: Aggregates that are NULL over no rows.
_NULL_OF_NOTHING = (exp.Sum, exp.Avg, exp.Min, exp.Max)


def join_aggregates(tree: exp.Query, context: Context) -> exp.Query:
    """``WHERE a.x < (SELECT avg(b.y) FROM b WHERE b.k = a.k)`` -> ``LEFT JOIN (SELECT k, avg(y) … GROUP BY k) …``."""
    number = 1
    for select in reversed(list(tree.find_all(exp.Select))):
        if not select.args.get("from_"):
            continue
        places = [select.args["where"]] if select.args.get("where") else []
        if not aggregated(select):
            places += select.expressions
        scalars = [node for place in places if place.find(exp.Subquery) for node in own_nodes(place) if _is_scalar(node)]
        for scalar in scalars if scalars and joins_from_the_left(select) else ():
            number += _join(scalar, select, f"__k{number}")
    return tree


def _is_scalar(node: exp.Expr) -> bool:
    return isinstance(node, exp.Subquery) and not isinstance(node.parent, (exp.In, exp.Exists, exp.Any, exp.All, exp.From))


def _join(scalar: exp.Expr, select: exp.Select, alias: str) -> bool:
    """Replace the sub-query by a column of a new join; not where it is more than an aggregate of rows of equal keys."""
    inner = scalar.this
    if not isinstance(inner, exp.Select) or not free(inner) or not aggregated(inner) or inner.args.get("distinct"):
        return False
    found = correlation(inner, {name for name, _, _ in relations(select)})
    own = {name for name, _, _ in relations(inner)}
    keys = [_key(tie, own) for tie in found.ties] if found is not None else []
    if found is None or not keys or not all(keys):
        return False
    value = inner.expressions[0].unalias()
    aggregates = [node for node in own_nodes(value) if is_aggregate(node)]
    outside = [node for node in own_nodes(value) if isinstance(node, (exp.Column, exp.Query, exp.Window, exp.Filter))]
    if not all(_is_plain(node) for node in aggregates) or any(n.find_ancestor(exp.AggFunc) is None for n in outside):
        return False
    offered = [exp.alias_(key[0].copy(), f"key{place}", quoted=True) for place, key in enumerate(keys) if key]
    group = [projection.this.copy() for projection in offered]
    on = [exp.EQ(this=named_column(f"key{place}", alias), expression=key[1].copy()) for place, key in enumerate(keys) if key]
    for place, aggregate in enumerate(aggregates):
        known: exp.Expr = named_column(f"value{place}", alias)
        if isinstance(aggregate, exp.Count):
            known = exp.Coalesce(this=known, expressions=[exp.Literal.number(0)])
        offered.append(exp.alias_(aggregate.copy(), f"value{place}", quoted=True))
        if aggregate is value:
            value = known
        aggregate.replace(known)
    inner.set("expressions", offered)
    inner.set("order", None)
    inner.set("group", exp.Group(expressions=group))
    set_where(inner, list(found.local))
    named: exp.Expr = exp.Paren(this=value)
    scalar.replace(output_column(named, scalar.alias) if scalar.alias else named)  # as a projection it has its name itself
    relation = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    select.append("joins", exp.Join(this=relation, side="LEFT", on=exp.and_(*on, copy=False)))
    return True


def _key(tie: exp.Expr, own: set[str]) -> tuple[exp.Column, exp.Expr] | None:
    """The inner column of an equality and the outer value it has to have."""
    if not isinstance(tie, exp.EQ):
        return None
    for inner, outer in ((tie.this, tie.expression), (tie.expression, tie.this)):
        if isinstance(inner, exp.Column) and inner.table in own and not free(outer) & own:
            return inner, outer
    return None


def _is_plain(aggregate: exp.Expr) -> bool:
    """Of columns only: anything more might raise for a key that nobody asks for."""
    argument = aggregate.this
    if isinstance(argument, exp.Distinct) and len(argument.expressions) == 1:
        argument = argument.expressions[0]
    if isinstance(aggregate, exp.Count):
        return isinstance(argument, (exp.Column, exp.Star))
    return isinstance(aggregate, _NULL_OF_NOTHING) and isinstance(argument, exp.Column) and not aggregate.expressions
