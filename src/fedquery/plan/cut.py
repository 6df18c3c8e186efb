"""The largest sub-trees with one owner become fragments; the remainder is the residual.

A query is owned by a source when everything in it reads that source and is something the source answers exactly. An
isolated leaf always is. Two sources, or one thing that may not travel, and it is the gateway's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlglot import exp

from fedquery.arrow import INTEGERS
from fedquery.errors import InvariantBroken
from fedquery.plan.calculus import HUGEINT, Value
from fedquery.plan.halves import halve
from fedquery.plan.leaves import isolated_leaf, outline
from fedquery.plan.model import KeptBack, Leaf, Profile, Verdict
from fedquery.plan.partial import asked_for_existence, in_two_steps, once
from fedquery.plan.rules.context import relations
from fedquery.plan.travel import Claim, Columns, columns_of, identity, judge
from fedquery.plan.values import NOTHING_HIDDEN, RAW, Call, stored_as

#: Clauses of a set operation or of brackets that are not pushed with it.
_CLAUSES = ("with_", "order", "limit", "offset", "by_name", "side", "kind", "on")
NO_COLUMNS: Columns = MappingProxyType({})
#: Whether a SELECT, over these leaves, leaves far fewer rows than it reads.
Folds = Callable[[exp.Select, Mapping[str, Leaf]], bool]


def never(query: exp.Select, leaves: Mapping[str, Leaf]) -> bool:
    """Nothing is folded before it is joined."""
    return False


@dataclass(slots=True)
class Owned:
    """A query that one source can answer: what it claims of it, its columns, the calls to spell, and the leaves it reads."""

    source: str
    claims: tuple[Claim, ...]
    outputs: dict[str, Value]
    calls: dict[int, Call]
    leaves: tuple[Leaf, ...]

    @property
    def bare(self) -> bool:
        """Whether it holds what may raise, and so must stand beside nothing that is hidden."""
        return any(NOTHING_HIDDEN in claim.verdict.rule for claim in self.claims)


@dataclass(slots=True)
class Piece:
    """A sub-tree for one source, before policy is woven in.

    ``widened`` gives, for output columns that travel as decimal(38,0), the type that DuckDB has for them; under
    ``template`` is kept what pieces like it have brought.
    """

    id: str
    source: str
    body: exp.Query
    leaves: tuple[Leaf, ...]
    widened: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    calls: Mapping[int, Call] = field(default_factory=dict)
    kept_back: tuple[KeptBack, ...] = ()
    template: str = ""


class Cutter:
    """Cuts one tree; remembers, by leaf, what kept a query that reads it from its source."""

    def __init__(self, leaves: Mapping[str, Leaf], profiles: Mapping[str, Profile], folds: Folds) -> None:
        self._leaves, self._profiles, self._folds = leaves, profiles, folds
        self._refused: dict[str, list[KeptBack]] = {}
        self._seen: dict[int, tuple[exp.Expr, Owned | None]] = {}
        self.pieces: list[Piece] = []

    def cut(self, tree: exp.Query) -> exp.Query:
        """The residual, whose relations are the pieces' ids; the tree given is used up."""
        owned = self.owner(tree)
        if owned is not None:
            return self._take(tree, owned)
        if isinstance(tree, exp.Select):
            tree = self._parted(tree)
        self._ask_once(tree)
        self._visit(tree)
        return tree

    def owner(self, query: exp.Expr) -> Owned | None:
        """The one source that can answer the whole query exactly; None when it is the gateway's."""
        if id(query) not in self._seen:
            self._seen[id(query)] = (query, self._owner(query))  # kept, so that no other tree gets its id
        return self._seen[id(query)][1]

    def _visit(self, node: exp.Expr) -> None:
        for child in list(node.iter_expressions()):
            owned = self.owner(child) if isinstance(child, (exp.Select, exp.SetOperation)) else None
            if owned is not None:
                child.replace(self._take(child, owned))
                continue
            if isinstance(child, exp.Select) and (parted := self._parted(child)) is not child:
                child.replace(parted)
                child = parted
            self._ask_once(child)
            self._visit(child)

    def _parted(self, select: exp.Select) -> exp.Select:
        """The SELECT with what a source can answer of it in a query of its own; else as it is."""
        halved = self._halved(select)
        return halved if halved is not select else self._folded(select)

    def _halved(self, select: exp.Select) -> exp.Select:
        """The SELECT with its groups in a query of their own, where a source can answer that; else as it is."""
        for averages in (False, True):
            halves = halve(select, f"__a{len(self.pieces) + 1}", averages=averages)
            if halves is not None and self.owner(halves[1]) is not None:
                return halves[0]
        return select

    def _ask_once(self, query: exp.Expr) -> None:
        """Ask for each row once where only its existence matters, and that leaves far fewer rows."""
        for asked, alias in asked_for_existence(query):
            distinct = once(asked.copy(), alias)
            if self._folds_at_source(distinct) is not None:
                asked.replace(distinct)

    def _folds_at_source(self, query: exp.Select) -> Owned | None:
        """The one source that can do this grouping, where it leaves far fewer rows."""
        owned = self._owner(query)
        if owned is None or not self._folds(query, {leaf.id: leaf for leaf in owned.leaves}):
            return None
        self._seen[id(query)] = (query, owned)
        return owned

    def _folded(self, select: exp.Select) -> exp.Select:
        """The SELECT with one relation folded at its source, where that leaves far fewer rows; else as it is."""
        for whole, inner in in_two_steps(select):
            owned = self._folds_at_source(inner)
            sums = [p.alias for p in inner.expressions if p.find(exp.Sum)]
            if owned is not None and all(owned.outputs[name].exact for name in sums):
                return whole  # but for a sum of floats, which depends on the order of its rows
        return select

    def _take(self, query: exp.Expr, owned: Owned) -> exp.Select:
        assert isinstance(query, exp.Query)
        embedded = self._profiles[owned.source].capabilities.embedded
        piece = Piece(
            id=f"__f{len(self.pieces) + 1}",
            source=owned.source,
            body=query,
            leaves=owned.leaves,
            widened={name: value.type.name for name, value in owned.outputs.items() if widened(value, embedded)},
            claims=owned.claims,
            calls=owned.calls,
            kept_back=tuple(kept for leaf in owned.leaves for kept in self._refused.get(leaf.id, ())),
        )
        self.pieces.append(piece)
        return _reads(piece)

    def _owner(self, query: exp.Expr, outer: Columns = NO_COLUMNS, whole: bool = True) -> Owned | None:
        """``outer`` are the columns that a sub-query can see around it; ``whole``: nothing around it is hidden."""
        while isinstance(query, exp.Subquery) and not any(query.args.get(key) for key in _CLAUSES):
            query = query.this
        leaf = isolated_leaf(query, self._leaves)
        if leaf is not None:
            return self._leaf_owner(query, leaf)
        if isinstance(query, exp.SetOperation):
            return self._set_owner(query)
        if not isinstance(query, exp.Select):
            return None
        inside: list[Owned] = []
        columns = dict(outer)
        for alias, relation, _ in relations(query):
            owned = self.owner(relation.this) if isinstance(relation, exp.Subquery) else None
            if owned is None:
                return None
            inside.append(owned)
            columns[alias] = owned.outputs
        source = _one_source(inside)
        if source is None or not self._profiles[source].push:
            return None
        leaves = tuple(self._leaves[table.name] for table in query.find_all(exp.Table) if table.name in self._leaves)
        if (query.args.get("limit") or query.args.get("order")) and any(leaf.decision.entry.hide_order for leaf in leaves):
            return None  # which rows come first, and how equal ones follow, would tell the source's own order
        whole = whole and all(identity(leaf, _named(query, leaf)) for leaf in leaves)
        nested: dict[int, Owned] = {}

        def query_of(inner: exp.Expr) -> Mapping[str, Value] | None:
            owned = self._owner(inner, columns, whole)
            if owned is None or owned.source != source:
                return None
            nested[id(inner)] = owned
            return owned.outputs

        judgement = judge(query, columns, self._profiles[source].capabilities, whole=whole, query_of=query_of)
        if not judgement.travels:
            self._refuse(judgement.claims, leaves)
            return None
        if any(value.type == RAW for value in judgement.outputs.values()):
            return None  # a mask stands directly around its leaf
        inside += nested.values()
        if not whole and any(owned.bare for owned in inside):
            return None
        return _together(source, inside, judgement.claims, judgement.outputs, judgement.calls)

    def _set_owner(self, query: exp.SetOperation) -> Owned | None:
        """A set operation of queries of one source, whose columns have the same types on both sides."""
        sides = [self.owner(side) for side in (query.left, query.right)]
        if None in sides or any(query.args.get(key) for key in _CLAUSES):
            return None
        both = [side for side in sides if side is not None]
        source = _one_source(both)
        if source is None or not self._profiles[source].push:
            return None
        name = query.key if query.args.get("distinct") else f"{query.key} all"
        capabilities = self._profiles[source].capabilities
        outputs = {}
        for (column, one), other in zip(both[0].outputs.items(), both[1].outputs.values(), strict=True):
            if one.type == RAW or one.type != other.type:
                return None
            if query.args.get("distinct") and not capabilities.compares(stored_as(one), "group"):
                return None
            outputs[column] = dataclasses.replace(
                one,
                low=min(one.low, other.low),
                high=max(one.high, other.high),
                raises=one.raises or other.raises,
                literal=False,
                computed=one.computed or other.computed,
            )
        whole = all(identity(leaf, _named(query, leaf)) for side in both for leaf in side.leaves)
        if name not in capabilities.sets or (not whole and any(side.bare for side in both)):
            return None
        return _together(source, both, [Claim(name, exp.Var(this=name), Verdict("exact", name))], outputs, {})

    def _leaf_owner(self, query: exp.Expr, leaf: Leaf) -> Owned:
        select = query.this if isinstance(query, exp.Subquery) else query
        assert isinstance(select, exp.Select)
        capabilities = self._profiles[leaf.decision.source].capabilities
        judgement = judge(select, {leaf.id: columns_of(leaf)}, capabilities, whole=False)
        if not judgement.travels:
            raise InvariantBroken(f"{leaf.id} was given what its source may not be asked")
        return Owned(leaf.decision.source, tuple(judgement.claims), judgement.outputs, judgement.calls, (leaf,))

    def _refuse(self, claims: list[Claim], leaves: tuple[Leaf, ...]) -> None:
        """Say of the first leaf why the query stays; what is no obstacle itself is not named."""
        for claim in claims:
            if claim.verdict.kind == "none":
                kept = KeptBack(outline(claim.node.unalias()).sql("duckdb"), claim.verdict.rule)
                if kept not in (listed := self._refused.setdefault(leaves[0].id, [])):
                    listed.append(kept)


