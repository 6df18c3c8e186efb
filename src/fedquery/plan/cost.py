"""How many rows a fragment will bring: a guess from what a plan may know, good enough to choose between plans by."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from fedquery.plan.cut import Piece
from fedquery.plan.functions import is_aggregate
from fedquery.plan.leaves import conjuncts
from fedquery.plan.model import Leaf

#: Rows of a leaf as far as they may be known; None where nothing may.
LeafRows = Callable[[Leaf], float | None]

#: A leaf of which nothing is known.
UNKNOWN_ROWS = 1_000_000.0
#: What part of the rows a condition leaves, where nothing is known of its column.
_EQUAL, _RANGE, _PATTERN, _OTHER, _JOINED = 0.02, 0.3, 0.1, 0.5, 1.0
_GROUPED = 0.1


def piece_rows(piece: Piece, known: LeafRows) -> float:
    """The rows that a piece is expected to return."""
    return _query_rows(piece.body, {leaf.id: known(leaf) or UNKNOWN_ROWS for leaf in piece.leaves})


def _query_rows(query: exp.Expr, leaves: dict[str, float]) -> float:
    if isinstance(query, exp.SetOperation):
        left, right = _query_rows(query.left, leaves), _query_rows(query.right, leaves)
        return left + right if isinstance(query, exp.Union) else left
    if not isinstance(query, exp.Select):
        return _query_rows(query.this, leaves) if isinstance(query, exp.Subquery) else UNKNOWN_ROWS
    source = query.args.get("from_")
    inputs = [source.this] if source else []
    rows, kept = 1.0, 1.0
    for relation in [*inputs, *(join.this for join in query.args.get("joins") or ())]:
        whole = leaves.get(relation.name, UNKNOWN_ROWS) if isinstance(relation, exp.Table) else 0.0
        own = whole or _query_rows(relation, leaves)
        full = whole or max((leaves.get(t.name, UNKNOWN_ROWS) for t in relation.find_all(exp.Table)), default=own)
        kept *= min(own / full, 1.0) if full else 1.0
        rows = max(rows, full)
    where = query.args.get("where")
    for part in conjuncts(where.this if where else None):
        kept *= _selectivity(part)
    rows *= kept
    group = query.args.get("group")
    if group is not None:
        rows *= _GROUPED
    elif any(is_aggregate(node) for projection in query.expressions for node in projection.walk()):
        rows = 1.0
    limit = query.args.get("limit")
    if limit is not None and isinstance(limit.expression, exp.Literal) and limit.expression.is_int:
        rows = min(rows, float(limit.expression.name))
    return max(rows, 1.0)


def _selectivity(part: exp.Expr) -> float:
    match part:
        case exp.Paren():
            return _selectivity(part.this)
        case exp.Or():
            return min(_selectivity(part.this) + _selectivity(part.expression), 1.0)
        case exp.Not():
            return max(1.0 - _selectivity(part.this), _EQUAL)
        case exp.EQ() | exp.NullSafeEQ():
            return _EQUAL
        case exp.In():
            return min(_EQUAL * max(len(part.expressions), 1), _OTHER)
        case exp.Between():
            return _RANGE / 2
        case exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
            return _RANGE
        case exp.Like() | exp.StartsWith() | exp.Contains():
            return _PATTERN
    return _OTHER
