"""What a source's own catalogue says of its tables, for choosing between plans: guesses, never answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

#: A number; a date or time as its ISO text.
Bound = int | float | str


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """One column: distinct values, the share that is NULL, bytes of an average value, bounds. None: not known."""

    distinct: float | None = None
    nulls: float | None = None
    width: float | None = None
    least: Bound | None = None
    greatest: Bound | None = None


@dataclass(frozen=True, slots=True)
class TableStatistics:
    """One table: rows, bytes of an average row, and its columns by their names at the source. None: not known."""

    rows: float | None = None
    width: float | None = None
    columns: Mapping[str, ColumnStatistics] = field(default_factory=lambda: MappingProxyType({}))
