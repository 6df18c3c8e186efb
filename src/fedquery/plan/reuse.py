"""Rows that another fragment brings anyway are read from there; their source is not asked a second time.

``SELECT k, x FROM r WHERE x > (SELECT avg(x) FROM r)`` reads ``r`` once: the other fragment brings the same rows, or more that
a condition tells apart, with all columns that are needed, and is narrowed by the same keys. ``SELECT k, x FROM r JOIN s USING
(k) WHERE x = (SELECT max(x) FROM r AS o WHERE o.k = r.k)`` does so too: of the keys of the join all rows of ``r`` are there,
some perhaps twice, which the greatest does not show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from fedquery.plan.cut import Piece
from fedquery.plan.functions import has_aggregate
from fedquery.plan.joined import Joined, only_joins, selected
from fedquery.plan.leaves import conjuncts
from fedquery.plan.lineage import passed_on
from fedquery.plan.model import Profile, Shipment
from fedquery.plan.multiples import sees_multiples
from fedquery.plan.printed import printed
from fedquery.plan.rules.context import named_column, relations
from fedquery.plan.rules.group_sources import apart
from fedquery.plan.share import narrowed, ordered
from fedquery.plan.ship import Edge, edges

#: Rows up to which it is sooner to read twice what has come than to ask twice; keys leave no more.
MOST = 100_000.0


def reuse(
    residual: exp.Query,
    pieces: tuple[Piece, ...],
    shipments: tuple[Shipment, ...],
    expected: Mapping[str, float],
    profiles: Mapping[str, Profile],
) -> tuple[tuple[Piece, ...], tuple[Shipment, ...]]:
    """The pieces that are left, and their shipments; the residual is changed in place. ``expected``: the rows of each piece."""
    if len({piece.source for piece in pieces}) == len(pieces):
        return pieces, shipments
    left = list(pieces)
    keys = list(edges(residual, pieces, profiles)) if len(pieces) > 2 else []
    for piece in pieces:
        tables = [table for table in residual.find_all(exp.Table) if table.name == piece.id]
        if len(tables) != 1:
            continue
        few = [p for p in left if expected[p.id] <= MOST or any(shipment.taker == p.id for shipment in shipments)]
        for other in few:
            if other is piece or other.source != piece.source or _hides_order(other):
                continue
            body, gives = _made_of(piece, other, shipments), tuple[Shipment, ...]()
            if body is None and (names := _names_in(piece, other, shipments, keys, tables[0])) is not None:
                body = selected(names, other)
                gives = tuple(replace(s, giver=other.id, column=names[s.column]) for s in shipments if s.giver == piece.id)
            if body is not None:
                named = exp.TableAlias(this=exp.to_identifier(piece.id, quoted=True))
                tables[0].replace(exp.Subquery(this=body, alias=named))
                left.remove(piece)
                shipments = ordered((*(s for s in shipments if piece.id not in (s.giver, s.taker)), *gives))
                break
    return tuple(left), shipments


def _made_of(piece: Piece, other: Piece, shipments: tuple[Shipment, ...]) -> exp.Query | None:
    """The piece's groups over what the other one brings; None where that has not all of it."""
    brought = _Rows.of(other.body, other) if all(shipment.giver != piece.id for shipment in shipments) else None
    if brought is None or narrowed(piece, shipments) != narrowed(other, shipments):
        return None
    body = piece.body.copy()
    for relation in _below_groups(body):
        wanted = _Rows.of(relation.this, piece)
        if wanted is not None and (rows := wanted.out_of(brought, other)) is not None:
            relation.set("this", rows)
            return body
    return None


def _names_in(
    piece: Piece, other: Piece, shipments: tuple[Shipment, ...], keys: Sequence[Edge], read: exp.Table
) -> Mapping[str, str] | None:
    """Where the other one, which could give the piece keys, has its rows, some of them perhaps twice: its columns there."""
    given = [edge for edge in keys if edge.giver.piece is other and edge.taker is piece]
    if not given or sees_multiples(read) or not _may_give_for(piece, other, shipments):
        return None
    wanted, brought = Joined.of(piece), Joined.of(other)
    if wanted is None or brought is None:
        return None
    narrowing, alike = narrowed(other, shipments, piece), narrowed(piece, shipments, other)
    for edge in given:
        by = edge.giver.place
        if all(end.place == by for end in edge.takers) and brought.holds(wanted, by):
            kept_out = {n for n in narrowing if n[2] in wanted.slices and (n[2], n[4]) != by}
            if kept_out <= alike:
                return brought.names(wanted)
    return None


