"""What every rule is given, and what it may record: slots for leaves, and reasons for what stays."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlglot import exp

from fedquery.plan import reasons
from fedquery.plan.calculus import Value
from fedquery.plan.leaves import isolated_leaf
from fedquery.plan.model import KeptBack, Leaf, Profile
from fedquery.plan.printed import printed
from fedquery.plan.values import Place, handed_over
from fedquery.predicates import Compare, In, IsNull


@dataclass(slots=True)
class Context:
    """The leaves (by id), the profiles (by source), and what was kept back (by leaf id). Lives for one planning."""

    leaves: dict[str, Leaf]
    profiles: Mapping[str, Profile]
    kept_back: dict[str, list[KeptBack]] = field(default_factory=dict)

    def profile(self, leaf: Leaf) -> Profile:
        return self.profiles[leaf.decision.source]

    def place(self, leaves: Mapping[str, Leaf]) -> Place:
        """Where the columns of these leaves, by alias, meet at their one source; what can raise does not travel there."""

        def value_of(column: exp.Column) -> Value | None:
            leaf = leaves.get(column.table)
            meant = leaf.column(column.name) if leaf is not None else None
            return handed_over(meant) if meant is not None else None

        (*_, leaf) = leaves.values()
        return Place(value_of, self.profile(leaf).capabilities)

    def add_slot(self, leaf_id: str, slot: Compare | In | IsNull) -> None:
        leaf = self.leaves[leaf_id]
        self.leaves[leaf_id] = dataclasses.replace(leaf, slots=(*leaf.slots, slot))

    def keep_back(self, leaf: Leaf, node: exp.Expr, reason: str) -> None:
        if not self.profile(leaf).push:
            reason = reasons.SWITCHED_OFF()
        self.kept_back.setdefault(leaf.id, []).append(KeptBack(printed(node), reason))


#: Relations of a FROM, in order: alias, relation, and its join, which the first has not.
Placed = list[tuple[str, exp.Expr, exp.Join | None]]


class Rule(Protocol):
    """``rule(tree, context) -> tree``; it may change the tree in place."""

    __name__: str

    def __call__(self, tree: exp.Query, context: Context) -> exp.Query: ...


def relations(select: exp.Select) -> Placed:
    """The relations of a SELECT."""
    source = select.args.get("from_")
    if source is None:
        return []
    joins = select.args.get("joins") or []
    return [(source.this.alias_or_name, source.this, None), *((j.this.alias_or_name, j.this, j) for j in joins)]


def clauses(query: exp.Expr) -> set[str]:
    """The names of what a query has: columns, relations, conditions, and so on."""
    return {key for key, value in query.args.items() if value}


def computed_columns(select: exp.Select) -> list[exp.Expr]:
    """The projections that are more than a column passed on: an aggregate or a window stands in these alone."""
    return [projection for projection in select.expressions if not isinstance(projection.unalias(), exp.Column)]


def is_comma(join: exp.Join) -> bool:
    """Whether it is the comma of ``FROM a, b``, which binds weaker than every join."""
    return not any(join.args.get(key) for key in ("kind", "side", "on", "using", "method"))


def padded(select: exp.Select) -> set[str]:
    """Aliases whose rows an outer join of this SELECT may fill with NULLs."""
    found: set[str] = set()
    seen: list[str] = []
    for alias, _, join in relations(select):
        side = join.side if join is not None else ""
        if side in ("LEFT", "FULL"):
            found.add(alias)
        if side in ("RIGHT", "FULL"):
            found.update(seen)
        seen.append(alias)
    return found


def isolated(relation: exp.Expr, context: Context) -> Leaf | None:
    """The leaf that a relation isolates, unless it already limits or orders its rows."""
    if not isinstance(relation, exp.Subquery) or relation.this.args.get("limit"):
        return None
    return isolated_leaf(relation, context.leaves)


def aliases_of(node: exp.Expr) -> set[str]:
    """The relations that a condition's columns name."""
    return {column.table for column in node.find_all(exp.Column)}


def meets_key(conditions: Iterable[exp.Expr], alias: str, leaf: Leaf) -> bool:
    """Whether a join on ``conditions`` meets a declared key of the joined side, so that each row finds at most one partner."""
    met = set()
    for part in conditions:
        if isinstance(part, exp.EQ):
            met |= {side.name for side in (part.this, part.expression) if isinstance(side, exp.Column) and side.table == alias}
    columns = {c.name: c for c in leaf.columns if c.rule is None and c.decision.form.kind in ("clear", "token", "join")}
    keys = {name for name, column in leaf.decision.entry.columns.items() if column.key}
    unique = any(columns[name].decision.entry.unique for name in met if name in columns)
    return unique or bool(keys and keys <= met & set(columns))


def named_column(name: str, relation: str) -> exp.Column:
    """``"relation"."name"``."""
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(relation, quoted=True))


def output_column(value: exp.Expr, name: str) -> exp.Alias:
    """``value AS "name"``; the value itself, not a copy of it."""
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))


def set_where(select: exp.Select, parts: list[exp.Expr]) -> None:
    """Make the AND of ``parts`` the WHERE of ``select``; no WHERE when there are none."""
    select.set("where", exp.Where(this=exp.and_(*parts, copy=False)) if parts else None)
