"""What is asked twice in the same words is asked once: the residual reads one fragment in both places.

The same words are the same statement over slices of the same resources; of rows of one slice, or of slices that are joined,
some columns more or less. One statement has one decision for each resource, so that such slices are the same rows. Keys that
narrow one of them and not the other leave them apart, but for the keys that they would give each other.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping

from sqlglot import exp

from fedquery.plan.cut import Piece
from fedquery.plan.joined import Joined
from fedquery.plan.leaves import is_slice
from fedquery.plan.model import Shipment
from fedquery.plan.printed import printed

_Words = tuple[str, ...]


def share(
    residual: exp.Query, pieces: tuple[Piece, ...], shipments: tuple[Shipment, ...]
) -> tuple[tuple[Piece, ...], tuple[Shipment, ...]]:
    """The pieces that are left, and their shipments; residual and pieces are changed in place."""
    alike = Counter(_reads(piece) for piece in pieces)
    left: dict[_Words, list[tuple[Piece, Joined | None]]] = {}
    instead: dict[str, tuple[str, Mapping[str, str]]] = {}
    for piece in sorted(pieces, key=lambda piece: -len(piece.body.selects)):  # the widest has what the others need
        if alike[_reads(piece)] < 2:
            continue
        joined = Joined.of(piece) if len(piece.leaves) > 1 else None
        said = left.setdefault(joined.words if joined else _words(piece), [])
        kept, names = _kept(piece, joined, said, shipments)
        if kept is None:
            said.append((piece, joined))
            continue
        instead[piece.id] = kept.id, names
        given = {s.slot for s in shipments if (s.giver, s.taker) == (piece.id, kept.id)}
        kept.leaves = tuple(
            dataclasses.replace(leaf, wishes=tuple(wish for wish in leaf.wishes if wish.name not in given))
            for leaf in kept.leaves
        )
        shipments = tuple(s for s in shipments if s.taker != piece.id and s.slot not in given)
        shipments = tuple(
            dataclasses.replace(s, giver=kept.id, column=names[s.column]) if s.giver == piece.id else s for s in shipments
        )
    for table in list(residual.find_all(exp.Table)) if instead else ():
        if table.name in instead:
            _rename(table, *instead[table.name])
    left_over = tuple(piece for piece in pieces if piece.id not in instead)
    return left_over, ordered(shipments)


def ordered(shipments: tuple[Shipment, ...]) -> tuple[Shipment, ...]:
    """Every giver after those that it takes from."""
    return tuple(sorted(shipments, key=lambda shipment: _depth(shipment.giver, shipments)))


def _depth(piece: str, shipments: tuple[Shipment, ...]) -> int:
    """How many rounds of keys a piece waits for."""
    return max((1 + _depth(s.giver, shipments) for s in shipments if s.taker == piece), default=0)


def _kept(
    piece: Piece, joined: Joined | None, said: list[tuple[Piece, Joined | None]], shipments: tuple[Shipment, ...]
) -> tuple[Piece | None, Mapping[str, str]]:
    """Of those of its words the one that has its columns, or gets them now; and what it calls them."""
    for other, known in said:
        if narrowed(other, shipments, piece) != narrowed(piece, shipments, other):
            continue
        if joined is None or known is None:
            _add_columns(other, piece)
            return other, {name: name for name in piece.body.named_selects}
        if (names := known.names(joined)) is not None:
            return other, names
    return None, {}


def _rename(table: exp.Table, id: str, names: Mapping[str, str]) -> None:
    """Let a SELECT that reads a piece read another one."""
    select = table.parent_select
    for column in select.find_all(exp.Column) if select is not None else ():
        if column.table == table.name:
            column.set("table", exp.to_identifier(id, quoted=True))
            column.set("this", exp.to_identifier(names[column.name], quoted=True))
    table.set("this", exp.to_identifier(id, quoted=True))


def _reads(piece: Piece) -> _Words:
    return (piece.source, *sorted(str(leaf.decision.resource) for leaf in piece.leaves))


def _words(piece: Piece) -> _Words:
    """The statement with its leaves by number."""
    body = piece.body.copy()
    if is_slice(piece.body, {leaf.id: leaf for leaf in piece.leaves}):
        body.set("expressions", [exp.Star()])
    numbers = {leaf.id: f"{number}" for number, leaf in enumerate(piece.leaves)}
    for node in body.find_all(exp.Table, exp.Column):
        name = "this" if isinstance(node, exp.Table) else "table"
        own = node.args.get(name)
        if isinstance(own, exp.Identifier) and own.name in numbers:
            node.set(name, exp.to_identifier(numbers[own.name], quoted=True))
    return (*_reads(piece), printed(body, used_up=True), str([leaf.slots for leaf in piece.leaves]))


def narrowed(piece: Piece, shipments: tuple[Shipment, ...], aside: Piece | None = None) -> set[tuple[str, str, str, int, str]]:
    """Which keys narrow which columns of a piece, those of one ``aside``: giver, its column, resource, leaf of it, column."""
    given = {s.slot: s for s in shipments if s.taker == piece.id and (aside is None or s.giver != aside.id)}
    found, seen = set(), Counter[str]()
    for leaf in piece.leaves:
        resource = str(leaf.decision.resource)
        seen[resource] += 1
        for wish in leaf.wishes:
            if wish.name in given:
                found.add((given[wish.name].giver, given[wish.name].column, resource, seen[resource], wish.column))
    return found


def _add_columns(kept: Piece, piece: Piece) -> None:
    """Give the kept one the columns that only the other has, answers of ``verify`` columns among them."""
    (own, *_), (other, *_) = kept.leaves, piece.leaves
    for projection in piece.body.selects:
        if projection.alias not in kept.body.named_selects:
            added = projection.copy()
            for column in added.find_all(exp.Column):
                if column.table == other.id:
                    column.set("table", exp.to_identifier(own.id, quoted=True))
            kept.body.append("expressions", added)
    more = tuple(column for column in other.columns if own.column(column.name) is None)
    kept.leaves = (dataclasses.replace(own, columns=(*own.columns, *more)), *kept.leaves[1:])
    kept.text = printed(kept.body)
