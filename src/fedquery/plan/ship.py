"""Semi-join reduction: which fragment's keys may narrow which other fragment, and are likely to be worth it.

``a JOIN b ON a.x = b.y`` drops every row of ``b`` whose ``y`` is no ``x`` of ``a``; so when ``a`` is known first, ``b`` need
only be asked for those. The join stays where it is and compares once more, so that a narrowed fragment may bring too much and
never too little. Keys derive from one department's rows and go to another's system: only where the entry's ``egress`` names
that department, and so does that of every column whose keys had narrowed the giver before.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from fedquery.arrow import INTEGERS, LogicalType
from fedquery.plan.cost import LeafRows, piece_rows
from fedquery.plan.cut import Piece
from fedquery.plan.leaves import conjuncts
from fedquery.plan.lineage import Origin, Place, passed_on, reaches
from fedquery.plan.model import KeyWish, Leaf, LeafColumn, Profile, Shipment
from fedquery.plan.rules.context import padded, relations

#: More keys than this cost more than they save (the taker is asked without them).
KEYS_LIMIT = 100_000
#: Lists that one fragment is narrowed by.
SLOTS_LIMIT = 3
#: A fragment smaller than this is not worth waiting for another.
_SMALL = 1_000.0
#: What part of the rows keys leave, where the giver's own share of its rows is not known better.
_LEAST = 0.001

_KEYS = INTEGERS | {"decimal", "varchar", "date"}


@dataclass(frozen=True, slots=True)
class _End:
    """One side of an equality: a column of a leaf in a piece."""

    piece: Piece
    output: str
    leaf: Leaf
    column: LeafColumn

    @property
    def department(self) -> str:
        return self.leaf.decision.resource.department


@dataclass(frozen=True, slots=True)
class _Edge:
    giver: _End
    taker: _End


def ship(
    residual: exp.Query, pieces: tuple[Piece, ...], profiles: Mapping[str, Profile], known: LeafRows
) -> tuple[Shipment, ...]:
    """The shipments, without a ring, givers first; the takers' leaves get the wishes they stand for."""
    if len(pieces) < 2:
        return ()
    edges = list(_edges(residual, {piece.id: piece for piece in pieces}, profiles))
    whole = {piece.id: piece_rows(piece, known) for piece in pieces}
    full = {piece.id: max((known(leaf) or 0.0 for leaf in piece.leaves), default=0.0) for piece in pieces}
    rows = dict(whole)
    origins: dict[str, tuple[_End, ...]] = {piece.id: () for piece in pieces}
    shipments: list[Shipment] = []
    waiting = {piece.id: piece for piece in pieces}
    while waiting:
        giver = min(waiting.values(), key=lambda piece: (rows[piece.id], piece.id))
        del waiting[giver.id]
        if rows[giver.id] > KEYS_LIMIT * 10:
            continue
        for edge in edges:
            taker = edge.taker.piece
            taken = [s for s in shipments if s.taker == taker.id]
            if edge.giver.piece.id != giver.id or taker.id not in waiting or whole[taker.id] < _SMALL:
                continue
            if any((s.giver, s.column) == (giver.id, edge.giver.output) for s in taken) or len(taken) >= SLOTS_LIMIT:
                continue
            if not _may_go((edge.giver, *origins[giver.id]), edge.taker.department):
                continue
            name = f"keys_{len(shipments) + 1}"
            _wish(taker, edge.taker, name, edge.giver.column.type)
            origin = f"{edge.giver.leaf.decision.resource}.{edge.giver.column.decision.name}"
            shipments.append(Shipment(giver.id, edge.giver.output, origin, taker.id, name, KEYS_LIMIT))
            origins[taker.id] = (*origins[taker.id], edge.giver, *origins[giver.id])
            share = rows[giver.id] / full[giver.id] if full[giver.id] else 0.1
            rows[taker.id] *= min(max(share, _LEAST), 1.0)
    return tuple(shipments)


