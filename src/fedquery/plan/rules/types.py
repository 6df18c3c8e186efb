"""Types of expressions and of queries' columns as DuckDB has them, where they can be told without asking it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from fedquery.arrow import LogicalType
from fedquery.plan.constants import constant_type, named_type
from fedquery.plan.functions import COMPARISONS
from fedquery.plan.leaves import isolated_leaf
from fedquery.plan.model import Leaf
from fedquery.plan.rules.context import relations

#: The type of a column node; None where it is not known.
TypeOf = Callable[[exp.Column], LogicalType | None]
#: Types by the names of a query's columns; a column of unknown type is not there.
Types = Mapping[str, LogicalType]

_BOOLEAN, _TEXT, _WHOLE = LogicalType("boolean"), LogicalType("varchar"), LogicalType("bigint")
_CONDITIONS: tuple[type[exp.Expr], ...] = (
    exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Exists, exp.Like, exp.ILike,
    exp.StartsWith, exp.EndsWith, exp.Contains, *COMPARISONS,
)  # fmt: skip
_TEXTS = (exp.Substring, exp.Upper, exp.Lower, exp.Left, exp.Right, exp.TimeToStr, exp.Concat)
_PARTS = (exp.Year, exp.Month, exp.Day, exp.Quarter, exp.Length)


def expression_type(node: exp.Expr, type_of: TypeOf) -> LogicalType | None:
    """The type of a value; None where it is not known."""
    match node:
        case exp.Column():
            return type_of(node)
        case exp.Alias() | exp.Paren() | exp.Min() | exp.Max() | exp.Filter():
            return expression_type(node.this, type_of)
        case exp.Count():
            return _WHOLE
        case exp.Sum():
            summed = expression_type(node.this, type_of)
            return LogicalType("decimal", 38, summed.scale) if summed is not None and summed.name == "decimal" else None
        case exp.Avg():
            averaged = expression_type(node.this, type_of)
            return LogicalType("double") if averaged is not None and averaged.name not in ("date", "timestamp") else None
        case exp.Coalesce():
            return _one_type([node.this, *node.expressions], type_of)
        case exp.Extract() if node.name.upper() in ("YEAR", "QUARTER", "MONTH", "DAY"):
            return _WHOLE
        case exp.Cast() if not isinstance(node, exp.TryCast):
            return named_type(node.to)
    if isinstance(node, _CONDITIONS):
        return _BOOLEAN
    if isinstance(node, _TEXTS):
        return _TEXT
    if isinstance(node, _PARTS):
        return _WHOLE
    return constant_type(node)


def query_types(query: exp.Expr, leaves: Mapping[str, Leaf]) -> Types:
    """The types of a query's columns."""
    if isinstance(query, exp.Subquery):
        return query_types(query.this, leaves)
    if isinstance(query, exp.SetOperation):
        left, right = query_types(query.left, leaves), query_types(query.right, leaves)
        names = zip(query.left.named_selects, query.right.named_selects, strict=False)
        return {name: left[name] for name, other in names if name in left and left[name] == right.get(other)}
    if not isinstance(query, exp.Select):
        return {}
    type_of = column_types(query, leaves)
    found = ((p.alias_or_name, expression_type(p, type_of)) for p in query.expressions)
    return {name: type for name, type in found if type is not None}


def column_types(select: exp.Select, leaves: Mapping[str, Leaf]) -> TypeOf:
    """The types of the columns that a SELECT's relations offer."""
    offered = {alias: relation_types(relation, leaves) for alias, relation, _ in relations(select)}
    return lambda column: offered.get(column.table, {}).get(column.name)


def relation_types(relation: exp.Expr, leaves: Mapping[str, Leaf]) -> Types:
    """The types of the columns that a relation in FROM offers, under the names it gives them."""
    if isinstance(relation, exp.Table):
        leaf = leaves.get(relation.name)
        return {c.name: c.type for c in leaf.columns} if leaf is not None else {}
    if not isinstance(relation, exp.Subquery):
        return {}
    leaf = isolated_leaf(relation, leaves)
    if leaf is not None:
        return {c.name: c.type for c in leaf.columns}
    renamed = [column.name for column in relation.args["alias"].columns] if relation.args.get("alias") else []
    types = query_types(relation.this, leaves)
    if not renamed:
        return types
    names = [*renamed, *relation.this.named_selects[len(renamed) :]]
    return {new: types[old] for new, old in zip(names, relation.this.named_selects, strict=True) if old in types}


def _one_type(nodes: list[exp.Expr], type_of: TypeOf) -> LogicalType | None:
    types = {expression_type(node, type_of) for node in nodes}
    return types.pop() if len(types) == 1 else None
