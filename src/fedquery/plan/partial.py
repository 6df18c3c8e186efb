"""Aggregates in two steps: what one relation of a join brings is folded by what the rest of the query needs of it, first.

``SELECT b.g, sum(a.x), count(*) FROM a JOIN b ON a.k = b.k GROUP BY b.g`` is the same over
``(SELECT k, sum(x) AS s, count(*) AS n FROM a GROUP BY k)``, with ``sum(s)`` and ``sum(n)``: rows of equal ``k`` meet the same
partners, however many there are. So it is for sums of exact numbers, counts, least and greatest values, and averages as sums
through counts; and where only the existence of a row matters, each need be asked for once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from fedquery.plan.functions import is_aggregate
from fedquery.plan.halves import quotient
from fedquery.plan.parse import DIALECT
from fedquery.plan.printed import printed
from fedquery.plan.rules.context import named_column, output_column, padded, relations
from fedquery.plan.rules.correlation import own_nodes
from fedquery.plan.rules.nulls import nulled

_CLAUSES = frozenset({"from_", "joins", "where", "group", "expressions", "having", "order", "limit", "offset", "distinct"})


def in_two_steps(select: exp.Select, owned: Callable[[exp.Expr], bool]) -> Iterator[tuple[exp.Select, exp.Select]]:
    """Each form in which a relation is folded first: the whole, new SELECT, and the SELECT inside it that folds.

    ``owned`` says whether one source can answer the query of a relation; no other can be folded there.
    """
    placed = relations(select)
    found = _aggregates(select) if len(placed) > 1 else []
    if not found or any(join is not None and join.side in ("RIGHT", "FULL") for _, _, join in placed):
        return
    named = {column.table for aggregate in found for column in aggregate.find_all(exp.Column)}
    for alias, relation, join in placed:
        if named - {alias} or not isinstance(relation, exp.Subquery) or relation.args["alias"].columns:
            continue
        if join is not None and join.kind in ("SEMI", "ANTI"):
            continue
        if alias in padded(select) and not all(alias in nulled(_function(aggregate).this) for aggregate in found):
            continue  # a row that is filled with NULLs counts, and has nothing that was folded
        if owned(relation.this) and (forms := _folded(select, alias)) is not None:
            yield forms


def averaged(select: exp.Select, exact: Callable[[exp.Column], bool]) -> exp.Select:
    """The SELECT with averages of columns that add up ``exact`` as sums through counts; the SELECT itself where it has none.

    That is how DuckDB computes them, to the last bit.
    """
    if not any(part.find(exp.Avg) for part in select.iter_expressions() if not isinstance(part, (exp.From, exp.Join))):
        return select
    spelled = select.copy()
    for part in spelled.iter_expressions():
        for average in [node for node in own_nodes(part) if isinstance(node, exp.Avg)]:
            if isinstance(average.this, exp.Column) and exact(average.this):
                through = average.parent if isinstance(average.parent, exp.Filter) else average
                through.replace(quotient(through))
    return spelled


def once(query: exp.Query, alias: str) -> exp.Select:
    """The query with every row once, as groups: ``SELECT x.a AS a FROM (query) x GROUP BY x.a``."""
    columns = [named_column(name, alias) for name in query.named_selects]
    distinct = exp.Select()
    distinct.set("expressions", [output_column(column, column.name) for column in columns])
    named = exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
    distinct.set("from_", exp.From(this=exp.Subquery(this=query, alias=named)))
    distinct.set("group", exp.Group(expressions=[column.copy() for column in columns]))
    return distinct


def asked_for_existence(query: exp.Expr) -> Iterator[tuple[exp.Select, str]]:
    """Queries inside of which it does not matter how often a row occurs, each with an alias for it.

    The right sides of SEMI and ANTI joins, and both sides of UNION, INTERSECT and EXCEPT.
    """
    if isinstance(query, exp.SetOperation) and query.args.get("distinct"):
        yield from ((side, "__u") for side in (query.left, query.right) if isinstance(side, exp.Select))
    for join in query.args.get("joins") or () if isinstance(query, exp.Select) else ():
        if join.kind in ("SEMI", "ANTI") and isinstance(join.this, exp.Subquery) and isinstance(join.this.this, exp.Select):
            yield join.this.this, join.this.alias


def _aggregates(select: exp.Select) -> list[exp.Expr]:
    """The aggregates of a SELECT that can be computed in two steps; none where anything else is in the way."""
    distinct = select.args.get("distinct")
    if any(value and key not in _CLAUSES for key, value in select.args.items()) or (distinct and distinct.args.get("on")):
        return []
    parts = [*select.expressions, *(select.args[k] for k in ("where", "group", "having", "order") if select.args.get(k))]
    parts += [join.args["on"] for join in select.args.get("joins") or () if join.args.get("on")]
    nodes = [node for part in parts for node in own_nodes(part)]
    if any(isinstance(node, (exp.Query, exp.Window)) for node in nodes):
        return []
    found = [node.parent if isinstance(node.parent, exp.Filter) else node for node in nodes if is_aggregate(node)]
    return [node for node in found if node is not None] if all(_splits(node) for node in found) else []


def _function(aggregate: exp.Expr) -> exp.Expr:
    return aggregate.this if isinstance(aggregate, exp.Filter) else aggregate


def _splits(aggregate: exp.Expr | None) -> bool:
    function = _function(aggregate) if aggregate is not None else None
    if not isinstance(function, (exp.Sum, exp.Count, exp.Min, exp.Max)) or isinstance(function.this, exp.Distinct):
        return False
    return not function.expressions and not any(node is not function and is_aggregate(node) for node in function.walk())


def _folded(select: exp.Select, alias: str) -> tuple[exp.Select, exp.Select] | None:
    outer = select.copy()
    units: dict[str, exp.Expr] = {}
    for aggregate in _aggregates(outer):
        unit = units.setdefault(printed(aggregate), exp.alias_(aggregate.copy(), f"__v{len(units) + 1}", quoted=True))
        aggregate.replace(_final(_function(aggregate), named_column(unit.alias, alias)))
    keys = sorted({c.name for c in _columns(outer) if c.table == alias and not c.name.startswith("__v")})
    if not keys:
        return None  # one row, even of no rows
    relation = next(relation for name, relation, _ in relations(outer) if name == alias)
    inner = exp.Select()
    folds = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    relation.replace(folds)
    columns = [named_column(key, alias) for key in keys]
    inner.set("expressions", [*(output_column(c, c.name) for c in columns), *units.values()])
    inner.set("from_", exp.From(this=relation))
    inner.set("group", exp.Group(expressions=[column.copy() for column in columns]))
    return outer, inner


def _columns(select: exp.Select) -> Iterator[exp.Column]:
    """The columns that a SELECT itself names."""
    for key, value in select.args.items():
        if key == "joins":
            parts = [join.args["on"] for join in value or () if join.args.get("on")]
        elif key == "from_":
            parts = []
        else:
            parts = value if isinstance(value, list) else [value]
        for part in parts:
            if isinstance(part, exp.Expr):
                yield from part.find_all(exp.Column)


def _final(function: exp.Expr, value: exp.Column) -> exp.Expr:
    if isinstance(function, exp.Count):
        total = exp.Coalesce(this=exp.Sum(this=value), expressions=[exp.Literal.number(0)])
        return exp.cast(total, "bigint", dialect=DIALECT)
    return type(function)(this=value)
