"""Places at sources: as many statements at once as each source's owner allows, over all queries."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping

from fedquery import sentences as say
from fedquery.errors import Cancelled, InvariantBroken, TooBusy

_GLANCE = 0.1  # seconds between looks at whether the waiting query was ended


class SourceSlots:
    """The owners' limits on concurrency, kept in one process. Thread-safe.

    A query takes every place that it needs of a source in one step, and its sources in the order of their ids: it never
    holds part of what it needs of a source, and no two queries wait for each other in a ring. Whoever came first at a
    source is served first, so many small queries cannot starve a large one. A query that needs more places than the owner
    allows gets what is allowed, and asks its fragments there in turn.
    """

    def __init__(self, concurrency: Mapping[str, int]) -> None:
        self._allowed = dict(concurrency)
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, deque[object]] = {}
        self._changed = threading.Condition()

    def allow(self, concurrency: Mapping[str, int]) -> None:
        """The owners' limits from now on; what is held stays held."""
        with self._changed:
            self._allowed = dict(concurrency)
            self._changed.notify_all()

    def take(self, needs: Mapping[str, int], deadline: float, ended: Callable[[], bool] = lambda: False) -> dict[str, int]:
        """Places per source, each to be handed back by :meth:`give_back`.

        Waits until ``deadline`` (of ``time.monotonic``). Raises TooBusy then, and Cancelled when ``ended()`` turns true.
        """
        taken: dict[str, int] = {}
        try:
            for source in sorted(needs):
                taken[source] = self._enter(source, needs[source], deadline, ended)
        except BaseException:
            for source, count in taken.items():
                self.give_back(source, count)
            raise
        return taken

    def spare(self, source: str, wanted: int) -> int:
        """Places that nobody waits for, at most ``wanted`` and never the last one: taken at once, or not at all."""
        with self._changed:
            if self._waiting.get(source):
                return 0
            count = max(0, min(wanted, self._allowed.get(source, 0) - self._held[source] - 1))
            self._held[source] += count
            return count

    def give_back(self, source: str, count: int = 1) -> None:
        """Free places, for whoever waits."""
        with self._changed:
            self._held[source] -= count
            self._changed.notify_all()

    def held(self, source: str) -> int:
        """Places taken at the moment."""
        with self._changed:
            return self._held[source]

    def _enter(self, source: str, needed: int, deadline: float, ended: Callable[[], bool]) -> int:
        ticket = object()
        with self._changed:
            queue = self._waiting.setdefault(source, deque())
            queue.append(ticket)
            try:
                while True:
                    if source not in self._allowed:
                        raise InvariantBroken(f"no concurrency is set for the source {source!r}")
                    count = min(needed, self._allowed[source])
                    if queue[0] is ticket and self._held[source] + count <= self._allowed[source]:
                        self._held[source] += count
                        return count
                    if ended():
                        raise Cancelled("The query was cancelled while it waited for its sources.")
                    remaining = deadline - time.monotonic()
                    if remaining <= 0:
                        raise too_busy(source)
                    self._changed.wait(min(remaining, _GLANCE))
            finally:
                queue.remove(ticket)
                self._changed.notify_all()


def too_busy(source: str | None = None) -> TooBusy:
    """The error of a query whose time passed before it had its places."""
    return TooBusy(say.SOURCE_BUSY(source=source) if source else say.SOURCES_BUSY(), hint=say.LATER())
