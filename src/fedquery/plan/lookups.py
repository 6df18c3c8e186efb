"""``lookup('…')``: a written value becomes its token, to find one person among tokens; a right of its own, counted.

It stands only in an equality or IN with a token column, whose kind of identifier it takes. The tokens are made by who plans:
no key comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from fedquery import sentences as say
from fedquery.errors import AccessDenied, TooManyLookups, TypeProblem
from fedquery.plan import refusals
from fedquery.plan.functions import LOOKUP
from fedquery.plan.parse import span_of


@dataclass(frozen=True, slots=True)
class LookupRight:
    """What the grant allows: ``token(kind, value)``, None without the right, for at most ``limit`` values a statement."""

    grant: str
    token: Callable[[str, str], str] | None
    limit: int


def is_lookup(node: exp.Expr) -> bool:
    """Whether the node is ``lookup(…)``."""
    return isinstance(node, exp.Anonymous) and node.name.lower() == LOOKUP


def lookups_in(tree: exp.Expr) -> list[exp.Anonymous]:
    """Every ``lookup(…)`` of the tree, in writing order."""
    return [node for node in tree.find_all(exp.Anonymous, bfs=False) if is_lookup(node)]


def write_tokens(tree: exp.Expr, kinds: Mapping[int, str], right: LookupRight, text: str) -> dict[str, int]:
    """Put its token into the place of each lookup, and tell how many values of each kind were looked up.

    ``kinds`` gives, by the node's id, the kind of identifier that a lookup is compared with; one without is misplaced.
    Raises TypeProblem, AccessDenied, TooManyLookups.
    """
    values: dict[tuple[str, str], None] = {}
    for node in lookups_in(tree):
        value = _argument(node, text)
        kind = kinds.get(id(node))
        if kind is None:
            raise misplaced(node, text)
        if right.token is None:
            raise AccessDenied(
                refusals.NO_LOOKUP_RIGHT(grant=right.grant),
                hint=refusals.JOIN_OR_ASK(),
                span=span_of(node, text),
                reasons=("lookup: not granted",),
                policy=right.grant,
            )
        if value is None:
            node.replace(exp.cast(exp.Null(), "varchar"))
            continue
        values[kind, value] = None
        if len(values) > right.limit:
            raise TooManyLookups(
                say.TOO_MANY_LOOKUPS(limit=right.limit),
                hint=say.FEWER_LOOKUPS(),
                span=span_of(node, text),
            )
        node.replace(exp.Literal.string(right.token(kind, value)))
    counted: dict[str, int] = {}
    for kind, _ in values:
        counted[kind] = counted.get(kind, 0) + 1
    return counted


def misplaced(node: exp.Expr, text: str) -> TypeProblem:
    """The refusal of a lookup that is not compared with a token column."""
    return TypeProblem(
        refusals.LOOKUP_ALONE(),
        hint=refusals.WRITE_LOOKUP(),
        span=span_of(node, text),
    )


def _argument(node: exp.Anonymous, text: str) -> str | None:
    """The written value; None for NULL."""
    (value,) = node.expressions if len(node.expressions) == 1 else (None,)
    if isinstance(value, exp.Literal) and value.is_string:
        return str(value.this)
    if isinstance(value, exp.Null):
        return None
    raise TypeProblem(
        refusals.LOOKUP_TAKES(),
        hint=refusals.LOOKUP_TEXT(),
        span=span_of(node, text),
    )
