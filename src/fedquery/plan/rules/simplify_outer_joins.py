"""An outer join whose added rows a later condition drops is the smaller join: FULL -> LEFT or RIGHT -> INNER."""

from __future__ import annotations

from sqlglot import exp

from fedquery.plan.rules.context import Context, Placed, is_comma, relations
from fedquery.plan.rules.nulls import needed


def simplify_outer_joins(tree: exp.Query, context: Context) -> exp.Query:
    """``a LEFT JOIN b ON … WHERE b.x = 1`` -> ``a JOIN b ON … WHERE b.x = 1``: without a row of ``b`` nothing is kept."""
    for select in tree.find_all(exp.Select):
        if any(join.side for join in select.args.get("joins") or ()):
            _simplify(select)
    return tree


def _simplify(select: exp.Select) -> None:
    """From the last join to the first: ``kept`` are the relations that a row has to have to get further."""
    where = select.args.get("where")
    kept = set(needed(where.this)) if where else set()
    placed = relations(select)
    for place in range(len(placed) - 1, 0, -1):
        alias, _, join = placed[place]
        assert join is not None
        before = _left_of(place, placed)
        if join.side in ("LEFT", "FULL") and alias in kept:
            join.set("side", "RIGHT" if join.side == "FULL" else None)
        if join.side in ("RIGHT", "FULL") and before & kept:
            join.set("side", "LEFT" if join.side == "FULL" else None)
        if not join.side:
            join.set("kind", join.kind if join.kind != "OUTER" else None)
        on = join.args.get("on")
        if on is not None and join.side in ("", "RIGHT") and join.kind != "ANTI":
            kept |= needed(on)


def _left_of(place: int, placed: Placed) -> set[str]:
    """The relations that a join has on its left: back to the last comma, which binds weaker."""
    found = set()
    for alias, _, join in reversed(placed[:place]):
        found.add(alias)
        if join is not None and is_comma(join):
            break
    return found
