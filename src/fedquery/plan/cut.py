"""The largest sub-trees with one owner become fragments; the remainder is the residual.

A query is owned by a source when everything in it reads that source and is something the source answers exactly. An
isolated leaf always is. Two sources, or one thing that may not travel, and it is the gateway's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from fedquery.arrow import INTEGERS, LogicalType
from fedquery.plan.functions import is_aggregate
from fedquery.plan.leaves import isolated_leaf
from fedquery.plan.model import Leaf, Profile
from fedquery.plan.rules.context import relations, types_in
from fedquery.plan.travel import TypeOf, aggregate_obstacle, having_obstacle, obstacle, value_obstacle
from fedquery.spi import Capabilities


@dataclass(slots=True)
class Piece:
    """A sub-tree for one source, before policy is woven in."""

    id: str
    source: str
    body: exp.Query
    leaves: tuple[Leaf, ...]
    widened: tuple[str, ...] = ()


def cut(tree: exp.Query, leaves: Mapping[str, Leaf], profiles: Mapping[str, Profile]) -> tuple[exp.Query, tuple[Piece, ...]]:
    """The residual, whose relations are the pieces' ids, and the pieces; the tree given is used up."""
    pieces: list[Piece] = []

    def take(query: exp.Query, source: str) -> exp.Select:
        inside = tuple(leaves[t.name] for t in query.find_all(exp.Table) if t.name in leaves)
        widened = _widened(query, leaves)
        piece = Piece(f"__f{len(pieces) + 1}", source, _without_filters(query), inside, widened)
        pieces.append(piece)
        return _reads(piece)

    def visit(node: exp.Expr) -> None:
        for child in list(node.iter_expressions()):
            owned = isinstance(child, (exp.Select, exp.SetOperation)) and owner(child, leaves, profiles)
            if owned and isinstance(child, exp.Select):
                child.replace(take(child.copy(), owned))
            else:
                visit(child)

    root = owner(tree, leaves, profiles)
    if root is not None:
        return take(tree, root), tuple(pieces)
    visit(tree)
    return tree, tuple(pieces)


def owner(query: exp.Expr, leaves: Mapping[str, Leaf], profiles: Mapping[str, Profile]) -> str | None:
    """The one source that can answer the whole query exactly; None when it is the gateway's."""
    leaf = isolated_leaf(query, leaves)
    if leaf is not None:
        return leaf.decision.source
    if not isinstance(query, exp.Select) or query.args.get("with_") or query.args.get("qualify"):
        return None
    placed = relations(query)
    inside: dict[str, Leaf] = {}
    types: dict[str, dict[str, LogicalType]] = {}
    sources = set()
    for alias, relation, _ in placed:
        if not isinstance(relation, exp.Subquery):
            return None
        source = owner(relation.this, leaves, profiles)
        if source is None:
            return None
        sources.add(source)
        own = isolated_leaf(relation, leaves)
        if own is not None:
            inside[alias] = own
        elif (columns := _column_types(relation.this, leaves)) is not None:
            types[alias] = columns
        else:
            return None
    if len(sources) != 1:
        return None
    (source,) = sources
    if not profiles[source].push:
        return None
    if (query.args.get("limit") or query.args.get("order")) and _hides_order(query, leaves):
        return None  # which rows come first, and how equal ones follow, would tell the source's own order
    plain = types_in(inside)

    def type_of(column: exp.Column) -> LogicalType | None:
        return types[column.table].get(column.name) if column.table in types else plain(column)

    capabilities = profiles[source].capabilities
    return source if _answers(query, placed, type_of, capabilities) else None


def _hides_order(query: exp.Expr, leaves: Mapping[str, Leaf]) -> bool:
    return any(leaves[t.name].decision.entry.hide_order for t in query.find_all(exp.Table) if t.name in leaves)


def _answers(
    query: exp.Select,
    placed: list[tuple[str, exp.Expr, exp.Join | None]],
    type_of: TypeOf,
    capabilities: Capabilities,
) -> bool:
    for _, _, join in placed:
        if join is not None and not _join_travels(join, type_of, capabilities):
            return False
    where = query.args.get("where")
    if where is not None and obstacle(where.this, type_of, capabilities):
        return False
    group = query.args.get("group")
    if group is not None:
        if any(group.args.get(key) for key in ("all", "cube", "rollup", "grouping_sets", "totals")):
            return False
        if any(_ungroupable(key, type_of, capabilities) for key in group.expressions):
            return False
    for projection in query.expressions:
        value = projection.unalias()
        if not isinstance(projection, exp.Alias) or value.find(exp.Query, exp.Window):
            return False
        plain = any(is_aggregate(n) for n in value.walk())
        if (aggregate_obstacle if plain else value_obstacle)(value, type_of, capabilities):
            return False
        if query.args.get("distinct") and (plain or _ungroupable(value, type_of, capabilities)):
            return False
    distinct = query.args.get("distinct")
    if distinct is not None and distinct.args.get("on"):
        return False
    having = query.args.get("having")
    if having is not None and having_obstacle(having.this, type_of, capabilities):
        return False
    return _order_travels(query, type_of, capabilities)


