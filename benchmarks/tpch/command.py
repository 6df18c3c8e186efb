"""The benchmark's commands: set up, explain one query, measure, write the page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.tpch import queries
from benchmarks.tpch.archive import archived
from benchmarks.tpch.explain import explain
from benchmarks.tpch.floors import floors
from benchmarks.tpch.measure import MODES, Costs, measure
from benchmarks.tpch.page import PAGE, PICTURE, ROOT, figures_of, kept, write
from benchmarks.tpch.peers import python
from benchmarks.tpch.planning import planning
from benchmarks.tpch.points import points
from benchmarks.tpch.report import machine, table
from benchmarks.tpch.systems import Systems, running
from benchmarks.tpch.variants import variants

KEPT = ROOT / ".bench"
_MINUTES, _POLICY_MINUTES = 18.0, 4.0
_POLICY_RUNS = 3


def setup(arguments: list[str]) -> None:
    """Everything that a run needs, kept in .bench/."""
    options = _options("setup").parse_args(arguments)
    python(KEPT)
    with running(place(options.scale), options.scale):
        archived(place(options.scale))
        print(f"TPC-H at scale {options.scale:g} is ready in {place(options.scale)}.")


def explained(arguments: list[str]) -> None:
    """One query's plan, statements and cost."""
    parser = _options("explain")
    parser.add_argument("query", choices=queries.NAMES)
    parser.add_argument("--variant", default="clear", choices=tuple(variants()), help="the directory's policy")
    options = parser.parse_args(arguments)
    with running(place(options.scale), options.scale) as systems:
        explain(systems, options.query, options.variant)


def main(arguments: list[str]) -> None:
    """The ways to ask in turns; with --also what policies cost, planning, whole tables, rows by their key."""
    parser = _options("tpch")
    parser.add_argument("--queries", default=",".join(queries.NAMES), help="such as q03,q05")
    parser.add_argument("--modes", default=",".join(MODES), help=f"of {', '.join(MODES)}, and fedquery:VARIANT")
    parser.add_argument("--runs", type=int, default=5, help="turns; medians are reported")
    parser.add_argument("--also", default="", help=f"such as {','.join(_PARTS)}")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    names, modes = options.queries.split(","), options.modes.split(",")
    figures: dict[str, Any] = {"machine": machine()}
    parts = [part for part in options.also.split(",") if part]
    if unknown := set(parts) - set(_PARTS):
        parser.error(f"--also knows {', '.join(_PARTS)}, not {', '.join(sorted(unknown))}")
    peers = python(KEPT) if "attach" in modes or "floors" in parts else None
    with running(place(options.scale), options.scale) as systems:
        costs = measure(systems, names, modes, options.runs, _MINUTES, peers, _say)
        figures["tpch"] = {"scale": options.scale, "queries": costs}
        _write(options.json, figures)
        print(table(costs), flush=True)
        for part in parts:
            figures[part] = _PARTS[part](systems, peers, names)
            _write(options.json, figures)


def everything() -> None:
    """The whole benchmark as the page shows it: fixed costs at the small scale, what grows at the large one."""
    for scale, parts in ((0.1, "planning,policies"), (1.0, "floors,points")):
        main(["--also", parts, "--scale", str(scale), "--json", str(figures_of(scale))])


def paged(arguments: list[str]) -> None:
    """Write the page and its picture from the figures that are kept."""
    argparse.ArgumentParser(prog="python3 dev.py bench page").parse_args(arguments)
    write(kept())
    print(f"{PAGE} and {PICTURE} are written.")


def place(scale: float) -> Path:
    """Where the systems of one scale are kept."""
    return KEPT / f"tpch-{scale:g}"


def _write(file: Path | None, figures: Mapping[str, Any]) -> None:
    """After each part, so that what was measured is kept when a later part is stopped."""
    if file:
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _policies(systems: Systems, names: list[str]) -> dict[str, Costs]:
    """Every variant beside the directory without a policy."""
    modes = ["fedquery", *(f"fedquery:{name}" for name in variants() if name != "clear")]
    costs = measure(systems, names, modes, _POLICY_RUNS, _POLICY_MINUTES, None, _say)
    return {
        mode.partition(":")[2]: {name: {m: by[m] for m in ("fedquery", mode)} for name, by in costs.items()}
        for mode in modes[1:]
    }


#: What is measured besides, by the name of its figures.
_PARTS: Mapping[str, Callable[[Systems, Path | None, list[str]], dict[str, Any]]] = {
    "planning": lambda systems, peers, names: {name: planning(systems, name) for name in variants()},
    "floors": lambda systems, peers, names: floors(systems, peers) if peers else {},
    "points": lambda systems, peers, names: points(systems),
    "policies": lambda systems, peers, names: _policies(systems, names),
}


def _options(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python3 dev.py bench {name}")
    parser.add_argument("--scale", type=float, default=1.0, help="TPC-H's scale factor")
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
