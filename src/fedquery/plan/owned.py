"""Which source owns a query: can answer all of it exactly, its sub-queries and set operations included.

What can raise stands beside nothing that is hidden, anywhere in what one source is asked at once.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlglot import exp

from fedquery.errors import InvariantBroken
from fedquery.plan.calculus import Value
from fedquery.plan.leaves import isolated_leaf, outline
from fedquery.plan.model import KeptBack, Leaf, Profile, Verdict
from fedquery.plan.printed import printed
from fedquery.plan.rules.context import relations
from fedquery.plan.travel import Claim, Columns, columns_of, identity, judge
from fedquery.plan.values import NOTHING_HIDDEN, RAW, Call, stored_as

#: Clauses of a set operation or of brackets that are not pushed with it.
_CLAUSES = ("with_", "order", "limit", "offset", "by_name", "side", "kind", "on")
#: Bytes of a name, and the last character in one.
_LONGEST, _LAST = 63, 0xFFFF
NO_COLUMNS: Columns = MappingProxyType({})


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


class Owners:
    """Tells the owners of the queries of one tree; remembers, by leaf, what kept a query that reads it from its source."""

    def __init__(self, leaves: Mapping[str, Leaf], profiles: Mapping[str, Profile]) -> None:
        self._leaves, self._profiles = leaves, profiles
        self._columns: dict[str, Columns] = {}
        self._seen: dict[int, tuple[exp.Expr, Owned | None]] = {}
        self.refused: dict[str, list[KeptBack]] = {}

    def owner(self, query: exp.Expr) -> Owned | None:
        """The one source that can answer the whole query exactly; None when it is the gateway's."""
        if id(query) not in self._seen:
            self._seen[id(query)] = (query, self._owner(query))  # kept, so that no other tree gets its id
        return self._seen[id(query)][1]

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
        names = (*query.named_selects, *(alias for alias, _, _ in relations(query)))
        if not (self._profiles[source].capabilities.embedded or all(map(_nameable, names))):
            return None
        leaves, hides = self._read(query)
        if (query.args.get("limit") or query.args.get("order")) and any(leaf.decision.entry.hide_order for leaf in leaves):
            return None  # which rows come first, and how equal ones follow, would tell the source's own order
        whole = whole and not hides
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
        if name not in capabilities.sets or (any(side.bare for side in both) and self._read(query)[1]):
            return None
        return _together(source, both, [Claim(name, exp.Var(this=name), Verdict("exact", name))], outputs, {})

    def _leaf_owner(self, query: exp.Expr, leaf: Leaf) -> Owned:
        select = query.this if isinstance(query, exp.Subquery) else query
        assert isinstance(select, exp.Select)
        capabilities = self._profiles[leaf.decision.source].capabilities
        if leaf.id not in self._columns:
            self._columns[leaf.id] = {leaf.id: columns_of(leaf)}
        judgement = judge(select, self._columns[leaf.id], capabilities, whole=False)
        if not judgement.travels:
            raise InvariantBroken(f"{leaf.id} was given what its source may not be asked")
        return Owned(leaf.decision.source, tuple(judgement.claims), judgement.outputs, judgement.calls, (leaf,))

    def _read(self, query: exp.Expr) -> tuple[tuple[Leaf, ...], bool]:
        """The leaves that the query reads, and whether their slices hide anything, as far as it names their columns."""
        leaves: list[Leaf] = []
        named: dict[str, set[str]] = defaultdict(set)
        for node in query.find_all(exp.Table, exp.Column):
            if isinstance(node, exp.Column):
                named[node.table].add(node.name)
            elif node.name in self._leaves:
                leaves.append(self._leaves[node.name])
        return tuple(leaves), not all(identity(leaf, named[leaf.id]) for leaf in leaves)

    def _refuse(self, claims: list[Claim], leaves: tuple[Leaf, ...]) -> None:
        """Say of the first leaf why the query stays; what is no obstacle itself is not named."""
        for claim in claims:
            if claim.verdict.kind == "none":
                kept = KeptBack(printed(outline(claim.node.unalias()), used_up=True), claim.verdict.rule)
                if kept not in (listed := self.refused.setdefault(leaves[0].id, [])):
                    listed.append(kept)


def _nameable(name: str) -> bool:
    """Whether every server takes the name: PostgreSQL cuts longer ones, MariaDB has none beyond the basic plane."""
    return len(name.encode()) <= _LONGEST and all(ord(character) <= _LAST for character in name)


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
