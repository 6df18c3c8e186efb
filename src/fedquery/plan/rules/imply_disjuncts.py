"""A disjunction over several relations implies one over each of them, which can move to its source; the whole stays."""

from __future__ import annotations

from sqlglot import exp

from fedquery.plan.leaves import conjuncts
from fedquery.plan.printed import printed
from fedquery.plan.rules.context import Context, aliases_of, relations, set_where

#: Branches beyond this would make long statements of little use.
_BRANCHES = 16


def imply_disjuncts(tree: exp.Query, context: Context) -> exp.Query:
    """``(a.x = 1 AND b.y = 2) OR (a.x = 3 AND b.y = 4)`` -> the same ``AND (a.x = 1 OR a.x = 3) AND (b.y = 2 OR b.y = 4)``.

    And what every branch says (``a.k = b.k AND …``) becomes a condition of its own, so that it can join.
    """
    for select in tree.find_all(exp.Select):
        where = select.args.get("where")
        if where is None:
            continue
        parts = conjuncts(where.this)
        if not any(isinstance(part, exp.Or) for part in parts):
            continue
        known = {printed(part) for part in parts}
        names = {alias for alias, _, _ in relations(select)}
        implied = [new for part in parts for new in _implied(part, names) if printed(new) not in known]
        if implied:
            set_where(select, [*parts, *implied])
    return tree


def _implied(part: exp.Expr, names: set[str]) -> list[exp.Expr]:
    branches = [conjuncts(branch) for branch in _branches(part)]
    if not 1 < len(branches) <= _BRANCHES or part.find(exp.Query):
        return []
    spelled = [{printed(condition): condition for condition in branch} for branch in branches]
    shared = [text for text in spelled[0] if all(text in other for other in spelled[1:])]
    found = [spelled[0][text].copy() for text in shared]
    for name in sorted(aliases_of(part) & names):
        own = [
            [condition for text, condition in branch.items() if text not in shared and aliases_of(condition) == {name}]
            for branch in spelled
        ]
        if all(own) and len(aliases_of(part)) > 1:
            implied = exp.or_(*(exp.and_(*(c.copy() for c in branch), copy=False) for branch in own), copy=False)
            implied.meta["superset"] = printed(part)
            found.append(implied)
    return found


def _branches(part: exp.Expr) -> list[exp.Expr]:
    while isinstance(part, exp.Paren):
        part = part.this
    return [*_branches(part.this), *_branches(part.expression)] if isinstance(part, exp.Or) else [part]
