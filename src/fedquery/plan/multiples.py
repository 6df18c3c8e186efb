"""Whether a statement shows how often a row comes: the least and the greatest, DISTINCT, IN and EXISTS do not."""

from __future__ import annotations

from sqlglot import exp

from fedquery.plan.functions import is_aggregate
from fedquery.plan.rules.context import clauses
from fedquery.plan.rules.correlation import own_nodes

#: What may stand between a relation and the query that does not count: each row by itself, in no order.
_ROW_WISE = frozenset({"expressions", "from_", "joins", "where", "group", "having", "distinct"})
_EXTREMES = (exp.Min, exp.Max, exp.LogicalAnd, exp.LogicalOr)


def sees_multiples(relation: exp.Table) -> bool:
    """Whether the answer could be another where rows of the relation came more than once."""
    place: exp.Expr = relation
    while (select := _read_by(place)) is not None:
        if isinstance(place.parent, exp.Join) and place.parent.kind in ("SEMI", "ANTI"):
            return False
        parts = (*select.expressions, select.args.get("having"))
        made = [node for part in parts if part is not None for node in own_nodes(part)]
        distinct = select.args.get("distinct")
        if clauses(select) - _ROW_WISE or any(isinstance(n, exp.Window) for n in made):
            return True
        folding = [node for node in made if is_aggregate(node)]
        if folding or select.args.get("group"):
            return not all(_same_of_multiples(node) for node in folding)
        if distinct is not None:
            return bool(distinct.args.get("on"))
        if _only_asked_for(select):
            return False
        if not isinstance(select.parent, exp.Subquery):
            return True
        place = select.parent
    return True


def _only_asked_for(query: exp.Select) -> bool:
    """Whether the query is what IN or EXISTS looks into."""
    asked = query.parent if isinstance(query.parent, exp.Subquery) else query
    return isinstance(asked.parent, exp.Exists) or (isinstance(asked.parent, exp.In) and asked.arg_key == "query")


def _read_by(place: exp.Expr) -> exp.Select | None:
    """The SELECT that has the relation in its FROM."""
    holder = place.parent
    select = holder.parent if isinstance(holder, (exp.From, exp.Join)) else None
    return select if isinstance(select, exp.Select) else None


def _same_of_multiples(node: exp.Expr) -> bool:
    if isinstance(node, _EXTREMES):
        return not node.args.get("expressions")
    return isinstance(node.this, exp.Distinct) and isinstance(node, exp.Count)
