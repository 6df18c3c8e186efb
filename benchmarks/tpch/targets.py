"""What fast is to mean here, row by row, beside what the kept figures reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.tpch.report import against_the_fastest, ratio

Scales = Sequence[Mapping[str, Any]]


def targets(scales: Scales) -> Iterator[str]:
    """A line for each target of which there is a figure; of several scales the largest that was measured counts."""
    for what, most, reached, unit in (*_tpch(scales[0]["tpch"]["queries"]), *_parts(scales), *_growth(scales)):
        met = "yes" if reached <= most else "**no**"
        yield f"| {what} | {_number(most)}{unit} | {_number(reached)}{unit} | {met} |"


_Line = tuple[str, float, float, str]


def _tpch(costs: Mapping[str, Any]) -> Iterator[_Line]:
    for what, of in (("seconds", "seconds"), ("bytes over the wire", "wire")):
        if found := ratio(costs, "fedquery", "hand", of):
            yield f"TPC-H, {what}, geometric mean against the best plan by hand", 1.10, found, " times"
    slower = sum(fastest[0] > 1.1 for by in costs.values() if (fastest := against_the_fastest(by)))
    yield "queries slower than 1.1 times the fastest of the peers", 0, slower, f" of {len(costs)}"


def _parts(scales: Scales) -> Iterator[_Line]:
    floors, planning, policies = (_measured(scales, part) for part in ("floors", "planning", "policies"))
    for table, what, most in (
        ("sales.lineitem", "a whole PostgreSQL table against `COPY (FORMAT binary)`", 1.05),
        ("crm.customer", "a whole MariaDB table against its client", 1.15),
        ("archive.lineitem", "a whole SQLite table against DuckDB's scanner", 1.2),
    ):
        if found := floors.get(table):
            yield what, most, found["seconds"] / found["floor"], " times"
    if found := floors.get("sales.lineitem"):
        yield (
            f"{found['rows']:,.0f} rows through the gateway, against the same",
            1.2,
            found["seconds"] / found["floor"],
            " times",
        )
        yield "the first of them", 100, found["first"] * 1e3, " ms"
        yield "memory that reading all of them takes", 64, found["growth"] / 2**20, " MB"
    if found := planning.get("clear"):
        yield "planning a new statement, median", 5, found["new"]["p50"], " ms"
        yield "planning a new statement, 95th percentile", 15, found["new"]["p95"], " ms"
        yield "planning a known statement", 0.5, found["known"]["p50"], " ms"
    if points := _measured(scales, "points"):
        yield (
            "a row by its key, beyond the source's own time, at most",
            5,
            max(p["ours"] - p["floor"] for p in points.values()),
            " ms",
        )
    for variant, what in (("filtered", "row filters"), ("masked", "masks")):
        found = ratio(policies[variant], f"fedquery:{variant}", "fedquery", "seconds") if variant in policies else None
        if found:
            yield f"what {what} cost", 1.10, found, " times"


def _growth(scales: Scales) -> Iterator[_Line]:
    """Seconds for each row at the largest scale against those at the smallest."""
    large, small = scales[0]["tpch"], scales[-1]["tpch"]
    both = {
        name: {"large": by["fedquery"], "small": small["queries"][name]["fedquery"]}
        for name, by in large["queries"].items()
        if name in small["queries"]
    }
    found = ratio(both, "large", "small", "seconds")
    if found and large["scale"] > small["scale"]:
        times = large["scale"] / small["scale"]
        yield f"seconds for each row at scale {large['scale']:g}, against scale {small['scale']:g}", 1, found / times, " times"


def _measured(scales: Scales, part: str) -> Mapping[str, Any]:
    return next((figures[part] for figures in scales if figures.get(part)), {})


def _number(value: float) -> str:
    return f"{value:g}" if value == int(value) else f"{value:.2f}" if value < 10 else f"{value:.0f}"