def cut(
    tree: exp.Query, leaves: Mapping[str, Leaf], profiles: Mapping[str, Profile], folds: Folds = never
) -> tuple[exp.Query, tuple[Piece, ...]]:
    """The residual, whose relations are the pieces' ids, and the pieces; the tree given is used up.

    ``folds`` says of a SELECT that groups whether that leaves far fewer rows than it reads.
    """
    cutter = Cutter(leaves, profiles, folds)
    names = tree.named_selects
    _name(tree, _distinct(names))
    residual = cutter.cut(tree)
    _name(residual, names)
    return residual, tuple(cutter.pieces)


def _distinct(names: list[str]) -> list[str]:
    """The names, with others for those that come again; ORDER BY means the last. A relation's names have no case."""
    folded = [name.casefold() for name in names]
    return [f"__c{n}" if folded[n] in folded[n + 1 :] else name for n, name in enumerate(names)]


def _name(query: exp.Query, names: list[str]) -> None:
    """Give the output columns these names; a set operation's are those of its first query."""
    for projection, name in zip(query.selects, names, strict=True):
        if projection.alias_or_name != name:
            projection.set("alias", exp.to_identifier(name, quoted=True))


def _one_source(inside: list[Owned]) -> str | None:
    sources = {owned.source for owned in inside}
    return sources.pop() if len(sources) == 1 else None


