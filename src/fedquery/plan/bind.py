"""Names -> governed leaves: each table becomes the caller's slice of it, stars expand to it, every column is resolved.

What does not exist for the caller has one answer; what he may find but was not given has the reason.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from fedquery import sentences as say
from fedquery.arrow import field, sql_name
from fedquery.errors import InvariantBroken, Span, UnknownName, UnsupportedSql
from fedquery.names import ResourceName, is_identifier
from fedquery.plan import refusals
from fedquery.plan.constants import fit_constants, fold_constants
from fedquery.plan.forms import Uses, check_forms, output_columns
from fedquery.plan.functions import has_aggregate
from fedquery.plan.growth import check_growth
from fedquery.plan.leaves import columns_of, leaf_columns
from fedquery.plan.lookups import LookupRight, lookups_in, write_tokens
from fedquery.plan.marks import completeness
from fedquery.plan.model import Bound, Engine, Leaf, LeafColumn
from fedquery.plan.names_apart import name_apart
from fedquery.plan.parse import DIALECT, copied_without_places, forget_places, span, span_of
from fedquery.plan.printed import printed
from fedquery.plan.unknown import unknown_column, unresolved
from fedquery.plan.verify import answer_verify
from fedquery.policy.decide import ColumnDecision, Decision


def resources_of(tree: exp.Query, text: str) -> dict[ResourceName, Span | None]:
    """The directory names a statement reads, in name order, each with the first place where it is written.

    Raises UnknownName for a table that cannot be one.
    """
    found: dict[ResourceName, Span | None] = {}
    for table in _base_tables(tree):
        name, at = _resource_name(table), _place(table, text)
        if name is None:
            written = ".".join(part.name for part in table.parts)
            raise UnknownName(say.UNKNOWN_TABLE(name=written), hint=say.WRITE_DEPARTMENT(), span=at)
        before = found.get(name)
        found[name] = at if before is None or (at is not None and at.start < before.start) else before
    return dict(sorted(found.items()))


def bind(tree: exp.Query, text: str, decisions: Mapping[ResourceName, Decision], engine: Engine, right: LookupRight) -> Bound:
    """Resolve and check the statement against the caller's slices; the tree given is used up.

    Raises UnknownName, AmbiguousName, AccessDenied, TypeProblem, TooManyLookups, each with the span in the caller's text.
    """
    check_growth(tree, text)
    _strip_departments(tree)
    original = copied_without_places(tree)
    names = {identifier.name.lower() for identifier in tree.find_all(exp.Identifier)}
    tree = _qualify(fold_constants(tree, engine), decisions, text)
    leaves, owners = _open_leaves(tree, decisions, text)
    answer_verify(tree, leaves, owners, text)
    _name_groups(tree)
    scopes = traverse_scope(tree)
    natures, uses, kinds = check_forms(tree, scopes, leaves, text)
    lookups = write_tokens(tree, kinds, right, text)
    forget_places(tree)
    tree = fit_constants(tree, leaf_columns(scopes, leaves), engine)
    schema = engine.describe(_schemas(decisions, names), printed(_described(original), used_up=True))
    return Bound(
        text=text,
        tree=tree,
        leaves=leaves,
        columns=output_columns(schema.names, (sql_name(f.type) for f in schema), natures),
        schema=schema,
        marks=completeness(tree, leaves),
        uses=_by_resource(uses, decisions),
        lookups=lookups,
    )


def _by_resource(uses: Uses, decisions: Mapping[ResourceName, Decision]) -> dict[str, dict[str, tuple[str, ...]]]:
    """What is done with which columns of each resource named; a resource of which only rows count has none."""
    found: dict[str, dict[str, tuple[str, ...]]] = {str(name): {} for name in sorted(decisions)}
    for (resource, column), done in sorted(uses.items()):
        found[resource][column] = tuple(sorted(done))
    return found


def shown(column: ColumnDecision) -> bool:
    """Whether a star expands to the column: join-only and verify columns have to be named."""
    return column.form.kind not in ("join", "verify")


def _name_groups(tree: exp.Query) -> None:
    """``GROUP BY ALL`` -> the projections without aggregates, by name; the planner and the reader see what is grouped."""
    for group in tree.find_all(exp.Group):
        select = group.parent
        if not group.args.get("all") or not isinstance(select, exp.Select):
            continue
        keys = [p.unalias() for p in select.expressions]
        keys = [k for k in keys if not isinstance(k, exp.Literal) and not has_aggregate(k)]
        group.set("all", None)
        group.set("expressions", [key.copy() for key in keys])
        if not keys:
            group.pop()


def _base_tables(tree: exp.Query) -> list[exp.Table]:
    """Every table that is not a CTE, by lexical scope; a qualified name is never a CTE."""
    tables = {}
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table):
                tables[id(source)] = source
    return list(tables.values())


def _resource_name(table: exp.Table) -> ResourceName | None:
    if not table.db or table.catalog:
        return None
    department, name = table.db.lower(), table.name.lower()
    return ResourceName(department, name) if is_identifier(department) and is_identifier(name) else None


def _place(table: exp.Table, text: str) -> Span | None:
    """Where the table's name is written, without an alias."""
    first, last = span_of(table.parts[0], text), span_of(table.parts[-1], text)
    return span(text, first.start, last.end) if first and last else None


def _strip_departments(tree: exp.Query) -> None:
    """``psb.resident.person_id`` -> ``resident.person_id`` where the table is not renamed."""
    columns = [column for column in tree.find_all(exp.Column) if column.args.get("db")]
    named = {(table.db.lower(), table.name.lower()) for table in _base_tables(tree) if not table.alias} if columns else set()
    for column in columns:
        if (column.db.lower(), column.table.lower()) in named:
            column.set("db", None)


