"""EXISTS and IN become SEMI JOIN, NOT EXISTS becomes ANTI JOIN: conditions reach their tables, keys can be shipped.

NOT IN stays: one NULL in its list makes it true of no row, which no join says.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from fedquery.arrow import INTEGERS
from fedquery.plan.functions import has_aggregate
from fedquery.plan.leaves import ROW, conjuncts, isolated_leaf
from fedquery.plan.model import Leaf
from fedquery.plan.rules.context import Context, named_column, relations, set_where
from fedquery.plan.rules.correlation import Correlation, aggregated, correlation, free, joins_from_the_left
from fedquery.plan.rules.types import column_types, expression_type, query_types


def join_exists(tree: exp.Query, context: Context) -> exp.Query:
    """``FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k)`` -> ``FROM a SEMI JOIN b AS __e1 ON __e1.k = a.k``."""
    number = 1
    for select in reversed(list(tree.find_all(exp.Select))):  # inside out: an inner join may let the outer query follow
        where = select.args.get("where")
        if where is None or not select.args.get("from_") or not where.find(exp.Exists, exp.In):
            continue
        if not joins_from_the_left(select):
            continue
        staying = []
        for part in conjuncts(where.this):
            join = _join(part, select, context.leaves, f"__e{number}")
            if join is None:
                staying.append(part)
            else:
                select.append("joins", join)
                number += 1
        set_where(select, staying)
    for exists in tree.find_all(exp.Exists):
        _ask_for_rows(exists.this)
    return tree


def _join(part: exp.Expr, select: exp.Select, leaves: Mapping[str, Leaf], alias: str) -> exp.Join | None:
    """The join that says the same as a condition; None where there is none."""
    negated = isinstance(part, exp.Not)
    asked = part.this if negated else part
    while isinstance(asked, exp.Paren):
        asked = asked.this
    outer = {name for name, _, _ in relations(select)}
    if isinstance(asked, exp.Exists):
        inner, value = asked.this, None
    elif isinstance(asked, exp.In) and asked.args.get("query") and not negated:
        inner, value = asked.args["query"], asked.this
        if not _comparable(value, inner, select, leaves, outer):
            return None
    else:
        return None
    inner = inner.this if isinstance(inner, exp.Subquery) else inner
    if free(inner):
        found = correlation(inner, outer)
        if found is None or aggregated(inner) or not (value or any(isinstance(tie, exp.EQ) for tie in found.ties)):
            return None
    elif value is not None:
        found = None  # asks nothing of the outer row: its own conditions, groups and limits stay below
    else:
        return None
    relation, on = _partner(inner, found, value.copy() if value is not None else None, leaves, alias)
    return exp.Join(this=relation, kind="ANTI" if negated else "SEMI", on=exp.and_(*on, copy=False))


def _comparable(value: exp.Expr, inner: exp.Query, select: exp.Select, leaves: Mapping[str, Leaf], outer: set[str]) -> bool:
    """Whether ``value = column`` compares what IN compares: one type on both sides, and a row of this query."""
    if not free(value) or not free(value) <= outer or value.find(exp.Query) or len(inner.selects) != 1:
        return False
    wanted = expression_type(value, column_types(select, leaves))
    found = query_types(inner, leaves).get(inner.selects[0].alias_or_name)
    return wanted is not None and found is not None and (wanted == found or {wanted.name, found.name} <= INTEGERS)


def _partner(
    inner: exp.Query, found: Correlation | None, value: exp.Expr | None, leaves: Mapping[str, Leaf], alias: str
) -> tuple[exp.Subquery, list[exp.Expr]]:
    """The relation to join with, and ON: a leaf as it is, anything else as a derived table that offers what ON compares."""
    on: list[exp.Expr] = []
    if isinstance(inner, exp.Select) and (leaf := _leaf(inner, leaves)) is not None:
        where = inner.args.get("where")
        if value is not None:
            on.append(exp.EQ(this=value, expression=inner.expressions[0].unalias()))
        on += conjuncts(where.this if where else None)
        for part in on:
            for column in part.find_all(exp.Column):
                if column.table == leaf.alias:
                    column.set("table", exp.to_identifier(alias, quoted=True))
        leaf.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
        return leaf, on
    relation = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    if value is not None:
        on.append(exp.EQ(this=value, expression=named_column(inner.named_selects[0], alias)))
    if found is not None and isinstance(inner, exp.Select):
        own = {name for name, _, _ in relations(inner)}
        offered = list(inner.expressions) if value is not None else []
        for tie in found.ties:
            for column in list(tie.find_all(exp.Column)):
                if column.table in own:
                    name = f"{column.table}.{column.name}"
                    if name not in (p.alias for p in offered):
                        offered.append(exp.alias_(column.copy(), name, quoted=True))
                    column.replace(named_column(name, alias))
            on.append(tie)
        set_where(inner, list(found.local))
        inner.set("expressions", offered or [_row()])
        inner.set("distinct", None)
        inner.set("order", None)
    return relation, on


def _leaf(inner: exp.Select, leaves: Mapping[str, Leaf]) -> exp.Subquery | None:
    """The leaf of which a SELECT takes rows by simple conditions and does nothing else."""
    placed = relations(inner)
    if len(placed) != 1 or aggregated(inner) or any(inner.args.get(key) for key in ("limit", "offset", "qualify", "with_")):
        return None
    relation, where = placed[0][1], inner.args.get("where")
    if not isinstance(relation, exp.Subquery) or isolated_leaf(relation, leaves) is None or relation.this.args.get("limit"):
        return None
    looked_at = [*inner.expressions, *([where] if where else [])]
    return None if any(node.find(exp.Query, exp.Window) for node in looked_at) else relation


def _ask_for_rows(query: exp.Expr) -> None:
    """EXISTS looks at no column: ``EXISTS (SELECT a, b …)`` -> ``EXISTS (SELECT TRUE …)``."""
    if not isinstance(query, exp.Select) or query.args.get("distinct") or query.args.get("order") or query.args.get("qualify"):
        return
    if not has_aggregate(*query.expressions) and not any(projection.find(exp.Window) for projection in query.expressions):
        query.set("expressions", [_row()])


def _row() -> exp.Expr:
    """What a query gives of a row of which nothing is read but that it is there."""
    return exp.alias_(exp.true(), ROW, quoted=True)
