"""The largest sub-trees with one owner become fragments; the remainder is the residual.

A query is owned by a source when everything in it reads that source and is something the source answers exactly. An
isolated leaf always is. Two sources, or one thing that may not travel, and it is the gateway's. What can raise is asked only
where DuckDB would compute it whatever the rest of the statement brings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlglot import exp

from fedquery.arrow import INTEGERS
from fedquery.plan.calculus import HUGEINT, Value
from fedquery.plan.estimates import width
from fedquery.plan.halves import halve
from fedquery.plan.model import KeptBack, Leaf, Profile
from fedquery.plan.narrow import computed, give_back, parts, take
from fedquery.plan.owned import Owned, Owners
from fedquery.plan.parse import DIALECT
from fedquery.plan.partial import asked_for_existence, averaged, in_two_steps, once
from fedquery.plan.room import with_room
from fedquery.plan.rules.context import Context, named_column, output_column, relations
from fedquery.plan.rules.group_sources import gather
from fedquery.plan.travel import Claim
from fedquery.plan.values import Call

#: Whether a SELECT, over these leaves, leaves far fewer rows than it reads.
Folds = Callable[[exp.Select, Mapping[str, Leaf]], bool]


#: Clauses with which a SELECT may come to its answer without a row of its relations.
_DROPPING = ("joins", "where", "having", "qualify", "limit", "offset")
#: Digits of a decimal whose sum, which has 38, does not overflow before rows run out.
_ROOM = 18


def never(query: exp.Select, leaves: Mapping[str, Leaf]) -> bool:
    """Nothing is folded before it is joined."""
    return False


@dataclass(slots=True)
class Piece:
    """A sub-tree for one source, before policy is woven in.

    ``widened`` gives, for output columns that travel as decimal(38,0), the type that DuckDB has for them; ``outputs`` are
    columns as they were judged; ``text`` is the body in DuckDB's words; under ``template`` is kept what pieces like it have
    brought.
    """

    id: str
    source: str
    body: exp.Query
    leaves: tuple[Leaf, ...]
    widened: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, Value] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    calls: Mapping[int, Call] = field(default_factory=dict)
    kept_back: tuple[KeptBack, ...] = ()
    text: str = ""
    template: str = ""


class Cutter:
    """Cuts one tree."""

    def __init__(self, leaves: Mapping[str, Leaf], profiles: Mapping[str, Profile], folds: Folds) -> None:
        self._profiles, self._folds, self._owners = profiles, folds, Owners(leaves, profiles)
        self._context, self._gathered = Context(dict(leaves), profiles), list[exp.Select]()
        self.pieces: list[Piece] = []

    def cut(self, tree: exp.Query) -> exp.Query:
        """The residual, whose relations are the pieces' ids; the tree given is used up."""
        owned = self._owners.owner(tree)
        if owned is not None:
            return self._take(tree, owned)
        if isinstance(tree, exp.Select):
            tree = self._divided(tree)
        self._ask_once(tree)
        self._visit(tree)
        return tree

    def _visit(self, node: exp.Expr) -> None:
        for child in list(node.iter_expressions()):
            if isinstance(child, (exp.Select, exp.SetOperation)):
                asked = self._asked(child)
                if asked is not None:
                    child.replace(self._take(*asked))
                    continue
                if isinstance(child, exp.Select):
                    child = _in_place_of(child, child if _always_computed(child) else self._with_room(child))
                    child = self._divided(child)
                self._ask_once(child)
            self._visit(child)

    def _asked(self, query: exp.Expr) -> tuple[exp.Expr, Owned] | None:
        """The query as one source can be asked it, where it stands."""
        owned = self._owners.owner(query)
        return (query, owned) if owned is not None and owned.bare and _always_computed(query) else self._total(query)

    def _total(self, query: exp.Expr) -> tuple[exp.Expr, Owned] | None:
        """The query as one source can be asked it and never raises, whatever its rows: sums may need room for that."""
        owned = self._owners.owner(query)
        if owned is not None and owned.bare and isinstance(query, exp.Select):
            query = self._with_room(query)
            owned = self._owners.owner(query)
        return None if owned is None or owned.bare else (query, owned)

    def _with_room(self, select: exp.Select) -> exp.Select:
        """The SELECT, which DuckDB might not compute, with sums that do not overflow where their columns' types are known."""
        columns = {alias: self._owners.owner(relation.this) for alias, relation, _ in relations(select)}
        return with_room(select, {alias: below.outputs for alias, below in columns.items() if below is not None})

    def _divided(self, select: exp.Select) -> exp.Select:
        """The SELECT with all that sources can do of it in queries of their own."""
        select = _in_place_of(select, self._parted(select))
        self._gather(select)
        self._narrow(select)
        return select

    def _parted(self, select: exp.Select) -> exp.Select:
        """The SELECT with what a source can answer of it in a query of its own; else as it is."""
        halved = self._halved(select)
        return halved if halved is not select else self._folded(select)

    def _halved(self, select: exp.Select) -> exp.Select:
        """The SELECT with its groups in a query of their own, where a source can answer that; else as it is."""
        below = [self._owners.owner(r.this) if isinstance(r, exp.Subquery) else None for _, r, _ in relations(select)]
        if len({owned and owned.source for owned in below}) != 1 or None in below:
            return select
        for averages in (False, True) if select.find(exp.Avg) else (False,):
            halves = halve(select, f"__a{len(self.pieces) + 1}", averages=averages)
            if halves is None:
                continue
            outer, inner = halves
            if _always_computed(inner) and _always_computed(select) and self._owners.owner(inner) is not None:
                return outer
            if (asked := self._total(inner)) is not None:
                inner.replace(asked[0])
                return outer
        return select

    def _ask_once(self, query: exp.Expr) -> None:
        """Ask for each row once where only its existence matters, and that leaves far fewer rows."""
        for asked, alias in asked_for_existence(query):
            if self._owners.owner(asked) is None:
                continue
            distinct = once(asked.copy(), alias)
            if self._folds_at_source(distinct) is not None:
                asked.replace(distinct)

    def _folds_at_source(self, query: exp.Select) -> tuple[exp.Expr, Owned] | None:
        """The grouping as one source can do it, where it leaves far fewer rows; it sees rows that a join may drop."""
        asked = self._total(query)
        return asked if asked is not None and self._folds(query, {leaf.id: leaf for leaf in asked[1].leaves}) else None

    def _folded(self, select: exp.Select) -> exp.Select:
        """The SELECT with one relation folded at its source, where that leaves far fewer rows; else as it is."""
        spelled = averaged(select, partial(self._adds_up, select))
        for whole, inner in in_two_steps(spelled, lambda query: self._owners.owner(query) is not None):
            folded = self._folds_at_source(inner)
            sums = [p.alias for p in inner.expressions if p.find(exp.Sum)]
            if folded is not None and all(folded[1].outputs[name].exact for name in sums):
                inner.replace(folded[0])
                return whole  # but for a sum of floats, which depends on the order of its rows
        return select

    def _gather(self, select: exp.Select) -> None:
        """Have joined at its source what one source alone brings."""
        if not any(select is done for done in self._gathered):
            inner = gather(select, self._context, f"__h{len(self.pieces) + 1}")
            self._gathered += [inner] if inner is not None else []

    def _adds_up(self, select: exp.Select, column: exp.Column) -> bool:
        """Whether a column of the SELECT's relations holds exact numbers of which no number of rows is too many to add."""
        relation = next((r for alias, r, _ in relations(select) if alias == column.table), None)
        owned = self._owners.owner(relation.this) if isinstance(relation, exp.Subquery) else None
        if owned is None or column.name not in owned.outputs:
            return False
        type = owned.outputs[column.name].type
        return type.name in INTEGERS or (type.name == "decimal" and type.precision <= _ROOM)

    def _narrow(self, select: exp.Select) -> None:
        """Have computed at its source what is computed of one relation alone, where less comes then."""
        for relation, part in list(parts(select)):
            before = self._owners.owner(relation.this)
            if before is None or before.bare:
                continue
            query = computed(relation, part)
            after = self._owners.owner(query)
            if after is not None and not after.bare and self._narrower(before, after, part.columns):
                take(relation, part, query)
            else:
                give_back(relation, query)

    def _narrower(self, before: Owned, after: Owned, gone: Collection[str]) -> bool:
        """Whether the columns that are new take less than those that are gone."""
        embedded = self._profiles[after.source].capabilities.embedded
        made = [value for name, value in after.outputs.items() if name not in before.outputs]
        new = sum(width(HUGEINT if widened(value, embedded) else value.type) for value in made)
        return new < sum(width(before.outputs[name].type) for name in gone)

    def _take(self, query: exp.Expr, owned: Owned) -> exp.Select:
        assert isinstance(query, exp.Query)
        embedded = self._profiles[owned.source].capabilities.embedded
        piece = Piece(
            id=f"__f{len(self.pieces) + 1}",
            source=owned.source,
            body=query,
            leaves=owned.leaves,
            widened={name: value.type.name for name, value in owned.outputs.items() if widened(value, embedded)},
            outputs=owned.outputs,
            claims=owned.claims,
            calls=owned.calls,
            kept_back=tuple(kept for leaf in owned.leaves for kept in self._owners.refused.get(leaf.id, ())),
        )
        self.pieces.append(piece)
        return _reads(piece)


