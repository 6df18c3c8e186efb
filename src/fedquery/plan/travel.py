"""Which parts of a SELECT may be asked of a source, each with the rule that lets it travel or keeps it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlglot import exp

from fedquery.plan import computations, conditions, reasons
from fedquery.plan.calculus import NULL, Value
from fedquery.plan.functions import has_aggregate
from fedquery.plan.leaves import conjuncts, noted
from fedquery.plan.model import Leaf, Verdict
from fedquery.plan.values import Call, Place, Reading, Stays, handed_over, written
from fedquery.said import listed
from fedquery.spi import Capabilities

_PLAIN_COLUMNS = reasons.PLAIN_COLUMNS()
_HANDLERS = {**conditions.HANDLERS, **computations.HANDLERS}
#: The columns of each relation, by its alias.
Columns = Mapping[str, Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Claim:
    """A part of a SELECT and the verdict on it. ``part`` says what it does: filter, join, group by and so on."""

    part: str
    node: exp.Expr
    verdict: Verdict


@dataclass(slots=True)
class Judgement:
    """The claims of a SELECT; where all travel, what its columns are and what its dialect has to spell, by node."""

    claims: list[Claim] = field(default_factory=list)
    outputs: dict[str, Value] = field(default_factory=dict)
    calls: dict[int, Call] = field(default_factory=dict)

    @property
    def travels(self) -> bool:
        """Whether the source may be asked all of it."""
        return all(claim.verdict.travels for claim in self.claims)


def columns_of(leaf: Leaf) -> dict[str, Value]:
    """The columns of a leaf as values."""
    return {column.name: handed_over(column) for column in leaf.columns}


def identity(leaf: Leaf, names: set[str]) -> bool:
    """Whether the slice hides nothing: no row filter, the named columns as they are, the rows in whatever order."""
    if leaf.decision.row_filter is not None or leaf.decision.entry.hide_order:
        return False
    columns = [column for column in leaf.columns if column.name in names]
    return all(column.rule is None and column.decision.form.kind == "clear" for column in columns)


#: The columns of a sub-query that the same source can answer; None for any other.
QueryOf = Callable[[exp.Expr], Mapping[str, Value] | None]


def place(
    columns: Columns, capabilities: Capabilities, *, whole: bool = False, query_of: QueryOf = lambda query: None
) -> Place:
    """The place where these relations' columns can be read."""

    def value_of(column: exp.Column) -> Value | None:
        return columns.get(column.table, {}).get(column.name)

    return Place(value_of, capabilities, whole, query_of)


def condition(node: exp.Expr, where: Place) -> Verdict:
    """The verdict on a condition."""
    return _verdict(Reading(where, _HANDLERS), partial(_condition, node=node), node)


def judge(
    select: exp.Select,
    columns: Columns,
    capabilities: Capabilities,
    *,
    whole: bool,
    query_of: QueryOf = lambda query: None,
) -> Judgement:
    """The verdicts on every part of a SELECT over relations of one source; each relation itself was judged before."""
    where = place(columns, capabilities, whole=whole, query_of=query_of)
    judgement = Judgement()
    for part, node, check in _parts(select, where, judgement.outputs):
        reading = Reading(where, _HANDLERS)
        judgement.claims.append(Claim(part, node, _verdict(reading, check, node)))
        judgement.calls.update(reading.calls)
    return judgement


def _verdict(reading: Reading, check: Callable[[Reading], object], node: exp.Expr) -> Verdict:
    try:
        check(reading)
    except Stays as stays:
        return Verdict("none", stays.reason)
    rule = listed(reading.uses) if reading.uses else _PLAIN_COLUMNS
    weaker = noted(node, "superset")
    return Verdict("superset", reasons.RECHECKED(rule=rule, weaker=weaker)) if weaker else Verdict("exact", rule)


_Part = tuple[str, exp.Expr, Callable[[Reading], object]]


