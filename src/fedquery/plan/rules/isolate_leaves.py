"""Each leaf gets a sub-query of its own that passes on the columns somebody reads, and no other."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from fedquery.plan.leaves import ROW
from fedquery.plan.rules.context import Context, named_column, output_column


def isolate_leaves(tree: exp.Query, context: Context) -> exp.Query:
    """``FROM "__s1" AS r`` -> ``FROM (SELECT "__s1"."a" AS "a" FROM "__s1") AS r`` where only ``r.a`` is read."""
    used: dict[int, set[str]] = {}
    tables: dict[int, exp.Table] = {}
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and source.name in context.leaves:
                tables[id(source)] = source
                used.setdefault(id(source), set())
        for column in scope.columns:
            looking: Scope | None = scope
            while looking is not None and column.table not in looking.sources:
                looking = looking.parent
            owner = looking.sources[column.table] if looking is not None else None
            if isinstance(owner, exp.Table):
                used.setdefault(id(owner), set()).add(column.name)
    for key, table in tables.items():
        leaf = context.leaves[table.name]
        names = [column.name for column in leaf.columns if column.name in used[key]]
        projections: list[exp.Expr] = [output_column(named_column(n, leaf.id), n) for n in names]
        body = exp.Select(
            expressions=projections or [output_column(exp.true(), ROW)],
            from_=exp.From(this=exp.Table(this=exp.to_identifier(leaf.id, quoted=True))),
        )
        table.replace(exp.Subquery(this=body, alias=exp.TableAlias(this=exp.to_identifier(table.alias_or_name, quoted=True))))
    return tree