def cut(
    tree: exp.Query, leaves: Mapping[str, Leaf], profiles: Mapping[str, Profile], folds: Folds = never
) -> tuple[exp.Query, tuple[Piece, ...]]:
    """The residual, whose relations are the pieces' ids, and the pieces; the tree given is used up.

    ``folds`` says of a SELECT that groups whether that leaves far fewer rows than it reads.
    """
    cutter = Cutter(leaves, profiles, folds)
    names = tree.named_selects
    _name(tree, _distinct(names))
    for operation in tree.find_all(exp.SetOperation):
        for side in (operation.left, operation.right):  # which may be a piece of its own, and is read by name then
            _name(side, _distinct(side.named_selects))
    residual = cutter.cut(tree)
    _name(residual, names)
    return residual, tuple(cutter.pieces)


def _always_computed(query: exp.Expr) -> bool:
    """Whether the statement needs each row of the query: nothing beside or around it drops any."""
    while query.parent is not None:
        select = query.parent.parent.parent if isinstance(query.parent.parent, exp.From) else None
        if not isinstance(select, exp.Select) or any(select.args.get(clause) for clause in _DROPPING):
            return False
        query = select
    return True


def _in_place_of(old: exp.Select, new: exp.Select) -> exp.Select:
    if new is not old:
        old.replace(new)
    return new


