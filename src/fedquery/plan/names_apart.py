"""Gives the columns of derived tables and CTEs names of their own, as DuckDB does: ``id`` and ``id_1``.

Who reads such a table names its columns, and a star over it names them all; equal names would be told apart by nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from fedquery.errors import UnsupportedSql
from fedquery.plan import refusals

#: The most columns that stars over renamed ones may become: each level of a statement could double those below it.
LIMIT = 5_000


def name_apart(tree: exp.Query) -> bool:
    """Rename, in a qualified tree, the later ones of equal columns; whether there were any. Raises UnsupportedSql.

    Stars over what was renamed are left to be expanded; they say which names there are only now.
    """
    columns = 0
    for query in _relations(tree):
        names = [projection.alias_or_name for projection in query.selects]
        own = apart(names)
        if own != names:
            columns += len(own)
            for projection, before, after in zip(query.selects, names, own, strict=True):
                if before != after:
                    projection.set("alias", exp.to_identifier(after, quoted=True))
            _sort_by_last(query, dict(zip(names, own, strict=True)))
    stars = sum(1 for star in tree.find_all(exp.Star) if not isinstance(star.parent, exp.Count)) if columns else 0
    if columns * stars > LIMIT:
        raise UnsupportedSql(refusals.TOO_MANY_COLUMNS(limit=LIMIT), hint=refusals.NAME_NEEDED())
    return columns > 0


def apart(names: Iterable[str]) -> list[str]:
    """Each name that is taken gets the first free number.

    >>> apart(["id", "ID", "id_1", "id"])
    ['id', 'ID_1', 'id_1_1', 'id_2']
    """
    taken: set[str] = set()
    found = []
    for name in names:
        own, number = name, 0
        while own.lower() in taken:
            number += 1
            own = f"{name}_{number}"
        taken.add(own.lower())
        found.append(own)
    return found


def _sort_by_last(select: exp.Select, last: dict[str, str]) -> None:
    """ORDER BY in the SELECT itself means the last one of equal columns."""
    order = select.args.get("order")
    for column in order.find_all(exp.Column) if order else ():
        if not column.table and column.name in last:
            column.set("this", exp.to_identifier(last[column.name], quoted=True))


def _relations(tree: exp.Query) -> Iterable[exp.Select]:
    """The SELECTs that name the columns of a derived table or CTE, all of whose columns are known."""
    for relation in tree.find_all(exp.CTE, exp.Subquery):
        if isinstance(relation, exp.Subquery) and not isinstance(relation.parent, (exp.From, exp.Join)):
            continue
        query = relation.this
        while isinstance(query, (exp.Subquery, exp.SetOperation)):
            query = query.this
        if isinstance(query, exp.Select) and not query.is_star:
            yield query