def _may_go(ends: tuple[_End, ...], department: str) -> bool:
    """Whether every department whose rows the keys derive from lets them go to that one's system."""
    return all(end.department == department or department in end.column.decision.entry.egress for end in ends)


def _wish(piece: Piece, end: _End, name: str, type: LogicalType) -> None:
    """Ask for a slot on the taker's column."""
    wish = KeyWish(name, end.column.name, type)
    piece.leaves = tuple(
        dataclasses.replace(leaf, wishes=(*leaf.wishes, wish)) if leaf.id == end.leaf.id else leaf for leaf in piece.leaves
    )


def _edges(residual: exp.Query, pieces: Mapping[str, Piece], profiles: Mapping[str, Profile]) -> Iterator[_Edge]:
    places = Counter(table.name for table in residual.find_all(exp.Table))
    for select in residual.find_all(exp.Select):
        for giver, taker in _equalities(select):
            given, taken = _end(passed_on(*giver, residual), pieces), _end(reaches(*taker), pieces)
            if given is None or taken is None or given.piece is taken.piece or places[taken.piece.id] > 1:
                continue  # what is read in two places cannot be narrowed for one of them
            capabilities = profiles[taken.piece.source].capabilities
            if _comparable(given.column, taken.column) and capabilities.compares(taken.column.type.name, "in"):
                yield _Edge(given, taken)


def _equalities(select: exp.Select) -> Iterator[tuple[Place, Place]]:
    """(giver, taker) of each equality of which one side's rows without a partner are dropped."""
    filled = padded(select)
    where = select.args.get("where")
    for part in conjuncts(where.this if where else None):
        if isinstance(part, exp.In) and part.args.get("query") and isinstance(part.this, exp.Column):
            inner = part.args["query"].this if isinstance(part.args["query"], exp.Subquery) else part.args["query"]
            if isinstance(inner, exp.Select) and len(inner.expressions) == 1 and part.this.table not in filled:
                yield (inner, inner.expressions[0].alias_or_name), (select, part.this)
        for one, other in _sides(part):
            if other.table not in filled:
                yield (select, one), (select, other)
    for alias, _, join in relations(select):
        for part in conjuncts(join.args.get("on")) if join is not None else ():
            for one, other in _sides(part):
                assert join is not None
                right_only = join.side == "LEFT" or join.kind == "ANTI"
                if join.side in ("RIGHT", "FULL") or (other.table != alias if right_only else other.table in filled):
                    continue
                yield (select, one), (select, other)


def _sides(part: exp.Expr) -> Iterator[tuple[exp.Column, exp.Column]]:
    if not isinstance(part, exp.EQ):
        return
    one, other = part.this, part.expression
    if isinstance(one, exp.Column) and isinstance(other, exp.Column) and one.table != other.table:
        yield one, other
        yield other, one


def _end(origin: Origin | None, pieces: Mapping[str, Piece]) -> _End | None:
    """The leaf column behind an output of a piece; None where it is more than a column."""
    if origin is None or origin.relation not in pieces:
        return None
    piece = pieces[origin.relation]
    if origin.column in piece.widened:
        return None
    found = reaches(piece.body, origin.column) if origin.strict else passed_on(piece.body, origin.column, piece.body)
    leaf = next((leaf for leaf in piece.leaves if found is not None and leaf.id == found.relation), None)
    column = leaf.column(found.column) if leaf is not None and found is not None else None
    if leaf is None or column is None or column.rule is not None or column.decision.form.kind not in ("clear", "token", "join"):
        return None
    return _End(piece, origin.column, leaf, column)


def _comparable(one: LeafColumn, other: LeafColumn) -> bool:
    """Whether the keys are values of the taker's column as they are; tokens of one domain are texts."""
    if one.type.name not in _KEYS or one.decision.domain != other.decision.domain:
        return False
    return one.type == other.type or (one.type.name in INTEGERS and other.type.name in INTEGERS)