def _may_give_for(piece: Piece, other: Piece, shipments: tuple[Shipment, ...]) -> bool:
    """Whether the other one may give what the piece gives: in no ring, and what narrows it reaches nobody that it may not.

    Where it gives the piece keys, that was seen to when these were chosen.
    """
    takers = [s.taker for s in shipments if s.giver == piece.id]
    if any(_leads(taker, other.id, shipments) for taker in takers):
        return False
    chosen = any((s.giver, s.taker) == (other.id, piece.id) for s in shipments)
    return not takers or chosen or narrowed(other, shipments, piece) <= narrowed(piece, shipments, other)


def _leads(giver: str, taker: str, shipments: tuple[Shipment, ...]) -> bool:
    """Whether keys of the one narrow the other, directly or not."""
    return giver == taker or any(_leads(s.taker, taker, shipments) for s in shipments if s.giver == giver)


def _hides_order(piece: Piece) -> bool:
    return any(leaf.decision.entry.hide_order for leaf in piece.leaves)


def _below_groups(query: exp.Expr) -> Iterator[exp.Subquery]:
    """What lies below the groups of a query: one relation each time, which joins are put into at last."""
    grouped = False
    while isinstance(query, exp.Select):
        grouped |= has_aggregate(*query.expressions)
        grouped |= query.args.get("group") is not None
        joined = bool(query.args.get("joins"))
        if joined and grouped:
            apart(query, "__r")
        relation = query.args["from_"].this
        if not isinstance(relation, exp.Subquery) or (joined and not grouped):
            return
        if grouped:
            yield relation
        if joined:
            return
        query = relation.this


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of joined leaves, as they are: two of the same words are the same rows, but for what a slice's conditions drop.

    ``columns`` are the outputs, as number of the leaf and name of its column.
    """

    words: str
    columns: Mapping[str, tuple[int, str]]
    conditions: Mapping[str, exp.Expr]

    @staticmethod
    def of(query: exp.Expr, piece: Piece) -> _Rows | None:
        """None for a query that does anything else."""
        numbers = {leaf.id: number for number, leaf in enumerate(piece.leaves)}
        if not isinstance(query, exp.Select):
            return None
        columns = {}
        for name in query.named_selects:
            origin = passed_on(query, name)
            if origin is None or origin.relation not in numbers:
                return None
            columns[name] = (numbers[origin.relation], origin.column)
        copy = query.copy()
        if not _without_columns(copy):
            return None
        for node in copy.find_all(exp.Table, exp.Column):
            key = "this" if isinstance(node, exp.Table) else "table"
            if (named := node.args.get(key)) is not None and named.name in numbers:
                node.set(key, exp.to_identifier(f"{numbers[named.name]}", quoted=True))
        conditions: dict[str, exp.Expr] = {}
        if isinstance(copy.args["from_"].this, exp.Table) and (where := copy.args.get("where")) is not None:
            conditions = {printed(part): part for part in conjuncts(where.this)}
            copy.set("where", None)
        resources = [str(leaf.decision.resource) for leaf in piece.leaves]
        return _Rows(f"{resources} {printed(copy, used_up=True)}", columns, conditions)

    def out_of(self, brought: _Rows, other: Piece) -> exp.Select | None:
        """These rows, with these columns, read from the other piece; None where it does not bring them."""
        names = {column: name for name, column in brought.columns.items() if name not in other.widened}
        if self.words != brought.words or brought.conditions.keys() - self.conditions.keys():
            return None
        more = [part.copy() for text, part in self.conditions.items() if text not in brought.conditions]
        for column in [column for part in more for column in part.find_all(exp.Column)]:
            if (0, column.name) not in names:
                return None
            column.replace(named_column(names[0, column.name], other.id))
        if not set(self.columns.values()) <= names.keys():
            return None
        rows = selected({name: names[at] for name, at in self.columns.items()}, other)
        return rows.where(*more, copy=False) if more else rows


def _without_columns(query: exp.Expr) -> bool:
    """Leave of a query what tells its rows; False where that is more than its relations and their conditions."""
    if not isinstance(query, exp.Select) or not only_joins(query):
        return False
    query.set("expressions", [exp.Star()])
    inner = [relation.this for _, relation, _ in relations(query) if isinstance(relation, exp.Subquery)]
    return not any(_renames(each) for each in inner) and all(_without_columns(each) for each in inner)


def _renames(query: exp.Expr) -> bool:
    """Whether a column of the query has another name than the one that it passes on."""
    columns = [(projection, projection.unalias()) for projection in query.selects] if isinstance(query, exp.Query) else []
    return any(not isinstance(column, exp.Column) or column.name != given.alias_or_name for given, column in columns)
