"""What a plan may know of sizes and speeds before it is made: one frozen value, put together by the gateway.

Raw statistics are used for what the caller sees as it is. Of a cut or masked slice they would tell what it hides: there only
what queries over the same slice have brought counts, or the size class that the department declares.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from fedquery.arrow import LogicalType
from fedquery.experience import Learned, Transport
from fedquery.names import ResourceName
from fedquery.plan.model import Leaf, LeafColumn
from fedquery.spi import ColumnStatistics, TableStatistics

#: Rows that each size class stands for, where nothing better is known.
SIZES: Mapping[str, float] = MappingProxyType({"small": 3e3, "medium": 3e5, "large": 3e7, "huge": 3e9})

_NOT_KNOWN = Transport(runs=0)
_WIDTHS = {"boolean": 0.125, "tinyint": 1, "smallint": 2, "integer": 4, "real": 4, "date": 4, "decimal": 16, "hugeint": 16,
           "varchar": 20}  # fmt: skip


def width(type: LogicalType) -> float:
    """Bytes of Arrow that a value of the type takes, where its own length is not known."""
    return _WIDTHS.get(type.name, 8)


@dataclass(frozen=True, slots=True)
class Estimates:
    """Statistics by resource, with columns by their directory names; experience by template; transports by source."""

    statistics: Mapping[ResourceName, TableStatistics] = field(default_factory=lambda: MappingProxyType({}))
    learned: Mapping[str, Learned] = field(default_factory=lambda: MappingProxyType({}))
    transports: Mapping[str, Transport] = field(default_factory=lambda: MappingProxyType({}))

    def rows(self, leaf: Leaf, used: Collection[str]) -> float | None:
        """The rows of a leaf of whose resource the statement uses those columns; None where nothing may be known."""
        found = self.statistics.get(leaf.decision.resource)
        if found is not None and found.rows is not None and _is_identity(leaf, used):
            return found.rows
        declared = leaf.decision.entry.size
        return SIZES[declared] if declared is not None else None

    def column(self, leaf: Leaf, name: str) -> ColumnStatistics | None:
        """The statistics of a column that the caller sees as it is, in every row; None for any other."""
        column = leaf.column(name)
        found = self.statistics.get(leaf.decision.resource)
        if found is None or column is None or leaf.decision.cuts or not _is_clear(column):
            return None
        if column.decision.entry.codes or column.decision.entry.invalid != "error":
            return None  # values that the caller sees as NULL
        return found.columns.get(column.decision.name)

    def fragment(self, template: str) -> Learned | None:
        """What fragments of this template (:func:`fedquery.plan.template.template`) have brought."""
        return self.learned.get(template)

    def transport(self, source: str) -> Transport:
        """How the source hands over; a Transport of None where nothing was learned."""
        return self.transports.get(source, _NOT_KNOWN)


#: Nothing is known of anything.
NOTHING = Estimates()


def _is_identity(leaf: Leaf, used: Collection[str]) -> bool:
    seen = [column for column in leaf.columns if column.decision.name in used]
    return not leaf.decision.cuts and all(_is_clear(column) for column in seen)


def _is_clear(column: LeafColumn) -> bool:
    return column.rule is None and column.decision.form.kind == "clear"
