"""What a disjunction says of each relation stands beside it, where it can move to a source; what its branches share, before it.

``a.k = b.k AND a.x = 1 OR a.k = b.k AND b.y = 2`` joins by ``a.k = b.k``.
"""

from __future__ import annotations

from sqlglot import exp

from fedquery.plan.leaves import conjuncts
from fedquery.plan.printed import printed
from fedquery.plan.rules.context import Context, aliases_of, relations, set_where

#: Branches beyond this would make long statements of little use.
_BRANCHES = 16


def imply_disjuncts(tree: exp.Query, context: Context) -> exp.Query:
    """``(a.x = 1 AND b.y = 2) OR (a.x = 3 AND b.y = 4)`` -> the same ``AND (a.x = 1 OR a.x = 3) AND (b.y = 2 OR b.y = 4)``.

    And ``(p AND q) OR (p AND r)`` -> ``p AND (q OR r)``, which holds for NULL too.
    """
    for select in tree.find_all(exp.Select):
        where = select.args.get("where")
        if where is None:
            continue
        parts = conjuncts(where.this)
        if not any(isinstance(part, exp.Or) for part in parts):
            continue
        names = {alias for alias, _, _ in relations(select)}
        said = {printed(new): new for part in parts for new in _said(part, names)}
        set_where(select, list(said.values()))
    return tree


def _said(part: exp.Expr, names: set[str]) -> list[exp.Expr]:
    """The part, or what says the same: what its branches share, the disjunction of the rest, and what that implies."""
    branches = [{printed(condition): condition for condition in conjuncts(branch)} for branch in _branches(part)]
    if not 1 < len(branches) <= _BRANCHES or part.find(exp.Query):
        return [part]
    shared = [text for text in branches[0] if all(text in other for other in branches[1:])]
    found = [branches[0][text].copy() for text in shared]
    rest = [[condition for text, condition in branch.items() if text not in shared] for branch in branches]
    if not all(rest):
        return found  # a branch that says no more is true whenever these are
    whole = _any(rest) if shared else part
    about = aliases_of(whole)
    for name in sorted(about & names) if len(about) > 1 else ():
        own = [[condition for condition in branch if aliases_of(condition) == {name}] for branch in rest]
        if all(own):
            implied = _any(own)
            implied.meta["superset"] = printed(whole)
            found.append(implied)
    return [*found, whole]


def _any(branches: list[list[exp.Expr]]) -> exp.Expr:
    """The disjunction of conjunctions."""
    return exp.or_(*(exp.and_(*(condition.copy() for condition in branch), copy=False) for branch in branches), copy=False)


def _branches(part: exp.Expr) -> list[exp.Expr]:
    while isinstance(part, exp.Paren):
        part = part.this
    return [*_branches(part.this), *_branches(part.expression)] if isinstance(part, exp.Or) else [part]
