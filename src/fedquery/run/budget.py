"""What one query may use, and the meter that stops it when it uses more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from fedquery.errors import TooManyBytes, TooManyRows

MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of one query.

    ``rows`` and ``bytes`` (of Arrow) bound what all sources together return, and, counted apart, the answer. ``seconds``
    run from the start, waiting for places at sources included. ``memory`` and ``spill`` bound the join: bytes in memory,
    and bytes on disk beyond that (0: nothing is written to disk).
    """

    rows: int = 10_000_000
    bytes: int = 4096 * MEBIBYTE
    seconds: float = 300.0
    memory: int = 1024 * MEBIBYTE
    spill: int = 4096 * MEBIBYTE


def size(bytes: int) -> str:
    """Bytes as people read them."""
    return f"{bytes / MEBIBYTE:,.0f} MiB" if bytes >= MEBIBYTE else f"{bytes:,} bytes"


class Meter:
    """Counts what a query has used; the one place that knows its clock and its deadline. Thread-safe."""

    def __init__(self, budget: Budget, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget
        self.clock = clock
        self.started = clock()
        self.deadline = self.started + budget.seconds
        self.fetched_rows = self.fetched_bytes = 0
        self.returned_rows = self.returned_bytes = 0
        self._lock = threading.Lock()

    def remaining(self) -> float:
        """Seconds until the deadline; 0 when it has passed."""
        return max(0.0, self.deadline - self.clock())

    def milliseconds(self) -> int:
        """Since the start."""
        return round((self.clock() - self.started) * 1000)

    def fetched(self, rows: int, bytes: int) -> None:
        """Count a batch that a source returned. Raises TooManyRows, TooManyBytes."""
        with self._lock:
            self.fetched_rows += rows
            self.fetched_bytes += bytes
        self._check(
            self.fetched_rows, self.fetched_bytes, "The sources return", "Add a condition that selects fewer rows of them."
        )

    def returned(self, rows: int, bytes: int) -> None:
        """Count a batch of the answer. Raises TooManyRows, TooManyBytes."""
        with self._lock:
            self.returned_rows += rows
            self.returned_bytes += bytes
        self._check(self.returned_rows, self.returned_bytes, "The answer has", "Add a condition, an aggregate or a LIMIT.")

    def _check(self, rows: int, bytes: int, subject: str, hint: str) -> None:
        if rows > self.budget.rows:
            raise TooManyRows(f"{subject} more than {self.budget.rows:,} rows, the limit for one query.", hint=hint)
        if bytes > self.budget.bytes:
            raise TooManyBytes(
                f"{subject} more than {size(self.budget.bytes)}, the limit for one query.", hint=f"Select fewer columns. {hint}"
            )
