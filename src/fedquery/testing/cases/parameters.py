"""Which cases a connector's declarations make: the values that its tests are parametrised with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fedquery.arrow import LogicalType
from fedquery.masks import Form, Mask
from fedquery.spi import Capabilities
from fedquery.testing.dataset import VALUES
from fedquery.testing.quirks import Quirks

_MASKS = tuple(
    form.mask
    for form in map(Form.parse, (
        "null", "const('it's a \\ 100%')", "const('it's a \\ 100%', hide_null)", "keep(1,1)", "keep(3,4)", "keep(0,2)",
        "keep(2,0)", "keep(0,0)", "prefix(1)", "prefix(6)", "band(1)", "band(10)", "band(7)", "band(0.05)",
        "truncate(year)", "truncate(quarter)", "truncate(month)", "truncate(day)", "truncate(hour)",
    ))
    if form.mask is not None
)  # fmt: skip


def cases(names: Sequence[str], capabilities: Capabilities, quirks: Quirks) -> Iterator[tuple[str, list[Any]]]:
    """The parametrisation of a test that asks for these fixtures."""
    types = [LogicalType.parse(text) for text in quirks.types]
    if "logical_type" in names:
        yield "logical_type", types
    if "compared" in names:
        yield "compared", [(t, o) for t in types for o in sorted(capabilities.operators.get(t.name, ())) if o in _BINARY]
    if "masked" in names:
        yield "masked", [(m, t) for m in _MASKS for t in types if m.name in capabilities.masks and fits(m, t)]
    if "aggregated" in names:
        yield "aggregated", [(a, t) for a, ts in sorted(capabilities.aggregates.items()) for t in types if _adds(a, t, ts)]
    if "function" in names:
        yield "function", sorted(capabilities.functions)
    if "join" in names:
        yield "join", sorted(capabilities.joins)
    if "combined" in names:
        yield "combined", sorted(capabilities.sets)


_BINARY = frozenset({"=", "<>", "<", "<=", ">", ">="})
#: What DuckDB itself can aggregate; an embedded source declares everything.
_SUMMED = frozenset({"sum", "avg"})


def fits(mask: Mask, type: LogicalType) -> bool:
    """Whether the directory would allow the mask on this type."""
    return mask.problem(type) is None and str(type) in VALUES


def _adds(aggregate: str, type: LogicalType, declared: frozenset[str]) -> bool:
    if type.name not in declared:
        return False
    if aggregate in ("bool_or", "bool_and"):
        return type.name == "boolean"
    if aggregate in _SUMMED:
        return type.name not in ("boolean", "varchar", "blob", "date", "time", "timestamp", "timestamptz", "interval")
    return True