def _together(
    source: str, inside: list[Owned], claims: list[Claim], outputs: dict[str, Value], calls: Mapping[int, Call]
) -> Owned:
    return Owned(
        source,
        (*(claim for owned in inside for claim in owned.claims), *claims),
        outputs,
        {call: spelled for part in (*(owned.calls for owned in inside), calls) for call, spelled in part.items()},
        tuple(leaf for owned in inside for leaf in owned.leaves),
    )


def _named(query: exp.Expr, leaf: Leaf) -> set[str]:
    return {column.name for column in query.find_all(exp.Column) if column.table == leaf.id}


def widened(value: Value, embedded: bool) -> bool:
    """Whether a whole number arrives as a decimal: a sum, or one that its source computed in a type of its own."""
    return value.type == HUGEINT or (value.computed and value.type.name in INTEGERS and not embedded)


def _reads(piece: Piece) -> exp.Select:
    """``SELECT "a" AS "a" FROM "__f1"``: how the residual reads a piece; a hidden order is replaced by that of the values."""
    table = exp.to_identifier(piece.id, quoted=True)
    projections = []
    for name in piece.body.named_selects:
        column: exp.Expr = exp.column(exp.to_identifier(name, quoted=True), table=table.copy())
        if name in piece.widened:
            column = exp.cast(column, piece.widened[name], dialect="duckdb")
        projections.append(exp.alias_(column, name, quoted=True))
    reads = exp.select(*projections, copy=False).from_(exp.Table(this=table), copy=False)
    if any(leaf.decision.entry.hide_order for leaf in piece.leaves):
        reads.order_by(*(exp.Literal.number(n) for n in range(1, len(projections) + 1)), copy=False)
    return reads
