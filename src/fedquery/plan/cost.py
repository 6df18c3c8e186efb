"""Guesses of rows and seconds, good enough to choose between plans by: from statistics, experience, or rules of thumb."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from fedquery.plan.constants import constant_type
from fedquery.plan.cut import Piece
from fedquery.plan.estimates import NOTHING, Estimates, width
from fedquery.plan.functions import has_aggregate
from fedquery.plan.leaves import conjuncts
from fedquery.plan.lineage import passed_on
from fedquery.plan.model import Leaf, LeafColumn
from fedquery.plan.printed import printed
from fedquery.plan.rules.context import computed_columns, relations
from fedquery.spi import ColumnStatistics

#: A leaf of which nothing is known.
UNKNOWN_ROWS = 1_000_000.0
#: What part of the rows a condition leaves, where nothing is known of its column.
_EQUAL, _RANGE, _PATTERN, _OTHER, _GROUPED = 0.02, 0.3, 0.1, 0.5, 0.1
#: Bytes of Arrow each second that a source of which nothing was learned is taken to hand over.
_BYTES_PER_SECOND = 60e6
#: Reading a row at its source, and grouping it there, which keys spare as well: much less than sending it.
_SECONDS_PER_ROW_READ, _SECONDS_PER_ROW_GROUPED = 5e-8, 1e-7


@dataclass(frozen=True, slots=True)
class Costs:
    """What may be known, and the columns of each resource that the statement uses."""

    estimates: Estimates = NOTHING
    used: Mapping[str, Collection[str]] = field(default_factory=dict)

    def whole(self, leaf: Leaf) -> float | None:
        """The rows of the leaf's slice; None where nothing may be known."""
        return self.estimates.rows(leaf, self.used.get(str(leaf.decision.resource), ()))

    def distinct(self, leaf: Leaf, column: LeafColumn) -> float | None:
        """The distinct values of a column of the slice; None where nothing may be known."""
        found = self.estimates.column(leaf, column.name)
        if found is not None and found.distinct is not None:
            return found.distinct
        entry = leaf.decision.entry
        keys = [name for name, own in entry.columns.items() if own.key]
        single = column.decision.entry.unique or keys == [column.decision.name]
        return self.whole(leaf) if single else None

    def spread(self, leaf: Leaf, column: LeafColumn) -> tuple[float, float] | None:
        """The least and the greatest value of a column of the slice, as numbers; None where nothing may be known."""
        found = self.estimates.column(leaf, column.name)
        if found is None or found.least is None or found.greatest is None:
            return None
        try:
            least, greatest = number(found.least), number(found.greatest)
        except ValueError:
            return None
        return (least, greatest) if math.isfinite(greatest - least) else None

    def rows(self, piece: Piece) -> float:
        """The rows that a piece brings: as its like has brought, else as its conditions let expect."""
        learned = self.estimates.fragment(piece.template)
        if learned is not None:
            return max(learned.rows, 1.0)
        return self._query(piece.body, {leaf.id: leaf for leaf in piece.leaves})

    def folds(self, query: exp.Select, leaves: Mapping[str, Leaf]) -> bool:
        """Whether grouping leaves at most a third of the rows: so many distinct values, as far as that is known.

        A table whose key is grouped by, or equals what is, adds no groups; and over the key of the first table no row folds.
        """
        relation = query.args["from_"].this
        origins = [passed_on(query, key) for key in query.args["group"].expressions]
        given = {(origin.relation, origin.column) for origin in origins if origin is not None}
        given |= _equal_to(given, relation)
        keyed = {id for id, leaf in leaves.items() if (key := _key(leaf)) and {(id, name) for name in key} <= given}
        rows, groups = self._query(relation, leaves), 1.0
        for origin in origins:
            leaf = leaves.get(origin.relation) if origin is not None else None
            column = leaf.column(origin.column) if leaf is not None and origin is not None else None
            if leaf is None or column is None:
                groups *= max(rows * _GROUPED, 1.0)
            elif leaf.id not in keyed or column.name in _key(leaf):
                groups *= self.distinct(leaf, column) or max(rows * _GROUPED, 1.0)
        first = relation.find(exp.Table)
        return groups * 3 <= rows and first.name not in keyed

    def seconds(self, piece: Piece, rows: float) -> float:
        """The time in which the source reads its tables for the piece and hands over that many rows of it."""
        transport = self.estimates.transport(piece.source)
        leaves = {leaf.id: leaf for leaf in piece.leaves}
        row = sum(self._width(projection.unalias(), leaves) for projection in piece.body.selects)
        read = sum(self.whole(leaf) or UNKNOWN_ROWS for leaf in piece.leaves)
        each = _SECONDS_PER_ROW_READ + (_SECONDS_PER_ROW_GROUPED if piece.body.find(exp.Group) else 0.0)
        return rows * row / (transport.bytes_per_second or _BYTES_PER_SECOND) + read * each

    def thinned(self, piece: Piece, rows: float) -> float:
        """Which part of its largest slice ``rows`` of a piece are."""
        return min(rows / max((self.whole(leaf) or UNKNOWN_ROWS for leaf in piece.leaves), default=1.0), 1.0)

    def _width(self, node: exp.Expr, leaves: Mapping[str, Leaf]) -> float:
        """Bytes of Arrow that a value takes."""
        name = node.name.rsplit(".", 1)[-1]
        for leaf in leaves.values() if isinstance(node, exp.Column) else ():
            if (column := leaf.column(name)) is not None:
                found = self.estimates.column(leaf, name)
                return (found.width if found is not None else None) or width(column.type)
        return 8

    def _query(self, query: exp.Expr, leaves: Mapping[str, Leaf]) -> float:
        if isinstance(query, exp.Subquery):
            return self._query(query.this, leaves)
        if isinstance(query, exp.SetOperation):
            left, right = self._query(query.left, leaves), self._query(query.right, leaves)
            return left + right if isinstance(query, exp.Union) else left
        if not isinstance(query, exp.Select):
            return UNKNOWN_ROWS
        rows, kept = 1.0, 1.0
        for _, relation, join in relations(query):  # neighbours meet over keys: the rows of the largest, thinned by all
            if join is not None and join.kind in ("SEMI", "ANTI"):
                kept *= _OTHER
                continue
            full, own = self._relation(relation, leaves)
            kept *= min(own / full, 1.0)
            rows = max(rows, full)
        where = query.args.get("where")
        for part in conjuncts(where.this if where else None):
            kept *= self._kept(part, leaves)
        rows = max(rows * kept, 1.0)
        group = query.args.get("group")
        if group is not None:
            rows = self._groups(group, leaves, rows)
        elif has_aggregate(*computed_columns(query)):
            rows = 1.0
        limit = query.args.get("limit")
        if limit is not None and isinstance(limit.expression, exp.Literal) and limit.expression.is_int:
            rows = min(rows, float(limit.expression.name))
        return max(rows, 1.0)

    def _relation(self, relation: exp.Expr, leaves: Mapping[str, Leaf]) -> tuple[float, float]:
        """The rows of the largest slice in a relation, and those of the relation itself."""
        if isinstance(relation, exp.Table):
            leaf = leaves.get(relation.name)
            full = (self.whole(leaf) if leaf is not None else None) or UNKNOWN_ROWS
            return full, full
        inside = [leaves[t.name] for t in relation.find_all(exp.Table) if t.name in leaves]
        own = self._query(relation, leaves)
        return max([own, *(self.whole(leaf) or UNKNOWN_ROWS for leaf in inside)]), own

    def _groups(self, group: exp.Group, leaves: Mapping[str, Leaf], rows: float) -> float:
        several = 1.0
        for key in group.expressions:
            found = self._statistics(key, leaves)
            several *= found.distinct if found is not None and found.distinct else max(rows * _GROUPED, 1.0)
        return min(several, rows)

    def _kept(self, part: exp.Expr, leaves: Mapping[str, Leaf]) -> float:
        match part:
            case exp.Paren():
                return self._kept(part.this, leaves)
            case exp.And():
                return self._kept(part.this, leaves) * self._kept(part.expression, leaves)
            case exp.Or():
                return min(self._kept(part.this, leaves) + self._kept(part.expression, leaves), 1.0)
            case exp.Not():
                return max(1.0 - self._kept(part.this, leaves), _EQUAL)
            case exp.EQ() | exp.NullSafeEQ():
                return self._equal(part.this, leaves)
            case exp.NEQ():
                return 1.0 - self._equal(part.this, leaves)
            case exp.In() if part.expressions:
                return min(self._equal(part.this, leaves) * len(part.expressions), 1.0)
            case exp.Between():
                low = self._beyond(part.this, part.args["low"], leaves, above=True)
                high = self._beyond(part.this, part.args["high"], leaves, above=False)
                return max(low + high - 1.0, _EQUAL) if low + high > 1.0 else _RANGE / 2
            case exp.GT() | exp.GTE():
                return self._beyond(part.this, part.expression, leaves, above=True)
            case exp.LT() | exp.LTE():
                return self._beyond(part.this, part.expression, leaves, above=False)
            case exp.Like() | exp.StartsWith() | exp.Contains():
                return _PATTERN
        return _OTHER

    def _equal(self, column: exp.Expr, leaves: Mapping[str, Leaf]) -> float:
        found = self._statistics(column, leaves)
        return 1.0 / max(found.distinct, 1.0) if found is not None and found.distinct else _EQUAL

    def _beyond(self, column: exp.Expr, bound: exp.Expr, leaves: Mapping[str, Leaf], *, above: bool) -> float:
        """The share of values above (or below) a constant, were they spread evenly between the least and the greatest."""
        found = self._statistics(column, leaves)
        if found is None or found.least is None or found.greatest is None or constant_type(bound) is None:
            return _RANGE
        try:
            least, greatest, at = (number(value) for value in (found.least, found.greatest, _text(bound)))
        except ValueError:
            return _RANGE
        if greatest <= least:
            return _RANGE
        below = min(max((at - least) / (greatest - least), 0.0), 1.0)
        return max(1.0 - below if above else below, 0.001)

    def _statistics(self, node: exp.Expr, leaves: Mapping[str, Leaf]) -> ColumnStatistics | None:
        leaf = leaves.get(node.table) if isinstance(node, exp.Column) else None
        return self.estimates.column(leaf, node.name) if leaf is not None else None


def _key(leaf: Leaf) -> list[str]:
    """The columns of the leaf that are its resource's declared key."""
    return [column.name for column in leaf.columns if column.rule is None and column.decision.entry.key]


def _equal_to(given: set[tuple[str, str]], relation: exp.Expr) -> set[tuple[str, str]]:
    """Columns of leaves that a join below makes equal to one of the given ones."""
    found = set()
    for join in relation.find_all(exp.Join):
        select = join.parent
        for part in conjuncts(join.args.get("on")):
            if isinstance(part, exp.EQ) and isinstance(select, exp.Select):
                sides = [passed_on(select, s) for s in (part.this, part.expression) if isinstance(s, exp.Column)]
                places = {(side.relation, side.column) for side in sides if side is not None}
                found |= places if places & given else set()
    return found


def _text(node: exp.Expr) -> str:
    return str(node.this.name if isinstance(node, exp.Cast) else printed(node))


def number(value: object) -> float:
    """A number, or a date or moment as seconds. Raises ValueError for another text."""
    try:
        return float(str(value))
    except ValueError:
        return (dt.datetime.fromisoformat(str(value)).replace(tzinfo=None) - dt.datetime(1970, 1, 1)).total_seconds()
