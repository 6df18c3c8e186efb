"""docs/performance.md and its picture, made of the figures of one run: what was measured, and where a peer is ahead."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.tpch import queries
from benchmarks.tpch.measure import MODES
from benchmarks.tpch.picture import NAMES, picture
from benchmarks.tpch.report import against_the_fastest, ratio
from benchmarks.tpch.targets import targets

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
PAGE, PICTURE = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.svg"
_NOTICE = 1.1


def figures_of(scale: float) -> Path:
    """Where the figures of one scale are kept."""
    return RESULTS / f"tpch-{scale:g}.json"


def kept() -> list[dict[str, Any]]:
    """The figures of every scale that was measured, the largest first."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("tpch-*.json")]
    return sorted(found, key=lambda figures: -float(figures["tpch"]["scale"]))


def page(scales: Sequence[Mapping[str, Any]]) -> str:
    """The page's text: all about the first of the figures, and how the others differ."""
    figures = scales[0]
    costs = figures["tpch"]["queries"]
    machine = figures["machine"]
    return _PAGE.format(
        scale=f"{figures['tpch']['scale']:g}",
        processor=machine["processor"], cores=machine["cores"], memory=round(machine["memory"] / 2**30),
        load=f"{machine['load']:.1f}", versions=", ".join(f"{n} {v}" for n, v in machine["packages"].items()),
        python=machine["python"], turns=_turns(costs),
        means="\n".join(_means(costs)), growth="\n".join(_growth(scales)),
        rows="\n".join(_rows(costs)), behind="\n".join(_behind(costs)),
        parts="".join(_parts(scales)), targets="\n".join(targets(scales)),
        head=" | ".join(NAMES[mode] for mode in MODES), rule="|".join(["---", *["---:" for _ in MODES]]),
    )  # fmt: skip


def write(scales: Sequence[Mapping[str, Any]]) -> None:
    """Both files."""
    PAGE.write_text(page(scales), encoding="utf-8")
    figures = scales[0]
    PICTURE.write_text(picture(figures["tpch"]["queries"], figures["tpch"]["scale"]), encoding="utf-8")


