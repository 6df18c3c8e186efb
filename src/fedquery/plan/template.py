"""The template of a fragment: its statement without its constants, over exactly these slices. What is learned hangs on it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from sqlglot import exp

from fedquery.plan.cut import Piece
from fedquery.plan.leaves import is_slice
from fedquery.plan.model import Leaf
from fedquery.plan.printed import printed
from fedquery.predicates import parameters

#: Limits and quoted names stay; texts and numbers go.
_CONSTANT = re.compile(r"""((?:LIMIT|OFFSET)\s\d+|"(?:[^"]|"")*")|'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b""")
_LIST = re.compile(r"\(\?(?:, \?)+\)")


def template_of(piece: Piece) -> str:
    """The template of a piece. A slice's is the same whichever of its columns are asked for: so are its rows.

    What one place of a statement asks for it may ask for in another with more columns; both are one piece in the end.
    """
    if not is_slice(piece.body, {leaf.id: leaf for leaf in piece.leaves}):
        return template(piece.text, piece.leaves)
    whole = piece.body.copy()
    whole.set("expressions", [exp.Star()])
    return template(printed(whole, used_up=True), piece.leaves)


def template(body: str, leaves: Sequence[Leaf]) -> str:
    """64 hex digits, equal for fragments that differ in constants only and read equal slices.

    Two callers' slices are equal when their decisions are and when their row filters bind equal values: what one of them has
    learned tells nothing of rows that another may not see.
    """
    for number, leaf in enumerate(leaves, start=1):
        body = body.replace(f'"{leaf.id}"', f'"{number}"')
    statement = _LIST.sub("(?)", _CONSTANT.sub(lambda found: found[1] or "?", body))
    slices = [[leaf.decision.digest, _bound(leaf)] for leaf in leaves]
    return hashlib.sha256(json.dumps([statement, slices], default=str).encode()).hexdigest()


def _bound(leaf: Leaf) -> list[list[object]]:
    decision = leaf.decision
    names = sorted(p.name for p in parameters(decision.row_filter)) if decision.row_filter is not None else []
    return [[name, decision.values[name]] for name in names]
