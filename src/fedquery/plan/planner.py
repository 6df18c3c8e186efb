"""A bound statement -> the finished plan: rules, cut, policy woven in, everything checked once more."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa
import sqlglot
from sqlglot import exp

from fedquery.arrow import LogicalType, field
from fedquery.errors import InvariantBroken
from fedquery.plan.calculus import NULL
from fedquery.plan.cost import Costs
from fedquery.plan.cut import Piece, cut
from fedquery.plan.estimates import NOTHING, Estimates
from fedquery.plan.govern import govern
from fedquery.plan.leaves import isolated_leaf
from fedquery.plan.lineage import passed_on
from fedquery.plan.masking import TokenKeys, masked_where_it_can
from fedquery.plan.model import Bound, Engine, Fragment, KeptBack, LeafColumn, Plan, Profile
from fedquery.plan.optimize import optimize
from fedquery.plan.parse import DIALECT
from fedquery.plan.plain import plain
from fedquery.plan.printed import printed
from fedquery.plan.reuse import reuse
from fedquery.plan.rules.context import Context
from fedquery.plan.share import share
from fedquery.plan.ship import ship
from fedquery.plan.stage import stage
from fedquery.plan.template import template_of
from fedquery.plan.values import RAW, UNKNOWN

#: How computed whole numbers travel, whatever exact type their source has for them.
_WIDE = LogicalType("decimal", 38, 0)


def make_plan(
    bound: Bound,
    profiles: Mapping[str, Profile],
    keys: TokenKeys,
    engine: Engine,
    *,
    grant: str,
    purpose: str,
    catalog_version: str,
    estimates: Estimates = NOTHING,
) -> Plan:
    """The plan for a checked statement.

    Raises UnsupportedByConnector for a mask that nobody may apply, InvariantBroken when any check of the result fails.
    """
    marked = {id: masked_where_it_can(leaf, profiles[leaf.decision.source].capabilities) for id, leaf in bound.leaves.items()}
    bound = dataclasses.replace(bound, leaves=marked)
    tree, context = optimize(bound, profiles)
    read = {table.name for table in tree.find_all(exp.Table)} & set(bound.leaves)
    costs = Costs(estimates, bound.uses)
    residual, pieces = cut(tree, context.leaves, profiles, costs.folds)
    for piece in pieces:
        piece.text = printed(piece.body)
        piece.template = template_of(piece)
    expected = {piece.id: costs.rows(piece) for piece in pieces}
    shipments = ship(residual, pieces, profiles, costs, expected)
    asked = pieces
    pieces, shipments = share(residual, asked, shipments)
    pieces, shipments = reuse(residual, pieces, shipments, expected, profiles)
    residual = plain(stage(residual))
    tables, ctes = list(residual.find_all(exp.Table)), list(residual.find_all(exp.CTE))
    repeated = _repeated(tables, ctes)
    text = printed(residual, used_up=True)
    _check(tables, ctes, text, asked, read)
    statements = Counter(piece.source for piece in pieces)
    fragments = tuple(
        govern(
            piece,
            profiles[piece.source] if statements[piece.source] == 1 else profiles[piece.source].without_scratch(),
            _schema(piece, engine),
            keys,
            _kept_back(piece, context),
            repeated=piece.id in repeated,
            expected=expected[piece.id],
        )
        for piece in pieces
    )
    handed_on = _handed_on(residual, fragments, bound.schema.types)
    if not handed_on:  # else the fragment's own schema was compared
        _check_types(engine, fragments_schemas={f.id: f.schema for f in fragments}, text=text, bound=bound)
    digests = sorted(leaf.decision.digest for leaf in bound.leaves.values())
    return Plan(
        sql=bound.text,
        grant=grant,
        purpose=purpose,
        catalog_version=catalog_version,
        policy_digest=hashlib.sha256("\n".join(digests).encode()).hexdigest(),
        fragments=fragments,
        residual=text,
        columns=bound.columns,
        marks=bound.marks,
        uses=bound.uses,
        shipments=shipments,
        lookups=bound.lookups,
        passed_on=handed_on,
    )


def _schema(piece: Piece, engine: Engine) -> pa.Schema:
    """What DuckDB would return for the piece: the promise that the source has to keep."""
    names = piece.body.named_selects
    known = [field(name, type) for name in names if (type := _type(piece, name)) is not None]
    if len(known) == len(names):
        return pa.schema(known)
    tables = {leaf.id: pa.schema([field(c.name, c.type) for c in leaf.columns]) for leaf in piece.leaves}
    described = engine.describe(tables, piece.text)
    return pa.schema([field(f.name, _WIDE) if f.name in piece.widened else _in_utc(f) for f in described])


def _type(piece: Piece, name: str) -> LogicalType | None:
    """The type in which an output column travels, as the piece was judged; None where only DuckDB knows it."""
    if name in piece.widened:
        return _WIDE
    value = piece.outputs.get(name)
    if value is not None and value.type not in (RAW, UNKNOWN, NULL):
        return value.type
    column = _passed_on(piece, name)
    return column.type if column is not None else None


def _kept_back(piece: Piece, context: Context) -> tuple[KeptBack, ...]:
    """What is not asked of the source, each once: conditions of its leaves, and parts of queries over all of it."""
    kept = {k.text: k for k in piece.kept_back}
    kept.update((k.text, k) for leaf in piece.leaves for k in context.kept_back.get(leaf.id, ()))
    return tuple(kept.values())


def _passed_on(piece: Piece, name: str) -> LeafColumn | None:
    """The leaf's column that the piece passes on as ``name``; None where it is more."""
    origin = passed_on(piece.body, name)
    leaf = next((leaf for leaf in piece.leaves if origin is not None and leaf.id == origin.relation), None)
    return leaf.column(origin.column) if leaf is not None and origin is not None else None