def _schemas(decisions: Mapping[ResourceName, Decision], used: set[str]) -> dict[str, pa.Schema]:
    """The slices as empty tables under directory names; what cannot be shown is there only when it is named."""
    return {
        str(name): pa.schema([field(c.name, c.type) for c in d.columns.values() if shown(c) or c.name in used])
        for name, d in decisions.items()
    }


def _described(tree: exp.Query) -> exp.Query:
    """The caller's statement over relations named as the directory names them, for DuckDB to bind over empty ones."""
    for lookup in lookups_in(tree):
        lookup.replace(lookup.expressions[0])
    for table in [table for table in tree.find_all(exp.Table) if table.db]:  # a name with a department is no CTE's
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
        table.set("this", exp.to_identifier(f"{table.db}.{table.name}".lower(), quoted=True))
        table.set("db", None)
    return tree


def _qualify(tree: exp.Query, decisions: Mapping[ResourceName, Decision], text: str) -> exp.Query:
    mapping: dict[str, object] = {}
    visible: dict[str, object] = {}
    for department in {name.department for name in decisions}:
        own = {name.name: decision for name, decision in decisions.items() if name.department == department}
        mapping[department] = {name: {c.name: c.type.sql for c in d.columns.values()} for name, d in own.items()}
        visible[department] = {name: [c.name for c in d.columns.values() if shown(c)] for name, d in own.items()}
    tree = normalize_identifiers(tree, dialect=DIALECT)
    schema = MappingSchema(mapping, visible=visible, dialect=DIALECT, normalize=False)
    try:
        tree = _resolved(tree, schema)
        while name_apart(tree):  # what stands around it can only be resolved now
            tree = _resolved(tree, schema)
    except OptimizeError as problem:
        raise unresolved(str(problem)) from None
    left = list(tree.find_all(exp.TableColumn, exp.Table, exp.Star))
    if whole := next((node for node in left if isinstance(node, exp.TableColumn)), None):
        raise UnknownName(say.UNKNOWN_COLUMN(name=whole.name), hint=say.NO_WHOLE_ROW(), span=span_of(whole, text))
    if any(node.alias_column_names for node in left if isinstance(node, exp.Table)):
        raise UnsupportedSql(refusals.RENAMED_TABLE(), hint=refusals.NAME_IN_SELECT())
    if any(isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count) for node in left):
        raise UnsupportedSql(say.NOTHING_IN_STAR(), hint=say.NAME_COLUMNS())
    return tree


def _resolved(tree: exp.Query, schema: MappingSchema) -> exp.Query:
    """Every name qualified as far as it can be; what stays open is answered by us, with reason and place."""
    return qualify(tree, schema=schema, dialect=DIALECT, validate_qualify_columns=False, allow_partial_qualification=True)


def _open_leaves(
    tree: exp.Query, decisions: Mapping[ResourceName, Decision], text: str
) -> tuple[dict[str, Leaf], dict[int, str]]:
    """Replace each base table by its leaf, and tell for each column which leaf it belongs to."""
    leaves: dict[str, Leaf] = {}
    tables: dict[int, Leaf] = {}
    scopes = list(traverse_scope(tree))
    for scope in scopes:
        for alias, source in scope.sources.items():
            if isinstance(source, exp.Table) and id(source) not in tables:
                name = _resource_name(source)
                if name is None:
                    raise InvariantBroken("a table without a resource passed the front door")
                decision = decisions[name]
                leaf = Leaf(
                    id=f"__s{len(leaves) + 1}",
                    alias=alias,
                    decision=decision,
                    columns=tuple(LeafColumn(c.name, c.type, c) for c in decision.columns.values()),
                )
                leaves[leaf.id] = tables[id(source)] = leaf
    owners = {}
    for scope in scopes:
        for column in scope.columns:
            owner = _resolve(column, scope, tables, text)
            if owner is not None:
                owners[id(column)] = owner.id
    for scope in scopes:
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and id(source) in tables:
                source.set("this", exp.to_identifier(tables[id(source)].id, quoted=True))
                source.set("db", None)
    return leaves, owners


def _resolve(column: exp.Column, scope: Scope, tables: Mapping[int, Leaf], text: str) -> Leaf | None:
    """The leaf a column belongs to; None for one of a sub-query or an output alias. Raises for one that is neither."""
    if column.args.get("db") or column.args.get("catalog"):
        raise unknown_column(column, scope, tables, text)
    if not column.table:
        if _is_output_alias(column, scope):
            return None
        raise unknown_column(column, scope, tables, text)
    looking: Scope | None = scope
    while looking is not None:
        source = looking.sources.get(column.table)
        if isinstance(source, exp.Table):
            leaf = tables[id(source)]
            if leaf.column(column.name) is None:
                raise unknown_column(column, scope, tables, text)
            return leaf
        if isinstance(source, Scope):
            if column.name not in columns_of(source):
                raise unknown_column(column, scope, tables, text)
            return None
        looking = looking.parent
    raise unknown_column(column, scope, tables, text)


def _is_output_alias(column: exp.Column, scope: Scope) -> bool:
    return (
        isinstance(scope.expression, exp.Query)
        and column.find_ancestor(exp.Order, exp.Select) is not None
        and isinstance(column.find_ancestor(exp.Order, exp.Select), exp.Order)
        and column.name in scope.expression.named_selects
    )
