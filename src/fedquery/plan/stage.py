"""A join of the residual whose rows are sorted becomes a CTE of its own: DuckDB then sorts what one pipeline brings.

DuckDB decides while a sort's first pipeline runs whether the sort works on disk. A join that spills feeds a sort from two
pipelines, of which the first may bring little: the sort then keeps all of the second in memory, and the statement fails where
the join alone and the sort alone would finish. A materialised CTE between them leaves one pipeline, and costs nothing
measurable where memory suffices.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

#: Where a SELECT may stand and see no relation but its own: as the whole, in a FROM, in a CTE, in a set operation.
_ON_ITS_OWN = {
    (exp.From, "this"), (exp.Join, "this"), (exp.Subquery, "this"), (exp.CTE, "this"), (exp.With, "expressions"),
    (exp.Select, "from_"), (exp.Select, "joins"), (exp.Select, "with_"),
}  # fmt: skip
_BELOW = {"from_", "joins", "where", "with_"}


def stage(residual: exp.Query) -> exp.Query:
    """The residual with such joins in CTEs ``__j1``, ``__j2``, …; changed in place."""
    nodes = list(residual.find_all(exp.Select, exp.Window, exp.CTE))
    ctes = {node.alias: node.this for node in nodes if isinstance(node, exp.CTE)}
    windowed = {id(node.parent_select) for node in nodes if isinstance(node, exp.Window)}
    sorting = [node for node in nodes if isinstance(node, exp.Select) and (id(node) in windowed or _sorts(node))]
    selects = [select for select in sorting if _joins(select, ctes) and _stands_alone(select)]
    number = 0
    for select in reversed(selects):
        columns = _read_above(select)
        if columns:
            number += 1
            _put_down(select, columns, f"__j{number}")
    return residual


def _sorts(select: exp.Select) -> bool:
    """Whether all its rows are sorted by ORDER BY; the first few of an order are not, they are kept apart as they come."""
    return bool(select.args.get("order") and not select.args.get("limit"))


def _joins(query: exp.Expr, ctes: dict[str, exp.Expr]) -> bool:
    """Whether its rows come from a join with nothing but projections and conditions on the way."""
    if isinstance(query, exp.SetOperation):
        return _joins(query.left, ctes) or _joins(query.right, ctes)
    if isinstance(query, exp.Subquery):
        return _joins(query.this, ctes)
    if isinstance(query, exp.Table):
        return query.name in ctes and _joins(ctes[query.name], {name: q for name, q in ctes.items() if name != query.name})
    if not isinstance(query, exp.Select) or not query.args.get("from_"):
        return False
    return bool(query.args.get("joins")) or (not query.args.get("group") and _joins(query.args["from_"].this, ctes))


def _stands_alone(select: exp.Select) -> bool:
    """Whether it can be computed by itself; not so inside an expression, which may speak of rows outside."""
    node: exp.Expr = select
    while node.parent is not None:
        if (type(node.parent), node.arg_key) not in _ON_ITS_OWN:
            return False
        node = node.parent
    return True


def _read_above(select: exp.Select) -> dict[tuple[str, str], exp.Column]:
    """The joined columns that the rest of the SELECT reads; empty when it is not plain which they are."""
    relations = {relation.alias_or_name for relation in _relations(select)}
    outputs = {projection.alias_or_name for projection in select.expressions}
    found = {}
    for part in _above(select):
        if part.find(exp.Query) or (part.arg_key == "expressions" and not isinstance(part, (exp.Alias, exp.Column))):
            return {}
        for column in part.find_all(exp.Column):
            if column.table in relations:
                found[column.table, column.name] = column
            elif column.table or part.arg_key == "expressions" or column.name not in outputs:
                return {}
    return found


def _put_down(select: exp.Select, columns: dict[tuple[str, str], exp.Column], name: str) -> None:
    """``SELECT a.x FROM a JOIN b … ORDER BY b.y`` -> ``WITH j AS MATERIALIZED (…) SELECT j."a.x" FROM j ORDER BY j."b.y"``"""
    joined = exp.Select(
        expressions=[exp.alias_(column.copy(), _name(*key), quoted=True) for key, column in columns.items()],
        **{key: select.args.get(key) for key in ("from_", "joins", "where")},
    )
    for key in ("joins", "where"):
        select.set(key, None)
    for part in _above(select):
        if isinstance(part, exp.Column):
            part.replace(exp.alias_(part.copy(), part.name, quoted=True))
    for part in _above(select):
        for column in list(part.find_all(exp.Column)):
            if column.table:
                column.replace(exp.column(_name(column.table, column.name), table=name, quoted=True))
    select.set("from_", exp.From(this=exp.Table(this=exp.to_identifier(name, quoted=True))))
    cte = exp.CTE(this=joined, alias=exp.TableAlias(this=exp.to_identifier(name, quoted=True)), materialized=True)
    if select.args.get("with_"):
        select.args["with_"].append("expressions", cte)
    else:
        select.set("with_", exp.With(expressions=[cte]))


def _name(relation: str, column: str) -> str:
    return f"{relation}.{column}"


def _relations(select: exp.Select) -> Iterator[exp.Expr]:
    yield select.args["from_"].this
    yield from (join.this for join in select.args.get("joins") or ())


def _above(select: exp.Select) -> Iterator[exp.Expr]:
    """The parts of a SELECT that are computed from its joined rows."""
    for key, value in list(select.args.items()):
        if key not in _BELOW:
            yield from (part for part in (list(value) if isinstance(value, list) else [value]) if isinstance(part, exp.Expr))
