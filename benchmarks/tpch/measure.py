"""One interleaved run: every way to ask answers every query in turns; medians, and whether all answers are the same."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.tpch import queries
from benchmarks.tpch.answers import differences
from benchmarks.tpch.systems import Systems

#: The order of the report; ``fedquery`` may be followed by a variant of the directory, as in ``fedquery:masked``.
MODES = ("fedquery", "hand", "attach", "pull", "local")
Costs = dict[str, dict[str, dict[str, Any]]]
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Worker:
    """A process that asks in one way."""

    process: subprocess.Popen[str]

    def ask(self, query: str, keep: str | None = None) -> dict[str, Any]:
        """What it cost; a key ``error`` when there is no answer."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"query": query, "keep": keep}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        found: dict[str, Any] = json.loads(line) if line else {"error": "the process ended"}
        return found


@contextlib.contextmanager
def workers(systems: Systems, modes: Sequence[str], peers: Path | None) -> Iterator[dict[str, Worker]]:
    """One process for each way, all connected before anything is measured."""
    with contextlib.ExitStack() as stack:
        started = {}
        for mode in modes:
            way, _, variant = mode.partition(":")
            if way == "attach":
                command = [str(peers), "-m", "benchmarks.tpch.attach", *systems.arguments]
            else:
                command = [sys.executable, "-m", "benchmarks.tpch.asking", way, variant or "clear", *systems.arguments]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (*sys.path, str(_ROOT))))}
            if way == "attach":
                environment["PYTHONPATH"] = str(_ROOT)
            process = subprocess.Popen(  # noqa: S603 - our own arguments
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=_ROOT
            )
            stack.callback(_stop, process)
            started[mode] = Worker(process)
        yield started


def measure(
    systems: Systems,
    names: Sequence[str],
    modes: Sequence[str],
    runs: int,
    minutes: float,
    peers: Path | None,
    say: Callable[[str], None],
) -> Costs:
    """By query and way: medians of seconds, minima of bytes on the wire, the peak of memory; ``wrong`` where it is.

    No turn is begun that would not end within ``minutes``; the first always is.
    """
    until = time.monotonic() + minutes * 60
    with workers(systems, modes, peers) as asked, tempfile.TemporaryDirectory() as place:
        wrong = {name: _checked(systems, name, asked, Path(place)) for name in names}
        found: dict[str, dict[str, list[dict[str, Any]]]] = {name: {mode: [] for mode in modes} for name in names}
        for turn in range(runs):
            begun = time.monotonic()
            for place_of_query, name in enumerate(names):
                first = (turn + place_of_query) % len(modes)
                for mode in (*modes[first:], *modes[:first]):
                    found[name][mode].append(asked[mode].ask(name))
            taken = time.monotonic() - begun
            say(f"turn {turn + 1} of {runs}: {taken:.0f} s")
            if time.monotonic() + taken > until:
                break
    return {name: {mode: _summary(found[name][mode]) | wrong[name].get(mode, {}) for mode in modes} for name in names}


def _checked(systems: Systems, name: str, asked: Mapping[str, Worker], place: Path) -> dict[str, dict[str, Any]]:
    """Ask everyone once, which also warms all caches, and compare the answers with those of the last way."""
    files = {mode: str(place / f"{name}-{number}") for number, mode in enumerate(asked)}
    wrong = {}
    costs = {mode: worker.ask(name, files[mode]) for mode, worker in asked.items()}
    answers = {mode: _answer(mode, files[mode]) for mode, cost in costs.items() if "error" not in cost}
    expected = next((answers[mode] for mode in ("local", "hand", "pull") if mode in answers), None)
    for mode, cost in costs.items():
        if "error" in cost:
            wrong[mode] = {"error": cost["error"]}
            continue
        if expected is None or ":" in mode:  # another slice has another answer; tests/tpch knows which
            continue
        if found := differences(
            queries.text(name, systems.scale), answers[mode], expected, types=mode == "fedquery" and "local" in answers
        ):
            wrong[mode] = {"wrong": found}
    return wrong


def _answer(mode: str, file: str) -> pa.Table:
    if mode == "attach":
        return pq.read_table(file)
    with pa.memory_map(file) as source, pa.ipc.open_file(source) as reader:
        return reader.read_all()


def _summary(costs: list[dict[str, Any]]) -> dict[str, Any]:
    good = [cost for cost in costs if "error" not in cost]
    if not good:
        return {"error": costs[0]["error"] if costs else "not asked"}
    summary = {"seconds": statistics.median(c["seconds"] for c in good), "runs": len(good)}
    summary["wire"] = min(c["wire"] for c in good)
    summary["memory"] = max(c["memory"] for c in good)
    for key in ("rows", "bytes", "fragments"):
        if key in good[0]:
            summary[key] = good[-1][key]
    return summary


def _stop(process: subprocess.Popen[str]) -> None:
    assert process.stdin and process.stdout
    process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
