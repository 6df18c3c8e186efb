"""Neighbours that one source can join are joined there, when a declared key keeps the result from growing.

SEMI and ANTI joins, which only drop rows, are done there too, wherever they stand.
"""

from __future__ import annotations

from sqlglot import exp

from fedquery.plan.leaves import conjuncts
from fedquery.plan.model import Leaf
from fedquery.plan.rules.context import Context, Placed, aliases_of, isolated, meets_key, named_column, output_column, relations
from fedquery.plan.travel import condition


def group_sources(tree: exp.Query, context: Context) -> exp.Query:
    """``(…) a JOIN (…) b ON a.k = b.k JOIN (…) x …`` -> ``(SELECT … FROM (…) a JOIN (…) b ON a.k = b.k) g JOIN (…) x …``."""
    count = 0
    for select in list(tree.find_all(exp.Select)):
        placed = relations(select)
        start = 0
        while start < len(placed) and len(relations(select)) > 1:
            run = _run(placed, start, context)
            if run and len(run) < len(placed):
                run = _with_partners(select, placed, start, run, context)
                placed = relations(select)
            if len(run) > 1 and len(run) < len(placed):  # a SELECT of one source is cut whole, without this
                count += 1
                _merge(select, placed, start, len(run), f"__g{count}")
                placed = relations(select)
            start += 1
    return tree


def gather(select: exp.Select, context: Context, name: str) -> exp.Select | None:
    """The joins of a SELECT of one source, which cannot be asked it whole, in a query of their own; or None."""
    placed = relations(select)
    return apart(select, name) if len(placed) > 1 and len(_run(placed, 0, context)) == len(placed) else None


def apart(select: exp.Select, name: str) -> exp.Select:
    """All joins of a SELECT in a query of their own, which is given back, with the columns that are needed of it."""
    placed = relations(select)
    inner = _merge(select, placed, 0, len(placed), name)
    used = {column.name for column in select.find_all(exp.Column) if column.table == name}
    kept = [projection for projection in inner.expressions if projection.alias in used]
    inner.set("expressions", kept or inner.expressions[:1])
    return inner


def _run(placed: Placed, start: int, context: Context) -> list[str]:
    """Aliases from ``start`` on that can be joined at their source."""
    alias, relation, first = placed[start]
    leaf = isolated(relation, context)
    if leaf is None or (first is not None and (first.side or first.kind not in ("", "INNER", "CROSS"))):
        return []
    together: dict[str, Leaf] = {alias: leaf}
    for name, other, join in placed[start + 1 :]:
        joined = isolated(other, context)
        if joined is None or join is None or joined.decision.source != leaf.decision.source:
            break
        kind = "left" if join.side == "LEFT" else "inner"
        on = join.args.get("on")
        if join.side not in ("", "LEFT") or join.kind not in ("", "INNER", "OUTER") or on is None:
            break
        capabilities = context.profile(leaf).capabilities
        candidates = {**together, name: joined}
        if kind not in capabilities.joins or not aliases_of(on) <= set(candidates):
            break
        if not condition(on, context.place(candidates)).travels or not meets_key(conjuncts(on), name, joined):
            break
        together = candidates
    return list(together)


def _with_partners(select: exp.Select, placed: Placed, start: int, run: list[str], context: Context) -> list[str]:
    """The run, and behind it the SEMI and ANTI joins that look at it alone and that its source can do.

    They only drop rows of the run, and so may come before every join that keeps or multiplies what is on its left.
    """
    after = placed[start + len(run) :]
    if any(join is not None and join.side in ("RIGHT", "FULL") for _, _, join in after):
        return run
    inside = {alias: leaf for alias, relation, _ in placed if alias in run and (leaf := isolated(relation, context))}
    source, capabilities = inside[run[0]].decision.source, context.profile(inside[run[0]]).capabilities
    found: list[tuple[str, exp.Join]] = []
    for alias, relation, join in after:
        partner = isolated(relation, context)
        on = join.args.get("on") if join is not None else None
        if join is None or join.kind not in ("SEMI", "ANTI") or partner is None or on is None:
            continue
        known = {**inside, alias: partner}
        if partner.decision.source != source or join.kind.lower() not in capabilities.joins:
            continue
        if aliases_of(on) <= set(known) and condition(on, context.place(known)).travels:
            found.append((alias, join))
    joins = [join for join in select.args.get("joins") or [] if not any(join is moved for _, moved in found)]
    place = start + len(run) - 1
    select.set("joins", [*joins[:place], *(join for _, join in found), *joins[place:]])
    return [*run, *(alias for alias, _ in found)]


def _merge(select: exp.Select, placed: Placed, start: int, length: int, name: str) -> exp.Select:
    """The relations in a query of their own, which is given back."""
    group = placed[start : start + length]
    inside = {alias for alias, _, _ in group}
    inner = exp.Select()
    inner.set("from_", exp.From(this=group[0][1]))
    inner.set("joins", [join for _, _, join in group[1:] if join is not None])
    projections = []
    for alias, relation, join in group:
        if join is not None and join.kind in ("SEMI", "ANTI"):
            continue  # it shows no column
        assert isinstance(relation, exp.Subquery)
        for projection in relation.this.expressions:
            projections.append(output_column(named_column(projection.alias, alias), f"{alias}.{projection.alias}"))
    inner.set("expressions", projections)
    merged = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
    group_joins = {id(join) for _, _, join in group[1:]}
    first = group[0][2]
    if first is None:
        select.args["from_"].set("this", merged)
    else:
        first.set("this", merged)
    select.set("joins", [join for join in select.args.get("joins") or [] if id(join) not in group_joins] or None)
    _rename(select, inside, name, merged)
    return inner


def _rename(node: exp.Expr, inside: set[str], name: str, merged: exp.Expr) -> None:
    """``a.x`` -> ``name."a.x"`` wherever ``a`` still means the grouped relation: not below a query that has its own ``a``."""
    for child in list(node.iter_expressions()):
        if child is merged:
            continue
        if isinstance(child, exp.Column) and child.table in inside:
            child.set("this", exp.to_identifier(f"{child.table}.{child.name}", quoted=True))
            child.set("table", exp.to_identifier(name, quoted=True))
        elif isinstance(child, exp.Select):
            _rename(child, inside - {alias for alias, _, _ in relations(child)}, name, merged)
        else:
            _rename(child, inside, name, merged)
