"""What a question costs the process that asks: a server of one way to ask, over lines of JSON. Standard library only."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

#: Runs a query by name; keeps the answer in the file if one is given; returns what only it can count.
Asker = Callable[[str, str | None], dict[str, int]]


def serve(ask: Asker) -> None:
    """For each line {"query", "keep"} one line with seconds, bytes on the wire, peak memory, and what the asker counted."""
    for line in sys.stdin:
        request = json.loads(line)
        forget_peak()
        wire, begun = _loopback(), time.perf_counter()
        try:
            counted = ask(request["query"], request.get("keep"))
        except Exception as problem:
            cost: dict[str, object] = {"error": f"{type(problem).__name__}: {problem}"}
        else:
            seconds = counted.pop("nanoseconds", None)
            taken = time.perf_counter() - begun if seconds is None else seconds / 1e9
            cost = {"seconds": taken, "wire": _loopback() - wire, "memory": peak(), **counted}
        sys.stdout.write(json.dumps(cost) + "\n")
        sys.stdout.flush()


def _loopback() -> int:
    """Bytes that the loopback interface has received since it is up; 0 where there is no such count."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/net/dev").read_text(encoding="ascii").splitlines():
            name, _, counts = line.partition(":")
            if name.strip() == "lo":
                return int(counts.split()[0])
    return 0


def forget_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak() -> int:
    """The most memory of this process since it was last forgotten, in bytes."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
