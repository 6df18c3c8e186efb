"""Which relations a condition needs a row of: those of which, were all their columns NULL, it would not be true."""

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
            return _null(asked.this)
        case exp.Not(this=exp.Paren(this=exp.Is(expression=exp.Null()) as asked)):
            return _null(asked.this)
        case exp.In():
            return _null(condition.this)
        case exp.Between():
            return _null(condition.this) | _null(condition.args["low"]) | _null(condition.args["high"])
    return _null(condition)


def _null(node: exp.Expr) -> frozenset[str]:
    """Aliases without a row of which the expression is NULL."""
    match node:
        case exp.Column():
            return frozenset({node.table})
        case exp.Not():
            return _null(node.this)
        case exp.And() | exp.Or():
            return _null(node.this) & _null(node.expression)
        case exp.Between():
            return _null(node.this)
        case exp.In() if not node.args.get("query"):
            return _null(node.this)
    if isinstance(node, _STRICT):
        return _NONE.union(*(_null(child) for child in node.iter_expressions()))
    return _NONE
