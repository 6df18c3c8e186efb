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
    """``sum(a.x * a.y)`` -> ``sum(CAST(a.x AS DECIMAL(38,2)) * a.y)``, in a copy; ``columns`` are those of each relation."""
    roomy = select.copy()
    for sum in [node for projection in roomy.expressions for node in own_nodes(projection) if isinstance(node, exp.Sum)]:
        for column in [node for node in own_nodes(sum) if isinstance(node, exp.Column) and node is not sum.this]:
            value = columns.get(column.table, {}).get(column.name)
            if value is not None and value.type.name == "decimal":
                wide = LogicalType("decimal", 38, value.type.scale)
                column.replace(exp.cast(column.copy(), wide.sql, dialect=DIALECT))
    return roomy