def _in_utc(promised: pa.Field) -> pa.Field:
    """Sources give moments in UTC, whatever zone DuckDB shows them in."""
    zoned = pa.types.is_timestamp(promised.type) and promised.type.tz
    return promised.with_type(LogicalType("timestamptz").arrow) if zoned else promised


def _handed_on(
    residual: exp.Query, fragments: tuple[Fragment, ...], types: Sequence[pa.DataType]
) -> tuple[tuple[str, pa.DataType], ...]:
    """The fragment's columns that make the answer, where the residual leaves nothing to do but to hand them on."""
    if len(fragments) != 1 or fragments[0].projection != "*" or not isinstance(residual, exp.Select):
        return ()
    if any(value for name, value in residual.args.items() if name not in ("expressions", "from_")):
        return ()
    columns = [projection.unalias() for projection in residual.expressions]
    source = residual.args.get("from_")  # a SELECT of a sub-query alone has none
    if source is None or not isinstance(source.this, exp.Table) or not all(isinstance(c, exp.Column) for c in columns):
        return ()
    handed = tuple((column.name, type) for column, type in zip(columns, types, strict=True))
    return handed if all(_in_utc(pa.field(n, t)).type == fragments[0].schema.field(n).type for n, t in handed) else ()


def _repeated(tables: Sequence[exp.Table], ctes: Sequence[exp.CTE]) -> frozenset[str]:
    """Fragments that the residual may scan more than once: named twice, or below a CTE with several readers."""
    named = Counter(table.name for table in tables)
    found: set[str] = set()
    more = {name for name, times in named.items() if times > 1}
    while more - found:
        found |= more
        more = {table.name for cte in ctes if cte.alias in found for table in cte.find_all(exp.Table)}
    return frozenset(found)


def _check(
    tables: Sequence[exp.Table], ctes: Sequence[exp.CTE], text: str, pieces: tuple[Piece, ...], read: Collection[str]
) -> None:
    """Every leaf that is still read is in one fragment; the residual reads fragments and its own CTEs, and prints as it is."""
    placed = sorted(leaf.id for piece in pieces for leaf in piece.leaves)
    if placed != sorted(read):
        raise InvariantBroken(f"leaves {sorted(read)} were placed as {placed}")
    for piece in pieces:
        if not any(column.raw for leaf in piece.leaves for column in leaf.columns):
            continue
        unmasked = [name for name in piece.body.named_selects if (column := _passed_on(piece, name)) and column.raw]
        if unmasked and isolated_leaf(piece.body, {leaf.id: leaf for leaf in piece.leaves}) is None:
            raise InvariantBroken(f"the fragment {piece.id} does more than hand over {unmasked}")
    known = {piece.id for piece in pieces} | {cte.alias for cte in ctes}
    for table in tables:
        if table.db or table.name not in known:
            raise InvariantBroken(f"the residual reads {printed(table)}")
    if printed(sqlglot.parse_one(text, read=DIALECT), used_up=True) != text:
        raise InvariantBroken("the residual does not read as it was printed")


def _check_types(engine: Engine, fragments_schemas: Mapping[str, pa.Schema], text: str, bound: Bound) -> None:
    """The plan returns what the statement returns over the caller's slices."""
    types = engine.describe(fragments_schemas, text).types
    if types != bound.schema.types:
        raise InvariantBroken(f"the plan returns {types}, the statement {bound.schema.types}")
