"""A sub-query that only passes on columns of what it reads gives way to that: fewer words to read, and to plan in DuckDB."""

from __future__ import annotations

from sqlglot import exp

from fedquery.plan.rules.context import clauses

_CLAUSES = {"expressions", "from_"}


def plain(residual: exp.Query) -> exp.Query:
    """The residual without such sub-queries; changed in place."""
    for subquery in reversed(list(residual.find_all(exp.Subquery))):
        reader = subquery.parent_select
        if isinstance(subquery.parent, (exp.From, exp.Join)) and reader is not None and _says_whose(reader):
            read = _passed_on(subquery)
            if read is not None:
                read.set("alias", subquery.args["alias"])
                subquery.replace(read)
    return residual


def _passed_on(subquery: exp.Subquery) -> exp.Table | exp.Subquery | None:
    """The one relation whose columns the sub-query passes on under their names; None where it does more."""
    select, alias = subquery.this, subquery.args.get("alias")
    if not isinstance(select, exp.Select) or clauses(select) - _CLAUSES:
        return None
    if alias is None or alias.columns or clauses(subquery) - {"this", "alias"}:
        return None
    source = select.args.get("from_")
    read = source.this if source is not None else None
    if not isinstance(read, (exp.Table, exp.Subquery)) or (read.args.get("alias") and read.args["alias"].columns):
        return None
    columns = [(projection.unalias(), projection.alias_or_name) for projection in select.expressions]
    same = all(isinstance(c, exp.Column) and (c.table, c.name) == (read.alias_or_name, name) for c, name in columns)
    return read if same else None


def _says_whose(select: exp.Select) -> bool:
    """Whether each column says of which relation it is, so that more columns of a relation cannot be meant.

    ORDER BY looks for a name among the outputs first.
    """
    if select.is_star or any(join.method or join.args.get("using") for join in select.args.get("joins") or ()):
        return False
    order = select.args.get("order")
    keys = {id(key.this) for key in order.expressions} if order is not None else set()
    return all(column.table or id(column) in keys for column in select.find_all(exp.Column))
