"""How long planning takes: each statement the first time in a warm process, and again."""

from __future__ import annotations

import statistics
import time
from typing import Any

from benchmarks.tpch import queries
from benchmarks.tpch.explain import planned
from benchmarks.tpch.systems import Systems
from benchmarks.tpch.variants import variants

_FRESH, _AGAIN = 5, 10


def planning(systems: Systems, variant: str) -> dict[str, Any]:
    """Milliseconds over the 22 statements: the median and the 95th percentile, of statements that are new and known."""
    chosen = variants()[variant]
    new: dict[str, list[float]] = {name: [] for name in queries.NAMES}
    known: dict[str, list[float]] = {name: [] for name in queries.NAMES}
    for _ in range(_FRESH):
        with systems.gateway(chosen.catalog) as gateway:  # a new one has planned nothing yet
            principal = gateway.principal("analyst")
            planned(gateway, principal, "SELECT count(*) FROM crm.region", chosen.grant)
            for name in queries.NAMES:
                sql = queries.text(name, systems.scale)
                for times in (new, *[known] * _AGAIN):
                    begun = time.perf_counter()
                    planned(gateway, principal, sql, chosen.grant)
                    times[name].append((time.perf_counter() - begun) * 1e3)
    return {"new": _spread(new), "known": _spread(known)}


def _spread(times: dict[str, list[float]]) -> dict[str, Any]:
    medians = {name: statistics.median(found) for name, found in times.items()}
    ordered = sorted(medians.values())
    return {
        "p50": statistics.median(ordered), "p95": ordered[round(0.95 * (len(ordered) - 1))], "max": ordered[-1],
        "queries": medians,
    }  # fmt: skip
