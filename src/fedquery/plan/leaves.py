"""Finding leaves in a tree: which leaf column each column node means, by scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from fedquery.plan.model import Leaf, LeafColumn

#: The column of a leaf of which only the rows count.
ROW = "__row"
#: The key of a condition's ``meta`` that names its leaf and the superset of it that the leaf holds.
SLOT = "slot"


def noted(node: exp.Expr, key: str) -> str | None:
    """What ``meta`` says under a key. To ask ``meta`` itself gives the node an empty one, which every copy copies."""
    return node._meta.get(key) if node._meta else None


def slot_mark(leaf: str, slot: object) -> str:
    """What ``meta`` says of a superset: a text, for a tree is copied with every value in ``meta``."""
    return f"{leaf} {slot!r}"


def leaf_columns(scopes: Iterable[Scope], leaves: Mapping[str, Leaf]) -> dict[int, LeafColumn]:
    """For each Column node (by id) that means a column of a leaf, that column; isolated leaves are seen through."""
    found: dict[int, LeafColumn] = {}
    for scope in scopes:
        for column in scope.columns:
            looking: Scope | None = scope
            while looking is not None and column.table not in looking.sources:
                looking = looking.parent
            if looking is None:
                continue
            leaf = leaf_of(looking.sources[column.table], leaves)
            meant = leaf.column(column.name) if leaf else None
            if meant is not None:
                found[id(column)] = meant
    return found


def leaf_of(source: exp.Expr | Scope, leaves: Mapping[str, Leaf]) -> Leaf | None:
    """The leaf that a relation is: bare, or isolated in a sub-query of its own."""
    if isinstance(source, Scope):
        return isolated_leaf(source.expression, leaves)
    return leaves.get(source.name) if isinstance(source, exp.Table) and not source.db else None


def isolated_leaf(query: exp.Expr, leaves: Mapping[str, Leaf]) -> Leaf | None:
    """The leaf whose columns ``query`` passes on unchanged and under their names; None when it does more."""
    if isinstance(query, exp.Subquery):
        query = query.this
    if not isinstance(query, exp.Select) or query.args.get("joins") or query.args.get("group"):
        return None
    source = query.args.get("from_")
    table = source.this if source else None
    if not isinstance(table, exp.Table) or table.name not in leaves:
        return None
    for projection in query.expressions:
        own = isinstance(projection.unalias(), exp.Column) and projection.alias_or_name == projection.unalias().name
        if not own and projection.alias_or_name != ROW:
            return None
    return leaves[table.name]


def is_slice(query: exp.Query, leaves: Mapping[str, Leaf]) -> bool:
    """Whether the query passes on rows of one leaf, each for itself: whichever columns it names, they are the same rows."""
    chosen = any(query.args.get(key) for key in ("limit", "offset", "order", "distinct"))
    return not chosen and isolated_leaf(query, leaves) is not None


def columns_of(scope: Scope) -> list[str]:
    """The column names that a derived table or CTE offers, renamed ones (``AS t(a, b)``) first."""
    query = scope.expression
    assert isinstance(query, exp.Query)
    alias = query.parent.args.get("alias") if query.parent is not None else None
    renamed = [column.name for column in alias.columns] if isinstance(alias, exp.TableAlias) else []
    return renamed + list(query.named_selects[len(renamed) :])


def outline(node: exp.Expr) -> exp.Expr:
    """A copy for people, in which every sub-query is ``…``."""
    copy = exp.Paren(this=node.copy())
    while (query := copy.find(exp.Select, exp.SetOperation)) is not None:
        query.replace(exp.Var(this="…"))
    return copy.this  # type: ignore[no-any-return]


def conjuncts(condition: exp.Expr | None) -> list[exp.Expr]:
    """The AND-ed parts, brackets removed."""
    if condition is None:
        return []
    while isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.And):
        return [*conjuncts(condition.this), *conjuncts(condition.expression)]
    return [condition]
