"""Semi-join reduction: which fragment's keys may narrow which other fragment, and are likely to be worth it.

``a JOIN b ON a.x = b.y`` drops every row of ``b`` whose ``y`` is no ``x`` of ``a``; so when ``a`` is known first, ``b`` need
only be asked for those. The join stays where it is and compares once more, so that a narrowed fragment may bring too much and
never too little. Keys derive from one department's rows and go to another's system: only where the entry's ``egress`` names
that department, and so does that of every column whose keys had narrowed the giver before.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from fedquery.arrow import INTEGERS, LogicalType
from fedquery.plan.cost import Costs
from fedquery.plan.cut import Piece
from fedquery.plan.leaves import conjuncts
from fedquery.plan.lineage import Origin, Place, ctes_of, passed_on, reaches
from fedquery.plan.model import KeyWish, Leaf, LeafColumn, Profile, Shipment
from fedquery.plan.rules.context import padded, relations

#: More keys than this cost more than they save (the taker is asked without them).
KEYS_LIMIT = 100_000
#: Lists that one fragment is narrowed by.
SLOTS_LIMIT = 3
#: Keys that leave a larger part of the taker's rows are not worth sending.
WORTH_SHARE = 0.6
#: What part of the rows keys leave, where nothing is known.
_UNKNOWN_SHARE = 0.1
#: Sending and looking up one key, and having to wait for the giver at all.
_SECONDS_PER_KEY, _WAIT = 1.5e-6, 0.0003

_KEYS = INTEGERS | {"decimal", "varchar", "date"}
#: Keys whose order is the same at every source; no collation has a say in it.
_ORDERED = INTEGERS | {"date"}


@dataclass(frozen=True, slots=True)
class End:
    """One side of an equality: a column of a leaf in a piece."""

    piece: Piece
    output: str
    leaf: Leaf
    column: LeafColumn

    @property
    def place(self) -> tuple[str, str]:
        """The resource and its column."""
        return str(self.leaf.decision.resource), self.column.name


@dataclass(frozen=True, slots=True)
class Edge:
    """Keys that may go from one piece to another; to several of its columns below a set operation."""

    giver: End
    takers: tuple[End, ...]

    @property
    def taker(self) -> Piece:
        return self.takers[0].piece


def ship(
    residual: exp.Query,
    pieces: tuple[Piece, ...],
    profiles: Mapping[str, Profile],
    costs: Costs,
    expected: Mapping[str, float],
) -> tuple[Shipment, ...]:
    """The shipments, without a ring, givers first; the takers' leaves get the wishes they stand for.

    ``expected`` are the rows of each piece. The keys that leave the smallest part of their taker are taken first; what they
    narrow may then give fewer keys itself.
    """
    if len(pieces) < 2:
        return ()
    named = {piece.id: piece for piece in pieces}
    left = list(edges(residual, pieces, profiles))
    rows = dict(expected)
    chosen = _Chosen(named, {piece.id: () for piece in pieces}, [], [], costs)
    while left:
        weighed = [(*_share(edge, rows[edge.giver.piece.id], chosen), edge) for edge in left]
        share, limit, edge = min(weighed, key=lambda one: (one[0], rows[one[2].giver.piece.id]))
        left.remove(edge)
        if share > WORTH_SHARE:
            break
        giver, taker = edge.giver.piece, edge.taker
        saved = costs.seconds(taker, rows[taker.id]) * (1.0 - share)
        gives_on = any(other.giver.piece is taker and other.taker is not giver for other in left)
        if not gives_on and saved < min(rows[giver.id], limit) * _SECONDS_PER_KEY + _WAIT:
            continue
        if chosen.take(edge, limit):
            chosen.keys.extend((end, rows[giver.id]) for end in edge.takers)
            rows[taker.id] = max(rows[taker.id] * share, 1.0)
    return chosen.ordered()


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The shipments so far, and for each piece the columns of all pieces that narrow it, directly or not.

    ``keys`` are the columns that are narrowed, each with the number of values expected for it.
    """

    pieces: Mapping[str, Piece]
    derived: dict[str, tuple[End, ...]]
    shipments: list[Shipment]
    keys: list[tuple[End, float]]
    costs: Costs

    def left(self, taker: End) -> float | None:
        """The values that a column may still have, of which keys were chosen already; None where none were."""
        place = taker.leaf.id, taker.column.name
        return min((rows for end, rows in self.keys if (end.leaf.id, end.column.name) == place), default=None)

    def take(self, edge: Edge, limit: int) -> bool:
        """Add a shipment, unless it makes a ring, the taker has no room for it, or it may not go there."""
        giver, taker = edge.giver.piece, edge.taker
        origins = (edge.giver, *self.derived[giver.id])
        narrowed = [taker, *(self.pieces[id] for id, ends in self.derived.items() if any(end.piece is taker for end in ends))]
        if any(end.piece is taker for end in origins) or not self._room(edge):
            return False
        if not all(_may_go(origins, piece.leaves[0].decision.resource.department) for piece in narrowed):
            return False
        name = f"keys_{len(self.shipments) + 1}"
        for end in edge.takers:
            _wish(end, name, edge.giver.column.type, self.costs)
        origin = f"{edge.giver.leaf.decision.resource}.{edge.giver.column.decision.name}"
        self.shipments.append(Shipment(giver.id, edge.giver.output, origin, taker.id, name, limit))
        for piece in narrowed:
            self.derived[piece.id] = (*self.derived[piece.id], *origins)
        return True

    def ordered(self) -> tuple[Shipment, ...]:
        """Every giver after those that it takes from."""
        return tuple(sorted(self.shipments, key=lambda shipment: len({end.piece.id for end in self.derived[shipment.giver]})))

    def _room(self, edge: Edge) -> bool:
        """Whether the taker can be narrowed by one more list, and the giver does not narrow this column of it already."""
        wishes = {(leaf.id, wish.column, wish.name) for leaf in edge.taker.leaves for wish in leaf.wishes}
        places = {(end.leaf.id, end.column.name) for end in edge.takers}
        here = {name for leaf, column, name in wishes if (leaf, column) in places}
        same = any(s.slot in here and s.giver == edge.giver.piece.id for s in self.shipments)
        return not same and len({name for _, _, name in wishes}) < SLOTS_LIMIT