def _join_travels(join: exp.Join, type_of: TypeOf, capabilities: Capabilities) -> bool:
    kind = "left" if join.side == "LEFT" else {"": "inner", "INNER": "inner", "SEMI": "semi", "ANTI": "anti"}.get(join.kind, "")
    on = join.args.get("on")
    if join.side in ("RIGHT", "FULL") or kind not in capabilities.joins or on is None:
        return False
    return obstacle(on, type_of, capabilities) is None


def _ungroupable(key: exp.Expr, type_of: TypeOf, capabilities: Capabilities) -> bool:
    if isinstance(key, exp.Column):
        type = type_of(key)
        return type is None or not capabilities.compares(type.name, "group")
    return not capabilities.embedded or value_obstacle(key, type_of, capabilities) is not None


def _order_travels(query: exp.Select, type_of: TypeOf, capabilities: Capabilities) -> bool:
    limit, offset, order = (query.args.get(key) for key in ("limit", "offset", "order"))
    for part in (limit, offset):
        if part is not None and not (isinstance(part.expression, exp.Literal) and part.expression.is_int):
            return False
    if limit is not None and not (capabilities.order_limit if order else capabilities.limit):
        return False
    if offset is not None and limit is None:
        return False
    if order is None:
        return True
    outputs = {p.alias_or_name: p.unalias() for p in query.expressions}
    for ordered in order.expressions:
        key = ordered.this
        if isinstance(key, exp.Column) and not key.table:
            key = outputs.get(key.name)
        if isinstance(key, exp.Column):
            type = type_of(key)
        elif isinstance(key, exp.Count):
            type = LogicalType("bigint")
        else:
            return False
        if type is None or not capabilities.order_limit or not capabilities.compares(type.name, "order"):
            return False
    return True


def _column_types(query: exp.Expr, leaves: Mapping[str, Leaf]) -> dict[str, LogicalType] | None:
    """Types of an owned derived table's columns; None when one is more than a plain column or a count."""
    assert isinstance(query, exp.Select)
    inside = {}
    for alias, relation, _ in relations(query):
        leaf = isolated_leaf(relation, leaves)
        if leaf is None:
            return None
        inside[alias] = leaf
    plain = types_in(inside)
    types = {}
    for projection in query.expressions:
        value = projection.unalias()
        if isinstance(value, (exp.Min, exp.Max)):
            value = value.this
        type = (
            LogicalType("bigint") if isinstance(value, exp.Count) else plain(value) if isinstance(value, exp.Column) else None
        )
        if type is None:
            return None
        types[projection.alias_or_name] = type
    return types


def _without_filters(query: exp.Query) -> exp.Query:
    """``count(*) FILTER (WHERE c)`` -> ``count(CASE WHEN c THEN 1 END)``: not every source knows FILTER."""
    for node in list(query.find_all(exp.Filter)):
        aggregate = node.this
        value = exp.Literal.number(1) if isinstance(aggregate.this, exp.Star) else aggregate.this
        if isinstance(value, exp.Distinct):
            (only,) = value.expressions
            value.set("expressions", [exp.case().when(node.expression.this, only.copy())])
        else:
            aggregate.set("this", exp.case().when(node.expression.this, value.copy()))
        node.replace(aggregate)
    return query


def _widened(query: exp.Query, leaves: Mapping[str, Leaf]) -> tuple[str, ...]:
    """Output columns that are HUGEINT in DuckDB and travel as decimal(38,0): sums of whole numbers."""
    found = []
    for projection in query.selects:
        value = projection.unalias()
        total = value.find(exp.Sum) if isinstance(value, (exp.Sum, exp.Filter)) else None
        if total is None or not isinstance(total.this, exp.Column):
            continue
        for table in query.find_all(exp.Table):
            leaf = leaves.get(table.name)
            column = leaf.column(total.this.name.rsplit(".", 1)[-1]) if leaf else None
            if column is not None and column.type.name in INTEGERS:
                found.append(projection.alias_or_name)
                break
    return tuple(found)


def _reads(piece: Piece) -> exp.Select:
    """``SELECT "a" AS "a" FROM "__f1"``: how the residual reads a piece; a hidden order is replaced by that of the values."""
    table = exp.to_identifier(piece.id, quoted=True)
    projections = []
    for name in piece.body.named_selects:
        column: exp.Expr = exp.column(exp.to_identifier(name, quoted=True), table=table.copy())
        if name in piece.widened:
            column = exp.cast(column, "hugeint", dialect="duckdb")
        projections.append(exp.alias_(column, name, quoted=True))
    reads = exp.select(*projections, copy=False).from_(exp.Table(this=table), copy=False)
    if any(leaf.decision.entry.hide_order for leaf in piece.leaves):
        reads.order_by(*(exp.Literal.number(n) for n in range(1, len(projections) + 1)), copy=False)
    return reads
