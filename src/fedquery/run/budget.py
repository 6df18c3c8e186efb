"""What one query may use, and the meter that stops it when it uses more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from fedquery import sentences as say
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
        if self.fetched_rows > self.budget.rows:
            raise TooManyRows(say.SOURCES_ROWS(rows=self.budget.rows), hint=say.FEWER_OF_SOURCES())
        if self.fetched_bytes > self.budget.bytes:
            hint = say.FEWER_COLUMNS(hint=say.FEWER_OF_SOURCES())
            raise TooManyBytes(say.SOURCES_BYTES(size=size(self.budget.bytes)), hint=hint)

    def returned(self, rows: int, bytes: int) -> None:
        """Count a batch of the answer. Raises TooManyRows, TooManyBytes."""
        with self._lock:
            self.returned_rows += rows
            self.returned_bytes += bytes
        if self.returned_rows > self.budget.rows:
            raise TooManyRows(say.ANSWER_ROWS(rows=self.budget.rows), hint=say.FEWER_IN_ANSWER())
        if self.returned_bytes > self.budget.bytes:
            hint = say.FEWER_COLUMNS(hint=say.FEWER_IN_ANSWER())
            raise TooManyBytes(say.ANSWER_BYTES(size=size(self.budget.bytes)), hint=hint)
