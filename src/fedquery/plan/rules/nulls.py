"""Which relations a condition or a value needs a row of: were all their columns NULL, it would be FALSE or NULL."""

from __future__ import annotations

from sqlglot import exp

from fedquery.plan.functions import COMPARISONS

#: NULL as soon as one operand is.
_STRICT: tuple[type[exp.Expr], ...] = (
    exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Cast, exp.Upper, exp.Lower, exp.Length, exp.Abs, exp.Year, exp.Month,
    exp.Day, exp.Like, exp.ILike, exp.StartsWith, exp.EndsWith, exp.Contains, *COMPARISONS,
)  # fmt: skip

_NONE: frozenset[str] = frozenset()


def needed(condition: exp.Expr) -> frozenset[str]:
    """Aliases without a row of which the condition is FALSE or NULL."""
    match condition:
        case exp.Paren():
            return needed(condition.this)
        case exp.And():
            return needed(condition.this) | needed(condition.expression)
        case exp.Or():
            return needed(condition.this) & needed(condition.expression)
        case exp.Not(this=exp.Is(expression=exp.Null()) as asked):
            return nulled(asked.this)
        case exp.Not(this=exp.Paren(this=exp.Is(expression=exp.Null()) as asked)):
            return nulled(asked.this)
        case exp.In():
            return nulled(condition.this)
        case exp.Between():
            return nulled(condition.this) | nulled(condition.args["low"]) | nulled(condition.args["high"])
    return nulled(condition)


def nulled(node: exp.Expr) -> frozenset[str]:
    """Aliases without a row of which the expression is NULL."""
    match node:
        case exp.Column():
            return frozenset({node.table})
        case exp.Not():
            return nulled(node.this)
        case exp.And() | exp.Or():
            return nulled(node.this) & nulled(node.expression)
        case exp.Between():
            return nulled(node.this)
        case exp.In() if not node.args.get("query"):
            return nulled(node.this)
    if isinstance(node, _STRICT) and not isinstance(node.args.get("expression"), (exp.Any, exp.All)):  # of no rows: yes or no
        return _NONE.union(*(nulled(child) for child in node.iter_expressions()))
    return _NONE