def _parts(scales: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What was measured besides, each at the largest scale at which it was; a part that was not is left out."""
    for part, text, rows in (
        ("policies", _POLICIES, _policies),
        ("planning", _PLANNING, _planning),
        ("floors", _FLOORS, _floors),
        ("points", _POINTS, _points),
    ):
        figures = next((figures for figures in scales if figures.get(part)), None)
        if figures is not None:
            yield text.format(rows="\n".join(rows(figures)), scale=f"{figures['tpch']['scale']:g}")


def _turns(costs: Mapping[str, Any]) -> str:
    """How often each was asked; what fails in one turn has fewer figures."""
    runs = min(c["runs"] for by in costs.values() for c in by.values() if "runs" in c)
    return "once" if runs == 1 else f"{runs} times each"


def _means(costs: Mapping[str, Any]) -> Iterator[str]:
    for mode in MODES:
        seconds, wire = ratio(costs, mode, "hand", "seconds"), ratio(costs, mode, "hand", "wire")
        if seconds:
            total = sum(by[mode].get("seconds", 0) for by in costs.values())
            size = sum(by[mode].get("wire", 0) for by in costs.values()) / 1e6
            memory = max(by[mode].get("memory", 0) for by in costs.values()) / 2**20
            times = f"{wire:.1f}" if wire and mode != "local" else "–"
            yield f"| {NAMES[mode]} | {seconds:.2f} | {total:.1f} | {times} | {size:.1f} | {memory:.0f} |"


def _growth(scales: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """By scale: geometric means of seconds against the plan by hand."""
    for figures in reversed(scales):
        costs = figures["tpch"]["queries"]
        means = [ratio(costs, mode, "hand", "seconds") for mode in MODES]
        yield f"| {figures['tpch']['scale']:g} | " + " | ".join(f"{mean:.2f}" if mean else "–" for mean in means) + " |"


def _rows(costs: Mapping[str, Any]) -> Iterator[str]:
    for name, by in costs.items():
        yield f"| {name} {queries.title(name)} | " + " | ".join(_cell(by.get(mode, {}), mode) for mode in MODES) + " |"


def _cell(cost: Mapping[str, Any], mode: str) -> str:
    if "seconds" not in cost:
        return "failed"
    wrong = " **wrong**" if "wrong" in cost else ""
    return f"{cost['seconds']:.2f}" + (f" / {cost['wire'] / 1e6:.2f}" if mode != "local" else "") + wrong


def _behind(costs: Mapping[str, Any]) -> Iterator[str]:
    """Every query in which one of the peers is faster by more than a tenth, the worst first."""
    found = []
    for name, by in costs.items():
        if "seconds" in by["fedquery"] and (fastest := against_the_fastest(by)):
            found.append((*fastest, name, by))
    slower = sorted((entry for entry in found if entry[0] > _NOTICE), key=lambda entry: -entry[0])
    if not slower:
        yield "In none: no peer is faster by more than a tenth in any of the queries."
        return
    yield f"In {len(slower)} of {len(found)} queries a peer is faster by more than a tenth:\n"
    yield "| query | faster | times | bytes over the wire, fedquery / it |\n|---|---|---:|---:|"
    for times, best, name, by in slower:
        yield f"| {name} | {NAMES[best]} | {times:.2f} | {by['fedquery']['wire'] / 1e6:.2f} / {by[best]['wire'] / 1e6:.2f} MB |"


def _policies(figures: Mapping[str, Any]) -> Iterator[str]:
    for name, costs in figures.get("policies", {}).items():
        seconds = ratio(costs, f"fedquery:{name}", "fedquery", "seconds")
        wire = ratio(costs, f"fedquery:{name}", "fedquery", "wire")
        if seconds and wire:
            yield f"| {name} | {seconds:.2f} | {wire:.2f} |"


def _planning(figures: Mapping[str, Any]) -> Iterator[str]:
    for name, found in figures.get("planning", {}).items():
        new, known = found["new"], found["known"]
        yield f"| {name} | {new['p50']:.1f} | {new['p95']:.1f} | {known['p50']:.2f} | {known['p95']:.2f} |"


def _floors(figures: Mapping[str, Any]) -> Iterator[str]:
    for table, found in figures.get("floors", {}).items():
        yield (
            f"| `SELECT * FROM {table}` | {found['rows']:,.0f} | {found['beside']} | {found['floor']:.2f} "
            f"| {found['seconds']:.2f} | {found['seconds'] / found['floor']:.2f} | {found['first'] * 1e3:.0f} "
            f"| {found['growth'] / 2**20:.0f} |"
        )


def _points(figures: Mapping[str, Any]) -> Iterator[str]:
    for sql, found in figures.get("points", {}).items():
        floor, ours = found["floor"], found["ours"]
        yield f"| `{sql}` | {found['beside']} | {floor:.1f} | {ours:.1f} | {ours - floor:.1f} |"


_PAGE = """# Performance

Generated by `python3 dev.py bench page` from the figures in `benchmarks/results`; a test compares.

TPC-H at scale {scale}, its tables split over three departments: `lineitem` and `orders` in PostgreSQL, `customer`, `nation` and
`region` in MariaDB, `part`, `partsupp` and `supplier` in Parquet. The 22 statements have the standard's text and parameters.
All that ask take turns, {turns}, connected beforehand, caches warm; medians of seconds, least bytes over loopback.
Every answer is compared with that of one DuckDB.

![Seconds and megabytes by query and way to ask](performance.svg)

| way to ask | what it is |
|---|---|
| fedquery | the gateway in process: policy, plan, evidence, fragments, join; every key may travel, nothing is masked |
| best plan by hand | `benchmarks/tpch/hand`: for each query the best that we know, in each system's own words |
| DuckDB ATTACH | DuckDB 1.5.5 with its PostgreSQL and MySQL extensions, as they are set when installed |
| filtered pull | a question for each table, with its own conditions and only the columns needed; DuckDB joins |
| all in one DuckDB | nothing federated: the floor of computing |

## All 22

Geometric means against the best plan by hand; sums over the queries; the most memory of the asking process.

| | seconds, times hand | sum of seconds | bytes, times hand | sum of MB | peak MB |
|---|---:|---:|---:|---:|---:|
{means}

By scale, seconds in times of the best plan by hand (fixed costs weigh more where there is less to do):

| scale | {head} |
|{rule}|
{growth}

Seconds / MB over the wire, keys that are shipped included:

| | {head} |
|{rule}|
{rows}

## Where a peer is ahead

{behind}

A plan by hand is written once, by someone who has seen the data; it knows no policy, checks no answer and leaves no evidence.

{parts}## Targets

What fast is to mean, each row at the largest scale at which it was measured.

| | target | reached | met |
|---|---:|---:|---|
{targets}

## The machine

{processor}, {cores} cores, {memory} GiB, load {load} when the run began; servers and askers share it.
Python {python}; {versions}.
Ratios of one run can be compared, seconds of two runs cannot.

## Run it

```
python3 dev.py bench setup --scale 1     # servers and data, made once, kept in .bench/
python3 dev.py bench                     # every benchmark; tpch writes its figures into benchmarks/results
python3 dev.py bench explain q03         # one query: the plan, what is sent, what comes back
```
"""

_POLICIES = """## What policies cost, at scale {scale}

The same queries under other directories, against no policy: rows of six tables cut, sixteen columns masked, every key a token,
and keys that may not travel to other departments.

| directory | seconds | bytes |
|---|---:|---:|
{rows}

"""
_PLANNING = """## Planning

Milliseconds from text to plan, over the 22 statements: the first time in a warm process, and again.

| directory | new, median | new, 95th | known, median | known, 95th |
|---|---:|---:|---:|---:|
{rows}

"""
_FLOORS = """## Whole tables

Everything of a table through the gateway, each batch dropped as it comes, beside what its own system gives it away for.

| | rows | beside | its seconds | ours | times | first batch, ms | memory, MB more |
|---|---:|---|---:|---:|---:|---:|---:|
{rows}

"""
_POINTS = """## A row by its key

Milliseconds of one row through the gateway in process, policy, plan from the cache and evidence included, beside the same
statement sent by the source's own client on an open connection; medians, in turns.

| | beside | its ms | ours | more |
|---|---|---:|---:|---:|
{rows}

"""