def _share(edge: Edge, rows: float, chosen: _Chosen) -> tuple[float, int]:
    """What part of the taker's rows the keys leave, and how many keys are few enough to be worth it."""
    return max(_share_of(edge.giver, end, rows, chosen.costs, chosen.left(end)) for end in edge.takers)


def _share_of(giver: End, taker: End, rows: float, costs: Costs, left: float | None) -> tuple[float, int]:
    """The same for one of the taker's columns.

    ``left`` are the values that other keys leave of the taker's column: those of one column through two tables are the same.

    With the distinct values of the taker's column known, it is their share; else the giver's own share of its column's. A
    giver that its conditions thin out may give fewer keys than it has rows: how many they are shows when it has been read.
    """
    given = costs.distinct(giver.leaf, giver.column)
    keys = min(rows, given or rows)
    domain = costs.distinct(taker.leaf, taker.column) or given or costs.whole(giver.leaf)
    if domain is None:
        return _UNKNOWN_SHARE, KEYS_LIMIT
    few = int(min(KEYS_LIMIT, max(domain * WORTH_SHARE, 1.0)))
    if left is not None:
        return min(keys / max(min(domain, left), 1.0), 1.0), few
    share = min(keys / max(domain, 1.0), 1.0)
    hoped = max(costs.thinned(giver.piece, rows), share * 0.5) if share > WORTH_SHARE else share
    return hoped, few


def _may_go(ends: tuple[End, ...], department: str) -> bool:
    """Whether every department whose rows the keys derive from lets them go to that one's system."""
    return all(department in (end.leaf.decision.resource.department, *end.column.decision.entry.egress) for end in ends)


def _wish(end: End, name: str, type: LogicalType, costs: Costs) -> None:
    """Ask for a slot on the taker's column."""
    spread = costs.spread(end.leaf, end.column) if type.name in _ORDERED else None
    piece, wish = end.piece, KeyWish(name, end.column.name, type, spread)
    piece.leaves = tuple(
        dataclasses.replace(leaf, wishes=(*leaf.wishes, wish)) if leaf.id == end.leaf.id else leaf for leaf in piece.leaves
    )


def edges(residual: exp.Query, pieces: Iterable[Piece], profiles: Mapping[str, Profile]) -> Iterator[Edge]:
    """Keys that could go from one piece to another: without them the rows that they would leave out change no answer."""
    named = {piece.id: piece for piece in pieces}
    places, ctes = Counter(table.name for table in residual.find_all(exp.Table)), ctes_of(residual)
    for select in residual.find_all(exp.Select):
        for giver, taker in _equalities(select):
            given, taken = _giver(passed_on(*giver, ctes), named), _takers(reaches(*taker), named)
            if given is None or not all(_comparable(given.column, end.column) for end in taken):
                continue  # a set operation compares in one type, that of all its queries
            for ends in _by_piece(taken):
                piece, capabilities = ends[0].piece, profiles[ends[0].piece.source].capabilities
                if piece is given.piece or places[piece.id] > 1:
                    continue  # what is read in two places cannot be narrowed for one of them
                if all(capabilities.compares(end.column.type.name, "in") for end in ends):
                    yield Edge(given, ends)


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


def _by_piece(ends: tuple[End, ...]) -> Iterator[tuple[End, ...]]:
    for id in dict.fromkeys(end.piece.id for end in ends):
        yield tuple(end for end in ends if end.piece.id == id)


def _giver(origin: Origin | None, pieces: Mapping[str, Piece]) -> End | None:
    """The leaf column whose values hold those of an output of a piece."""
    if origin is None or (piece := pieces.get(origin.relation)) is None:
        return None
    found = passed_on(piece.body, origin.column)
    return _end(piece, origin.column, found) if found is not None else None


def _takers(origins: tuple[Origin, ...], pieces: Mapping[str, Piece]) -> tuple[End, ...]:
    """The leaf columns behind these outputs of pieces; none where one of them is more than a column."""
    ends: list[End] = []
    for origin in origins:
        if (piece := pieces.get(origin.relation)) is None:
            return ()
        places = reaches(piece.body, origin.column)
        found = [end for place in places if (end := _end(piece, origin.column, place)) is not None]
        if not found or len(found) < len(places):
            return ()
        ends += found
    return tuple(ends)


def _end(piece: Piece, output: str, found: Origin) -> End | None:
    """The leaf column behind an output of a piece; None where it is more than a column."""
    if output in piece.widened:
        return None
    leaf = next((leaf for leaf in piece.leaves if leaf.id == found.relation), None)
    column = leaf.column(found.column) if leaf is not None else None
    if leaf is None or column is None or column.rule is not None or column.decision.form.kind not in ("clear", "token", "join"):
        return None
    if column.raw:
        return None
    return End(piece, output, leaf, column)


def _comparable(one: LeafColumn, other: LeafColumn) -> bool:
    """Whether the keys are values of the taker's column as they are; tokens of one domain are texts."""
    if one.type.name not in _KEYS or one.decision.domain != other.decision.domain:
        return False
    return one.type == other.type or (one.type.name in INTEGERS and other.type.name in INTEGERS)
