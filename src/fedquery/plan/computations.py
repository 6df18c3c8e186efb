"""What a source computes: columns, arithmetic on exact numbers, choices, functions by their signature, and aggregates."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from sqlglot import exp

from fedquery.arrow import FLOATS, LogicalType
from fedquery.plan import calculus, reasons
from fedquery.plan.calculus import Unlike, Value, of_type
from fedquery.plan.conditions import compare, word
from fedquery.plan.constants import named_type
from fedquery.plan.functions import AGGREGATE_NAMES, DAY_PARTS, SIGNATURES, Signature, has_aggregate
from fedquery.plan.values import UNKNOWN, VARCHAR, Handler, Reading, Stays, alike, shown, stored_as, written

_COUNT = dataclasses.replace(of_type(LogicalType("bigint")), low=0)
_ARITHMETIC: dict[type[exp.Expr], tuple[str, Callable[[Value, Value], Value]]] = {
    exp.Add: ("+", calculus.add), exp.Sub: ("-", calculus.subtract), exp.Mul: ("*", calculus.multiply),
}  # fmt: skip
_SIGNS: dict[type[exp.Expr], tuple[str, Callable[[Value], Value]]] = {
    exp.Neg: ("negate", calculus.negate), exp.Abs: ("abs", calculus.absolute),
}  # fmt: skip


def _column(reading: Reading, node: exp.Expr) -> Value:
    value = reading.place.value_of(node) if isinstance(node, exp.Column) else None
    if value is None:
        raise Stays(reasons.ELSEWHERE_COLUMN())
    return value


def _inner(reading: Reading, node: exp.Expr) -> Value:
    return reading.value(node.this)


# -- numbers


def _arithmetic(reading: Reading, node: exp.Expr) -> Value:
    name, operation = _ARITHMETIC[type(node)]
    left, right = _number(reading, node, node.this), _number(reading, node, node.expression)
    return reading.record(node, name, [node.this, node.expression], [left, right], alike(lambda: operation(left, right)))


def _sign(reading: Reading, node: exp.Expr) -> Value:
    name, operation = _SIGNS[type(node)]
    value = _number(reading, node, node.this)
    return reading.record(node, name, [node.this], [value], operation(value))


def _number(reading: Reading, node: exp.Expr, operand: exp.Expr) -> Value:
    value = reading.plain(operand)
    if not value.exact:
        raise Stays(reasons.NOT_DECLARED(what=reasons.OF_TYPE(name=shown(node), type=value.type)))
    return value


def _cast(reading: Reading, node: exp.Expr) -> Value:
    value, type = reading.plain(node.this), named_type(node.args["to"])
    if type is None:
        raise Stays(reasons.CAN_RAISE(what=reasons.A_CAST()))
    try:
        result = value if value.type == type else calculus.cast(value, type)
    except Unlike:
        raise Stays(reasons.CAN_RAISE(what=reasons.A_CAST())) from None
    return reading.record(node, "cast", [node.this], [value], result)


# -- choices


def _case(reading: Reading, node: exp.Expr) -> Value:
    alone = isinstance(node, exp.If)
    branches = [node] if alone else node.args["ifs"]
    for branch in branches:
        if not alone and node.this is not None:
            compare(reading, node.this, [("=", branch.this)])
        else:
            reading.condition(branch.this)
    otherwise = node.args.get("false" if alone else "default")
    results = [branch.args["true"] for branch in branches]
    return _chosen(reading, node, "case", [*results, otherwise] if otherwise is not None else results)


def _first(reading: Reading, node: exp.Expr) -> Value:
    return _chosen(reading, node, node.key, [node.this, *node.expressions])


def _chosen(reading: Reading, node: exp.Expr, name: str, options: Sequence[exp.Expr]) -> Value:
    """One of the options: all of one type, or exact numbers."""
    values = [reading.plain(option) for option in options]
    if any(value.type == UNKNOWN for value in values):
        raise Stays(reasons.NO_TYPE())
    return reading.record(node, name, [], values, alike(lambda: calculus.hull(values)))


def _nullif(reading: Reading, node: exp.Expr) -> Value:
    compare(reading, node.this, [("=", node.expression)])
    value = reading.plain(node.this)
    return reading.record(node, "nullif", [], [value], dataclasses.replace(value, literal=False))


# -- functions


def _signed(reading: Reading, node: exp.Expr) -> Value:
    signature = SIGNATURES[type(node)]
    return _call(reading, node, signature, [node.args.get(key) for key, _ in signature.arguments])


def _named(reading: Reading, node: exp.Expr) -> Value:
    name, operands = node.name.lower(), node.expressions
    if name == "date_part" and len(operands) == 2:
        return _part(reading, node, word(operands[0]), operands[1])
    same = {"prefix": exp.StartsWith, "suffix": exp.EndsWith}.get(name)
    if same is None or len(operands) != 2:
        raise Stays(reasons.CAN_RAISE(what=shown(node)))
    return _call(reading, node, SIGNATURES[same], operands)


def _extract(reading: Reading, node: exp.Expr) -> Value:
    return _part(reading, node, node.this.name, node.expression)


def _part(reading: Reading, node: exp.Expr, part: str, operand: exp.Expr) -> Value:
    if part.lower() not in DAY_PARTS:
        raise Stays(reasons.NOT_DECLARED(what=reasons.OF_DATE(part=part.upper())))
    return _call(reading, node, DAY_PARTS[part.lower()], [operand])


def _call(reading: Reading, node: exp.Expr, signature: Signature, operands: Sequence[exp.Expr | None]) -> Value:
    given = [(operand, kind) for operand, (_, kind) in zip(operands, signature.arguments, strict=True) if operand]
    values = [_argument(reading, operand, kind) for operand, kind in given]
    return reading.record(node, signature.name, [operand for operand, _ in given], values, of_type(signature.gives))


def _argument(reading: Reading, node: exp.Expr, kind: str) -> Value:
    """An argument of that kind. Raises Stays for any other."""
    if kind == "word":
        word(node)
        return Value(VARCHAR)
    value = reading.plain(node)
    if kind in ("count", "place"):
        number = written(node)
        fits = number is not None and number.literal and number.low >= (1 if kind == "place" else 0)
    else:
        fits = value.type.name in (("date", "timestamp") if kind == "day" else (kind,))
    if not fits:
        raise Stays(reasons.ITS_ARGUMENT(type=value.type))
    return value


def _concat(reading: Reading, node: exp.Expr) -> Value:
    return reading.record(node, "concat", [], [reading.plain(one) for one in node.expressions], Value(VARCHAR))


# -- aggregates


def _aggregate(reading: Reading, node: exp.Expr) -> Value:
    name, argument = AGGREGATE_NAMES[type(node)], node.this
    while isinstance(argument, exp.Cast) and isinstance(node, (exp.LogicalOr, exp.LogicalAnd)):
        argument = argument.this
    if isinstance(argument, exp.Star):
        _declared(reading, name, "*")
        return _COUNT
    if isinstance(argument, exp.Distinct):
        if len(argument.expressions) != 1:
            raise Stays(reasons.SEVERAL_DISTINCT())
        name, argument = f"{name}_distinct", argument.expressions[0]
    value = reading.plain(argument)
    if value.type.name in FLOATS and name in ("sum", "avg"):
        raise Stays(reasons.FLOAT_ORDER(name=name))
    _declared(reading, name, stored_as(value))
    match name:
        case "count" | "count_distinct":
            return _COUNT
        case "sum":  # it may go beyond 38 digits: where it is delivered, that is noticed
            return dataclasses.replace(alike(lambda: calculus.total(value)), computed=True)
        case "avg":
            return Value(LogicalType("double"), computed=True)
    return value


def _declared(reading: Reading, name: str, type: str) -> None:
    if not reading.capabilities.aggregates_exactly(name, type):
        lost = reading.capabilities.why(lambda part: part.aggregates_exactly(name, type))
        raise Stays(lost or reasons.NOT_DECLARED(what=reasons.OF_TYPE(name=name, type=type)))
    reading.uses[reasons.OF_TYPE(name=name, type=type)] = None


def _filtered(reading: Reading, node: exp.Expr) -> Value:
    reading.condition(node.expression.this)
    return reading.value(node.this)


def _scalar(reading: Reading, node: exp.Expr) -> Value:
    """The one row of an aggregate; any other sub-query may have several, which is an error of DuckDB's own."""
    inner = node.this
    if not isinstance(inner, exp.Select) or inner.args.get("group") or not has_aggregate(inner.expressions[0]):
        raise Stays(reasons.SEVERAL_ROWS())
    (value,) = reading.query(inner)
    return dataclasses.replace(value, literal=False, computed=True)


HANDLERS: dict[type[exp.Expr], Handler] = {
    exp.Column: _column, exp.Paren: _inner, exp.Alias: _inner, exp.Cast: _cast, exp.Case: _case, exp.If: _case,
    exp.Coalesce: _first, exp.Greatest: _first, exp.Least: _first, exp.Nullif: _nullif, exp.Concat: _concat,
    exp.Extract: _extract, exp.Anonymous: _named, exp.Filter: _filtered, exp.Subquery: _scalar,
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
    **dict.fromkeys(_SIGNS, _sign), **dict.fromkeys(SIGNATURES, _signed), **dict.fromkeys(AGGREGATE_NAMES, _aggregate),
}  # fmt: skip
