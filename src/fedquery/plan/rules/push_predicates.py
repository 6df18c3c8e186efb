"""Conditions move to the leaf they concern, when its source answers them exactly and moving them changes no row.

From WHERE to every relation that no outer join can pad; from ON of an inner join likewise; from ON of a LEFT, SEMI or ANTI
JOIN to its right side only. Through a derived table they move one level when they name plain columns of it, into every branch
of a set operation, and below groups and windows only over their keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sqlglot import exp

from fedquery.arrow import INTEGERS, LogicalType
from fedquery.plan.calculus import of_type
from fedquery.plan.constants import constant_type, constant_value
from fedquery.plan.functions import COMPARISONS
from fedquery.plan.leaves import SLOT, conjuncts, slot_mark
from fedquery.plan.model import Leaf
from fedquery.plan.printed import printed
from fedquery.plan.rules.context import Context, Placed, aliases_of, isolated, padded, relations, set_where
from fedquery.plan.rules.correlation import aggregated, own_nodes
from fedquery.plan.rules.types import query_types
from fedquery.plan.travel import condition
from fedquery.predicates import FLIPPED, ColumnOperand, Compare, In, IsNull, ValueOperand

#: Comparisons of plain columns: what may pass another condition on its way down, since it does not raise.
_SINKABLE = (
    *COMPARISONS, exp.And, exp.Or, exp.Not, exp.Paren, exp.Is, exp.In, exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ,
    exp.Column, exp.Identifier, exp.Null, exp.DataType, exp.DataTypeParam,
)  # fmt: skip


def push_predicates(tree: exp.Query, context: Context) -> exp.Query:
    """``… (SELECT a FROM s) r … WHERE r.a = 1`` -> ``… (SELECT a FROM s WHERE s.a = 1) r …``."""
    for select in list(tree.find_all(exp.Select, bfs=True)):  # outside in: a condition may sink several levels
        _push_where(select, context)
        _push_on(select, context)
    return tree


def _push_where(select: exp.Select, context: Context) -> None:
    where = select.args.get("where")
    placed = relations(select)
    if where is None or not placed:
        return
    filled = padded(select)
    staying = []
    for part in conjuncts(where.this):
        target = _target(part, placed)
        if target is None or target[0] in filled or not _sink(part, target, context):
            staying.append(part)
    set_where(select, staying)


def _push_on(select: exp.Select, context: Context) -> None:
    placed = relations(select)
    filled = padded(select)
    for alias, _, join in placed:
        if join is None or join.args.get("on") is None or join.side in ("RIGHT", "FULL"):
            continue
        partners = join.side == "LEFT" or join.kind in ("SEMI", "ANTI")  # ON chooses partners, and drops no row by itself
        staying = []
        for part in conjuncts(join.args["on"]):
            target = _target(part, placed)
            movable = target is not None and (target[0] == alias if partners else target[0] not in filled)
            if not movable or target is None or not _sink(part, target, context):
                staying.append(part)
        if staying or partners:
            join.set("on", exp.and_(*staying, copy=False) if staying else exp.true())
        else:
            join.set("on", None)
            join.set("kind", "CROSS")


def _target(part: exp.Expr, placed: Placed) -> tuple[str, exp.Expr] | None:
    """The one relation that a condition concerns; None when it concerns more, none, or holds a sub-query."""
    names = aliases_of(part)
    if len(names) != 1 or part.find(exp.Query, exp.Window):
        return None
    (name,) = names
    return next(((alias, relation) for alias, relation, _ in placed if alias == name), None)


def _sink(part: exp.Expr, target: tuple[str, exp.Expr], context: Context) -> bool:
    alias, relation = target
    leaf = isolated(relation, context)
    if leaf is not None:
        verdict = condition(part, context.place({alias: leaf}))
        if not verdict.travels:
            context.keep_back(leaf, part, verdict.rule)
            return False
        _add_slot(part, leaf, context)
        for column in part.find_all(exp.Column):
            column.set("table", exp.to_identifier(leaf.id, quoted=True))
        set_where(relation.this, [*conjuncts(_where(relation.this)), part])
        return True
    return isinstance(relation, exp.Subquery) and _sink_into_query(part, relation, context)


def _sink_into_query(part: exp.Expr, relation: exp.Subquery, context: Context) -> bool:
    """Into a derived table, where the condition names plain columns of it and nothing there chooses among rows."""
    query = relation.this
    if relation.args["alias"].columns or not all(isinstance(n, _SINKABLE) or constant_type(n) for n in part.walk()):
        return False
    names = {column.name for column in part.find_all(exp.Column)}
    if isinstance(query, exp.SetOperation) and not names <= set(query_types(query, context.leaves)):
        return False  # a branch of another type compares otherwise
    outputs = query.named_selects
    places = {name: outputs.index(name) for name in names if name in outputs}
    branches = _branches(query)
    if branches is None or len(places) < len(names) or not all(_lets_through(branch, places) for branch in branches):
        return False
    for branch in branches:
        copy = exp.Paren(this=part.copy())
        for column in list(copy.find_all(exp.Column)):
            column.replace(branch.expressions[places[column.name]].unalias().copy())
        set_where(branch, [*conjuncts(_where(branch)), *conjuncts(copy)])
    return True


def _branches(query: exp.Expr) -> list[exp.Select] | None:
    """The SELECTs of a set operation, or the one there is; None where a limit is taken of several."""
    if isinstance(query, exp.Select):
        return [query]
    if isinstance(query, exp.Subquery) and not any(query.args.get(key) for key in ("alias", "limit", "offset", "with_")):
        return _branches(query.this)
    if not isinstance(query, exp.SetOperation) or any(query.args.get(key) for key in ("limit", "offset", "with_")):
        return None
    left, right = _branches(query.left), _branches(query.right)
    return None if left is None or right is None else left + right


def _lets_through(query: exp.Select, places: Mapping[str, int]) -> bool:
    """Whether a condition on these columns may move below: they are plain, and keys of every group and window there."""
    if any(query.args.get(key) for key in ("limit", "offset", "windows")):
        return False
    if (query.args.get("distinct") or exp.Distinct()).args.get("on"):
        return False
    keys: list[set[str]] = []
    group = query.args.get("group")
    if group is not None:
        sets = any(group.args.get(key) for key in ("cube", "rollup", "grouping_sets", "all"))
        keys.append(set() if sets else {printed(key) for key in group.expressions})
    elif aggregated(query):
        keys.append(set())
    chosen = [*query.expressions, *([query.args["qualify"]] if query.args.get("qualify") else [])]
    for window in (node for part in chosen for node in own_nodes(part) if isinstance(node, exp.Window)):
        keys.append({printed(key) for key in window.args.get("partition_by") or ()})
    for place in places.values():
        meant = query.expressions[place].unalias()
        plain = isinstance(meant, exp.Column) and meant.table
        if not (plain and all(printed(meant) in known for known in keys)) and not (not keys and constant_type(meant)):
            return False
    return True


def _where(select: exp.Select) -> exp.Expr | None:
    where = select.args.get("where")
    return where.this if where else None


def _add_slot(part: exp.Expr, leaf: Leaf, context: Context) -> None:
    """A superset of the condition on the raw column, for the source's index; only where the column is given as it is."""
    slots = context.profile(leaf).capabilities.slots
    match part:
        case exp.Between(this=exp.Column() as column):
            bounds = ((">=", part.args["low"]), ("<=", part.args["high"]))
            found = [slot for op, other in bounds if (slot := _slot(op, column, [other], leaf)) and op in slots]
        case exp.In(this=exp.Column() as column):
            slot = _slot("in", column, part.expressions, leaf)
            found = [slot] if slot and "in" in slots else []
        case exp.Is(this=exp.Column() as column, expression=exp.Null()):
            slot = _slot("null", column, [], leaf)
            found = [slot] if slot and "null" in slots else []
        case _ if operator := COMPARISONS.get(type(part)):
            column, other = part.this, part.expression
            if isinstance(other, exp.Column):
                column, other, operator = other, column, FLIPPED[operator]
            slot = _slot(operator, column, [other], leaf)
            found = [slot] if slot and operator in slots else []
        case _:
            found = []
    for slot in found:
        context.add_slot(leaf.id, slot)
    if len(found) == 1:
        part.meta[SLOT] = slot_mark(leaf.id, found[0])


def _holds(type: LogicalType, value: object) -> bool:
    """Whether the column's type can hold the value: a source refuses to write another as a literal of the type."""
    if isinstance(value, int) and type.name in INTEGERS:
        bounds = of_type(type)
        return bounds.low <= value <= bounds.high
    if isinstance(value, (int, Decimal)) and type.name == "decimal":
        return abs(Decimal(value)) < Decimal(10) ** (type.precision - type.scale)
    return True


def _slot(operator: str, column: exp.Expr, others: list[exp.Expr], leaf: Leaf) -> Compare | In | IsNull | None:
    meant = leaf.column(column.name) if isinstance(column, exp.Column) else None
    if meant is None or meant.rule is not None or meant.decision.form.kind != "clear" or meant.decision.entry.codes:
        return None
    if operator == "<>" or any(constant_type(other) is None for other in others):
        return None
    operand = ColumnOperand(meant.decision.name)
    try:
        values = tuple(ValueOperand(constant_value(other, meant.type), meant.type) for other in others)
    except ValueError:
        return None
    if not all(_holds(meant.type, value.value) for value in values):
        return None
    if operator == "null":
        return IsNull(operand)
    return In(operand, values) if operator == "in" else Compare(operator, operand, values[0])
