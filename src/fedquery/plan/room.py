"""Sums with room: over decimals as wide as there are, so that no row of them overflows.

DuckDB's product of two decimal(15,2) is a decimal(18,4), which raises for large values. In a sum its type does not matter, for
``sum`` of any decimal is a decimal(38); so a part of a statement that DuckDB might not compute can be asked of a source.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from fedquery.arrow import LogicalType
from fedquery.plan.calculus import Value
from fedquery.plan.parse import DIALECT
from fedquery.plan.rules.correlation import own_nodes


def with_room(select: exp.Select, columns: Mapping[str, Mapping[str, Value]]) -> exp.Select:
    """``sum(a.x * a.y)`` -> ``sum(CAST(a.x AS DECIMAL(38,2)) * CAST(a.y AS DECIMAL(38,2)))``, in a copy.

    ``columns`` are those of each relation; where no decimal is computed with, the SELECT comes back as it is.
    """
    if not _narrow(select, columns):
        return select
    roomy = select.copy()
    for column, scale in _narrow(roomy, columns):
        column.replace(exp.cast(column.copy(), LogicalType("decimal", 38, scale).sql, dialect=DIALECT))
    return roomy


def _narrow(select: exp.Select, columns: Mapping[str, Mapping[str, Value]]) -> list[tuple[exp.Column, int]]:
    """The decimal columns that the SELECT's sums compute with, and their scales."""
    found = []
    for sum in [node for projection in select.expressions for node in own_nodes(projection) if isinstance(node, exp.Sum)]:
        computes = sum.find(exp.Add, exp.Sub, exp.Mul, exp.Neg) is not None
        for column in [node for node in own_nodes(sum) if isinstance(node, exp.Column) and computes]:
            value = columns.get(column.table, {}).get(column.name)
            if value is not None and value.type.name == "decimal":
                found.append((column, value.type.scale))
    return found
