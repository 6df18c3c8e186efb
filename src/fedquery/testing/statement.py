"""A test statement: governed leaves and a body in DuckDB's SQL, spelled for a source exactly as the planner spells fragments.

``WITH "__s1" AS (SELECT <form of column> AS "name" FROM <table> WHERE (<row filter>) IS TRUE AND <slot>) <body>``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlglot

from fedquery.arrow import LogicalType
from fedquery.masks import Mask
from fedquery.predicates import Compare, In, IsNull, Predicate, columns
from fedquery.spi import Dialect, Parameter, PhysicalColumn, TableRead
from fedquery.testing.dataset import ReferenceTable

INNER, OUTER = "kit_inner", "kit_outer"

#: The physical columns of each table of the dataset, as the source describes them, by name.
Physical = Mapping[str, Mapping[str, PhysicalColumn]]


@dataclass(frozen=True, slots=True)
class Pick:
    """One output column of a leaf: a column in the clear, under a mask (``token`` too), or through a code list."""

    column: str
    alias: str = ""
    mask: Mask | None = None
    codes: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        return self.alias or self.column


@dataclass(frozen=True, slots=True)
class Leaf:
    """A governed table of the dataset. ``slots`` must leave the body's answer as it is: they are supersets of it.

    ``stored`` are columns, each with the list in a temporary table that narrows it, in the same way.
    """

    table: str
    picks: tuple[Pick, ...]
    row_filter: Predicate | None = None
    slots: tuple[Compare | In | IsNull, ...] = ()
    stored: tuple[tuple[str, Parameter], ...] = ()

    def needed(self) -> tuple[str, ...]:
        """The columns it reads, in the order in which they are first mentioned."""
        conditions = [c for c in (self.row_filter, *self.slots) if c is not None]
        mentioned = [p.column for p in self.picks] + [name for c in conditions for name in sorted(columns(c))]
        return tuple(dict.fromkeys(mentioned))


@dataclass(frozen=True, slots=True)
class Statement:
    """``body`` reads the leaves as ``"__s1"``, ``"__s2"`` and so on; ``spelled`` is the same in the source's dialect."""

    body: str
    leaves: tuple[Leaf, ...]
    parameters: tuple[Parameter, ...] = field(default=())
    spelled: str = ""


def leaf(table: str, *names: str) -> Leaf:
    """The named columns of a table, in the clear, each once."""
    return Leaf(table, tuple(map(Pick, dict.fromkeys(names))))


def spell(
    statement: Statement,
    dialect: Dialect,
    tables: Mapping[str, ReferenceTable],
    paths: Mapping[str, tuple[str, ...]],
    physical: Physical,
) -> str:
    """The statement as one text in the source's dialect."""
    leaves = (_leaf(each, dialect, tables[each.table], paths[each.table], physical[each.table]) for each in statement.leaves)
    named = ", ".join(f"{dialect.identifier(f'__s{i}')} AS ({text})" for i, text in enumerate(leaves, start=1))
    body = statement.spelled or sqlglot.parse_one(statement.body, read="duckdb").sql(dialect=dialect.name)
    return f"WITH {named} {body}"


def reads(statement: Statement, paths: Mapping[str, tuple[str, ...]], physical: Physical) -> tuple[TableRead, ...]:
    """What the statement reads: one entry for each leaf, its slots as superset conditions."""
    return tuple(
        TableRead(paths[each.table], tuple(physical[each.table][name] for name in each.needed()), each.slots)
        for each in statement.leaves
    )


def _leaf(
    leaf: Leaf, dialect: Dialect, table: ReferenceTable, path: tuple[str, ...], physical: Mapping[str, PhysicalColumn]
) -> str:
    values = {c.name: (dialect.read(physical[c.name]), c.type) for c in table.columns}
    picked = ", ".join(f"{_form(p, dialect, *values[p.column])} AS {dialect.identifier(p.name)}" for p in leaf.picks)
    conditions = [f"({dialect.predicate(leaf.row_filter, values)}) IS TRUE"] if leaf.row_filter else []
    for slot in leaf.slots:
        (name,) = columns(slot)
        if text := dialect.slot(physical[name], slot):
            conditions.append(text)
    for name, listed in leaf.stored:
        if text := dialect.stored(physical[name], listed.name, listed.type.item or listed.type):
            conditions.append(text)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {picked} FROM {dialect.table(path)}{where}"


def _form(pick: Pick, dialect: Dialect, value: str, type: LogicalType) -> str:
    if pick.codes is not None:
        return dialect.decode(value, pick.codes)
    if pick.mask is None:
        return value
    if pick.mask.name == "token":
        return dialect.token(value, INNER, OUTER)
    return dialect.mask(pick.mask, value, type)