def _parts(select: exp.Select, where: Place, outputs: dict[str, Value]) -> Iterator[_Part]:
    """Each part of the SELECT, with how to judge it; ``outputs`` fills as projections are judged.

    A column that is only passed on is no part: it is there in any case.
    """
    args, capabilities = select.args, where.capabilities
    for join in args.get("joins") or []:
        yield "join", join, partial(_join, join=join)
    for part in conjuncts(args["where"].this if args.get("where") else None):
        yield "filter", part, partial(_condition, node=part)
    if group := args.get("group"):
        yield "group by", group, partial(_group, group=group)
    if distinct := args.get("distinct"):
        yield "distinct", distinct, partial(_distinct, select=select)
    for projection in select.expressions:
        passed = where.value_of(projection.this) if isinstance(projection.unalias(), exp.Column) else None
        if passed is not None and isinstance(projection, exp.Alias):
            outputs[projection.alias] = passed
            continue
        kind = "aggregate" if has_aggregate(projection) else "column"
        yield kind, projection, partial(_project, projection=projection, outputs=outputs)
    for part in conjuncts(args["having"].this if args.get("having") else None):
        yield "having", part, partial(_condition, node=part)
    order, limit = args.get("order"), args.get("limit")
    if order:
        yield "order by", order, partial(_order, select=select, order=order)
    allowed = limit is not None and (capabilities.order_limit if order else capabilities.limit)
    for kind in ("limit", "offset"):
        if args.get(kind):
            yield kind, args[kind], partial(_limit, node=args[kind], allowed=allowed)
    for kind in ("with_", "qualify", "windows", "sample", "laterals", "match"):
        if args.get(kind):
            yield kind.strip("_"), select, partial(_refused, kind=kind.strip("_").upper())


def _condition(reading: Reading, node: exp.Expr) -> None:
    reading.condition(node)


def _join(reading: Reading, join: exp.Join) -> None:
    kind = "left" if join.side == "LEFT" else {"": "inner", "INNER": "inner", "SEMI": "semi", "ANTI": "anti"}.get(join.kind, "")
    on = join.args.get("on")
    if join.side in ("RIGHT", "FULL") or kind not in reading.capabilities.joins or on is None:
        raise Stays(reasons.NOT_DECLARED(what=reasons.A_JOIN()))
    reading.condition(on)


def _group(reading: Reading, group: exp.Group) -> None:
    if any(group.args.get(key) for key in ("all", "cube", "rollup", "grouping_sets", "totals")):
        raise Stays(reasons.NO_GROUPING_SETS())
    for key in group.expressions:
        _declared_key(reading, key, "group")


def _distinct(reading: Reading, select: exp.Select) -> None:
    if select.args["distinct"].args.get("on"):
        raise Stays(reasons.DISTINCT_ON())
    for projection in select.expressions:
        _declared_key(reading, projection.unalias(), "group")


def _declared_key(reading: Reading, key: exp.Expr, operator: str) -> None:
    if key.find(exp.Query):
        raise Stays(reasons.QUERY_AS_KEY())
    value = reading.plain(key)
    if value.type.name not in ("unknown", "null"):
        reading.declared(operator, value)


def _project(reading: Reading, projection: exp.Expr, outputs: dict[str, Value]) -> None:
    value = projection.unalias()
    if not isinstance(projection, exp.Alias) or value.find(exp.Window):
        raise Stays(reasons.A_WINDOW())
    result = reading.value(value)
    if result.type == NULL and not reading.capabilities.embedded:
        raise Stays(reasons.NO_TYPE())  # each source has a type of its own for it
    outputs[projection.alias_or_name] = result


def _order(reading: Reading, select: exp.Select, order: exp.Order) -> None:
    named = {p.alias_or_name: p.unalias() for p in select.expressions}
    if not reading.capabilities.order_limit:
        lost = reading.capabilities.why(lambda part: part.order_limit)
        raise Stays(lost or reasons.NOT_DECLARED(what="ORDER BY"))
    for ordered in order.expressions:
        key = ordered.this
        if isinstance(key, exp.Column) and not key.table:
            key = named.get(key.name, key)
        if written(key) is not None and not reading.capabilities.embedded:
            raise Stays(reasons.CONSTANT_KEY())  # MariaDB takes it for a column's number
        _declared_key(reading, key, "order")


def _limit(reading: Reading, node: exp.Expr, allowed: bool) -> None:
    if not allowed or not (isinstance(node.expression, exp.Literal) and node.expression.is_int):
        raise Stays(reasons.NOT_DECLARED(what="LIMIT"))


def _refused(reading: Reading, kind: str) -> None:
    raise Stays(reasons.NOT_PUSHED(what=kind))