def _distinct(names: list[str]) -> list[str]:
    """The names, with others for those that come again; ORDER BY means the last. A relation's names have no case."""
    folded = [name.casefold() for name in names]
    return [f"__c{n}" if folded[n] in folded[n + 1 :] else name for n, name in enumerate(names)]


def _name(query: exp.Query, names: list[str]) -> None:
    """Give the output columns these names; a set operation's are those of its first query."""
    for projection, name in zip(query.selects, names, strict=True):
        if projection.alias_or_name != name:
            projection.set("alias", exp.to_identifier(name, quoted=True))


def widened(value: Value, embedded: bool) -> bool:
    """Whether a whole number arrives as a decimal: a sum, or one that its source computed in a type of its own."""
    return value.type == HUGEINT or (value.computed and value.type.name in INTEGERS and not embedded)


def _reads(piece: Piece) -> exp.Select:
    """``SELECT "a" AS "a" FROM "__f1"``: how the residual reads a piece; a hidden order is replaced by that of the values."""
    projections = []
    for name in piece.body.named_selects:
        column: exp.Expr = named_column(name, piece.id)
        if name in piece.widened:
            column = exp.cast(column, piece.widened[name], dialect=DIALECT)
        projections.append(output_column(column, name))
    table = exp.Table(this=exp.to_identifier(piece.id, quoted=True))
    reads = exp.Select(expressions=projections, from_=exp.From(this=table))
    if any(leaf.decision.entry.hide_order for leaf in piece.leaves):
        reads.order_by(*(exp.Literal.number(n) for n in range(1, len(projections) + 1)), copy=False)
    return reads
