"""Slices joined by inner joins, known by what they are: whatever their order, and whatever names they go by.

Two with the same slices and conditions are the same rows. One with more slices has, for what its additional ones let through,
the rows of the smaller one, each perhaps several times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from fedquery.plan.cut import Piece
from fedquery.plan.leaves import conjuncts, isolated_leaf
from fedquery.plan.lineage import passed_on
from fedquery.plan.printed import printed
from fedquery.plan.rules.context import clauses, named_column, output_column, relations

#: A column of a slice: the resource and the column's name.
Column = tuple[str, str]
_CLAUSES = frozenset({"expressions", "from_", "joins", "where"})


@dataclass(frozen=True, slots=True)
class Joined:
    """``slices`` by resource, each once; ``conditions`` with the columns that they read; ``columns`` are the outputs."""

    slices: frozenset[str]
    conditions: Mapping[str, frozenset[Column]]
    columns: Mapping[str, Column]

    @staticmethod
    def of(piece: Piece) -> Joined | None:
        """None for a piece that does anything else, or reads a resource twice."""
        leaves = {leaf.id: leaf for leaf in piece.leaves}
        resources = {leaf.id: str(leaf.decision.resource) for leaf in piece.leaves}
        if len(set(resources.values())) < len(resources) or not only_joins(piece.body):
            return None
        conditions: dict[str, frozenset[Column]] = {}
        meant = {}
        assert isinstance(piece.body, exp.Select)
        for alias, relation, join in relations(piece.body):
            if join is not None and not _inner(join):
                return None
            inner = relation.this if isinstance(relation, exp.Subquery) else None
            leaf = leaves.get(relation.name) if inner is None else isolated_leaf(inner, leaves) if only_joins(inner) else None
            if leaf is None:
                return None
            meant[alias] = meant[leaf.id] = resources[leaf.id]
            if inner is not None:
                conditions.update(_conditions(inner, {leaf.id: resources[leaf.id]}))
        conditions.update(_conditions(piece.body, meant))
        columns = {}
        for name in piece.body.named_selects:
            if (origin := passed_on(piece.body, name)) is None or name in piece.widened:
                return None
            columns[name] = (resources[origin.relation], origin.column)
        return Joined(frozenset(resources.values()), conditions, columns)

    @property
    def words(self) -> tuple[str, ...]:
        """What the rows are, in words of their own: the same for the same rows."""
        return (*sorted(self.slices), *sorted(self.conditions))

    def names(self, wanted: Joined) -> dict[str, str] | None:
        """For each output of ``wanted`` the output here that is the same column; None where one is missing."""
        own = {column: name for name, column in self.columns.items()}
        found = {name: own[column] for name, column in wanted.columns.items() if column in own}
        return found if len(found) == len(wanted.columns) else None

    def holds(self, fewer: Joined, by: Column) -> bool:
        """Whether, for the values of ``by`` that come here, all rows of ``fewer`` come, though perhaps more than once.

        So it is where what joins the additional slices reads no other column of its slices: for one value of it they let all
        rows through or none.
        """
        if not fewer.slices < self.slices or not fewer.conditions.keys() <= self.conditions.keys():
            return False
        more = [read for text, read in self.conditions.items() if text not in fewer.conditions]
        return all(column == by or column[0] not in fewer.slices for read in more for column in read)


def selected(names: Mapping[str, str], piece: Piece) -> exp.Select:
    """The outputs of a piece, each under another name."""
    rows = exp.Select()
    rows.set("expressions", [output_column(named_column(own, piece.id), name) for name, own in names.items()])
    rows.set("from_", exp.From(this=exp.Table(this=exp.to_identifier(piece.id, quoted=True))))
    return rows


def only_joins(query: exp.Expr) -> bool:
    """Whether the query only joins and chooses rows, by conditions on these rows alone."""
    if not isinstance(query, exp.Select) or clauses(query) - _CLAUSES:
        return False
    return not any(condition.find(exp.Query) for condition in _demanded(query))


def _inner(join: exp.Join) -> bool:
    return not join.side and not join.method and not join.args.get("using") and join.kind in ("", "INNER", "CROSS")


def _demanded(select: exp.Select) -> list[exp.Expr]:
    where = select.args.get("where")
    conditions = [where.this if where is not None else None]
    conditions += [join.args.get("on") for _, _, join in relations(select) if join is not None]
    return [part for condition in conditions for part in conjuncts(condition)]


def _conditions(select: exp.Expr, meant: Mapping[str, str]) -> Iterator[tuple[str, frozenset[Column]]]:
    """What a SELECT demands of its rows, its relations named by their resources."""
    assert isinstance(select, exp.Select)
    for part in _demanded(select):
        copy = exp.Paren(this=part.copy())
        for column in copy.find_all(exp.Column):
            if (resource := meant.get(column.table)) is not None:
                column.set("table", exp.to_identifier(resource, quoted=True))
        read = frozenset((column.table, column.name) for column in copy.find_all(exp.Column))
        if isinstance(copy.this, exp.EQ) and printed(copy.this.this) > printed(copy.this.expression):
            copy.this.replace(exp.EQ(this=copy.this.expression, expression=copy.this.this))
        yield printed(copy.this, used_up=True), read
