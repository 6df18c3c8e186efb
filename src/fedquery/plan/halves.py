"""A SELECT that groups becomes two: the groups with their aggregates below, what is computed of them above."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from fedquery.plan.functions import AGGREGATE_NAMES, is_aggregate
from fedquery.plan.parse import DIALECT
from fedquery.plan.printed import printed
from fedquery.plan.rules.context import relations
from fedquery.plan.rules.correlation import own_nodes

#: Clauses that move up whole; with any other the SELECT is left as it is.
_BELOW = ("from_", "joins", "where", "group")
_ABOVE = ("expressions", "having", "order", "limit", "offset", "distinct")


def halve(select: exp.Select, name: str, *, averages: bool) -> tuple[exp.Select, exp.Select] | None:
    """``SELECT k, sum(a) / sum(b) FROM t GROUP BY k`` -> ``SELECT n.k, n.x / n.y FROM (SELECT k, sum(a) AS x, …) n``.

    The outer and the inner SELECT, both new; None where there is no such form. With ``averages`` an average is taken above, of
    its sum and its count.
    """
    if any(value for key, value in select.args.items() if key not in (*_BELOW, *_ABOVE)):
        return None
    if not any(is_aggregate(n) for p in select.expressions for n in own_nodes(p)) or select.find(exp.Window):
        return None
    group = select.args.get("group")
    if group is not None and any(value for key, value in group.args.items() if key != "expressions"):
        return None
    outer, inner = exp.Select(), exp.Select()
    for key in _BELOW:
        inner.set(key, _copied(select.args.get(key)))
    for key in _ABOVE:
        outer.set(key, _copied(select.args.get(key)))
    halves = _Halves(name, averages)
    keys = {printed(key): key for key in group.expressions} if group is not None else {}
    for part in (*outer.expressions, outer.args.get("having"), outer.args.get("order"), outer.args.get("distinct")):
        if part is not None:
            halves.lift(part, keys)
    own = {alias for alias, _, _ in relations(select)}
    above = [node for key in _ABOVE for part in _listed(outer.args.get(key)) for node in own_nodes(part)]
    if any(column.table in own for column in outer.find_all(exp.Column)) or any(is_aggregate(node) for node in above):
        return None
    having = outer.args.pop("having", None)
    if having is not None:
        outer.set("where", exp.Where(this=having.this))
    inner.set("expressions", [exp.alias_(node, alias, quoted=True) for node, alias in halves.units.values()])
    outer.set("from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(name, quoted=True)))))
    return outer, inner


class _Halves:
    """What the inner SELECT has to give, by its text: each key and aggregate once."""

    def __init__(self, name: str, averages: bool) -> None:
        self._name, self._averages = name, averages
        self.units: dict[str, tuple[exp.Expr, str]] = {}

    def lift(self, node: exp.Expr, keys: dict[str, exp.Expr]) -> None:
        """Replace every key and aggregate below the node by a column of the inner SELECT; those of a sub-query are its own."""
        for child in list(node.iter_expressions()):
            unit = child.this if isinstance(child, exp.Filter) else child
            if keys and printed(child) in keys:
                child.replace(self._column(child, "key"))
            elif type(unit) in AGGREGATE_NAMES:
                average = isinstance(unit, exp.Avg) and self._averages and not isinstance(unit.this, exp.Distinct)
                child.replace(self._average(child) if average else self._column(child, "value"))
            elif not isinstance(child, exp.Query):
                self.lift(child, keys)

    def _column(self, node: exp.Expr, kind: str) -> exp.Column:
        text = printed(node)
        if text not in self.units:
            self.units[text] = (node.copy(), f"{kind}_{len(self.units) + 1}")
        return exp.column(exp.to_identifier(self.units[text][1], quoted=True), table=exp.to_identifier(self._name, quoted=True))

    def _average(self, node: exp.Expr) -> exp.Expr:
        return quotient(node, lambda part: self._column(part, "value"))


def quotient(average: exp.Expr, read: Callable[[exp.Expr], exp.Expr] = lambda part: part) -> exp.Expr:
    """The sum, exact, divided by the count in double, as DuckDB computes an average; ``read`` says how each of them is read."""
    total, count = (read(_instead(average, build)) for build in (exp.Sum, exp.Count))
    return exp.paren(exp.Div(this=exp.cast(total, "double", dialect=DIALECT), expression=count), copy=False)


def _instead(node: exp.Expr, build: Callable[..., exp.Expr]) -> exp.Expr:
    """The average's argument, and its FILTER, under another aggregate."""
    copy = node.copy()
    average = copy.this if isinstance(copy, exp.Filter) else copy
    other = build(this=average.this)
    if average is copy:
        return other
    average.replace(other)
    return copy


def _listed(value: object) -> list[exp.Expr]:
    return [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, exp.Expr)]


def _copied(value: object) -> object:
    if isinstance(value, list):
        return [item.copy() for item in value]
    return value.copy() if isinstance(value, exp.Expr) else value
