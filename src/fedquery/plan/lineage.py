"""Where a column of a query comes from: the relation at the bottom that passes it on unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlglot import exp

from fedquery.plan.functions import has_aggregate
from fedquery.plan.rules.context import computed_columns, padded, relations

#: A column of a SELECT's relations, or an output of the SELECT by name.
Place = tuple[exp.Query, exp.Column | str]
#: The queries that CTEs stand for, by name; several of one name where it means one here and another there.
Ctes = Mapping[str, tuple[exp.Expr, ...]]
NO_CTES: Ctes = MappingProxyType({})
#: Clauses of a set operation, or of brackets, below which a condition is another one.
_CHOOSING = ("limit", "offset", "with_")


@dataclass(frozen=True, slots=True)
class Origin:
    """A column of a relation that is no sub-query."""

    relation: str
    column: str


def reaches(query: exp.Expr, column: exp.Column | str) -> tuple[Origin, ...]:
    """The base columns that a condition on ``column`` could be put on without changing anything else above it.

    Not below a limit, a window, DISTINCT ON, an outer join that pads it, or grouping by something else. For a column of
    the query's own relations, whoever asks has seen to its joins. Below a set operation there is one in each of its queries,
    or none: rows of other values of the column are no concern of those that are left, so each may have the condition alone.
    """
    while isinstance(query, exp.Subquery) and not any(query.args.get(key) for key in _CHOOSING):
        query = query.this
    if isinstance(query, exp.SetOperation) and isinstance(column, str):
        return _in_each(query, column)
    if not isinstance(query, exp.Select):
        return ()
    if isinstance(column, str):
        if not (found := _output(query, column)) or _selects(query):
            return ()
        group = query.args.get("group")
        if group is not None:
            plain = not any(group.args.get(key) for key in ("cube", "rollup", "grouping_sets", "all"))
            if not plain or found not in group.expressions:
                return ()
        elif has_aggregate(*computed_columns(query)):
            return ()
        if found.table in padded(query):
            return ()
        column = found
    relation = next((relation for alias, relation, _ in relations(query) if alias == column.table), None)
    if isinstance(relation, exp.Table):
        return (Origin(relation.name, column.name),)
    return reaches(inside, column.name) if (inside := _inside(relation)) is not None else ()


def _in_each(query: exp.SetOperation, name: str) -> tuple[Origin, ...]:
    if any(query.args.get(key) for key in _CHOOSING) or query.named_selects.count(name) != 1:
        return ()
    place = query.named_selects.index(name)
    found: list[tuple[Origin, ...]] = []
    for side in (query.left, query.right):
        own = side.named_selects[place]
        found.append(reaches(side, own) if side.named_selects.count(own) == 1 else ())
    left, right = found
    return (*left, *right) if left and right else ()


def ctes_of(tree: exp.Query) -> Ctes:
    """The CTEs of a tree, wherever they stand."""
    found: dict[str, tuple[exp.Expr, ...]] = {}
    for cte in tree.find_all(exp.CTE):
        found[cte.alias] = (*found.get(cte.alias, ()), cte.this)
    return found


def passed_on(query: exp.Expr, column: exp.Column | str, ctes: Ctes = NO_CTES) -> Origin | None:
    """The base column whose values, NULL aside, hold every value of ``column``, with a look into these CTEs."""
    if not isinstance(query, exp.Select):
        return None
    if isinstance(column, str):
        found = _output(query, column)
        if found is None:
            return None
        column = found
    relation = next((relation for alias, relation, _ in relations(query) if alias == column.table), None)
    if isinstance(relation, exp.Table):
        named = ctes.get(relation.name, ())
        if not named:
            return Origin(relation.name, column.name)
        return passed_on(named[0], column.name, ctes) if len(named) == 1 else None
    return passed_on(inside, column.name, ctes) if (inside := _inside(relation)) is not None else None


def _inside(relation: exp.Expr | None) -> exp.Expr | None:
    """The query of a relation that gives its columns no names of its own."""
    return relation.this if isinstance(relation, exp.Subquery) and not relation.args["alias"].columns else None


def _output(select: exp.Select, name: str) -> exp.Column | None:
    found = next((p.unalias() for p in select.expressions if p.alias_or_name == name), None)
    return found if isinstance(found, exp.Column) and found.table else None


def _selects(select: exp.Select) -> bool:
    """Whether which rows come out depends on other rows."""
    distinct = select.args.get("distinct")
    return bool(
        any(select.args.get(key) for key in ("limit", "offset", "qualify"))
        or (distinct and distinct.args.get("on"))
        or any(projection.find(exp.Window) for projection in computed_columns(select))
    )
