"""The figures as a table for a terminal, and what they were measured on."""

from __future__ import annotations

import importlib.metadata
import math
import os
import platform
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: The other ways to ask the same systems.
PEERS = ("hand", "attach", "pull")
_PACKAGES = ("fedquery", "duckdb", "pyarrow", "adbc-driver-postgresql", "sqlglot")


def machine() -> dict[str, Any]:
    """Processor, memory, load and versions."""
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "processor": cpu[0].partition(":")[2].strip() if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def table(costs: Mapping[str, Any]) -> str:
    """Seconds and megabytes by query, geometric means at the end."""
    modes = list(next(iter(costs.values())))
    lines = ["query  " + "".join(f"{mode:>24}" for mode in modes)]
    for name, by_mode in costs.items():
        lines.append(f"{name}    " + "".join(f"{_cell(by_mode[mode]):>24}" for mode in modes))
    for beside in modes:
        means = [f"{mode}/{beside} {mean:.2f}" for mode in modes if (mean := ratio(costs, mode, beside, "seconds"))]
        lines.append("geometric means: " + ", ".join(means))
    wrong = [f"{n} {m}: {c.get('wrong', c.get('error'))}" for n, by in costs.items() for m, c in by.items() if _bad(c)]
    return "\n".join(lines + wrong)


def ratio(costs: Mapping[str, Any], mode: str, beside: str, what: str) -> float | None:
    """The geometric mean over the queries that both answer."""
    pairs = [(by[mode].get(what), by[beside].get(what)) for by in costs.values() if mode in by and beside in by]
    quotients = [one / other for one, other in pairs if one and other]
    return statistics.geometric_mean(quotients) if quotients else None


def against_the_fastest(by: Mapping[str, Any]) -> tuple[float, str] | None:
    """How many times as long as the fastest peer a query takes, and which peer that is; None where none of them answers."""
    peers = {mode: by[mode]["seconds"] for mode in PEERS if "seconds" in by.get(mode, {})}
    best = min(peers, key=lambda mode: peers[mode], default=None)
    return None if best is None else (by["fedquery"].get("seconds", math.inf) / peers[best], best)


def _cell(cost: Mapping[str, Any]) -> str:
    if "seconds" not in cost:
        return "failed"
    size = cost.get("bytes", cost["wire"])
    return f"{cost['seconds']:.3f} s {size / 1e6:.2f}/{cost['wire'] / 1e6:.1f} MB" + ("!" if _bad(cost) else "")


def _bad(cost: Mapping[str, Any]) -> bool:
    return "wrong" in cost or "error" in cost
