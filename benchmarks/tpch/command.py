"""The benchmark's commands: set up, explain one query, measure."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.tpch import queries
from benchmarks.tpch.explain import explain
from benchmarks.tpch.measure import MODES, measure
from benchmarks.tpch.peers import python
from benchmarks.tpch.report import machine, table
from benchmarks.tpch.systems import running

KEPT = Path(__file__).parents[2] / ".bench"


def setup(arguments: list[str]) -> None:
    """Everything that a run needs, kept in .bench/."""
    options = _options("setup").parse_args(arguments)
    python(KEPT)
    with running(place(options.scale), options.scale):
        print(f"TPC-H at scale {options.scale:g} is ready in {place(options.scale)}.")


def explained(arguments: list[str]) -> None:
    """One query's plan, statements and cost."""
    parser = _options("explain")
    parser.add_argument("query", choices=queries.NAMES)
    parser.add_argument("--variant", default="clear", help="clear, filtered, masked, tokens, late tokens, no egress")
    options = parser.parse_args(arguments)
    with running(place(options.scale), options.scale) as systems:
        explain(systems, options.query, options.variant)


def main(arguments: list[str]) -> None:
    """Every way to ask, in turns."""
    parser = _options("tpch")
    parser.add_argument("--queries", default=",".join(queries.NAMES), help="such as q03,q05")
    parser.add_argument("--modes", default=",".join(MODES), help=f"of {', '.join(MODES)}, and fedquery:VARIANT")
    parser.add_argument("--runs", type=int, default=5, help="turns; medians are reported")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    names, modes = options.queries.split(","), options.modes.split(",")
    say = lambda text: print(text, file=sys.stderr, flush=True)  # noqa: E731
    peers = python(KEPT) if "attach" in modes else None
    with running(place(options.scale), options.scale) as systems:
        costs = measure(systems, names, modes, options.runs, peers, say)
    figures = {"machine": machine(), "tpch": {"scale": options.scale, "queries": costs}}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    print(table(figures))


def place(scale: float) -> Path:
    """Where the systems of one scale are kept."""
    return KEPT / f"tpch-{scale:g}"


def _options(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python3 dev.py bench {name}")
    parser.add_argument("--scale", type=float, default=1.0, help="TPC-H's scale factor")
    return parser
