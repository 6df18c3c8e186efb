"""Plans that were made lately, for the same statement by the same caller under the same directory: made once, run often.

A plan depends on the text, every parameter, the caller with all attributes, the grant asked for, the day (grants begin and
end), the catalogue's version and what its sources do. All of it is the key, or the life of the :class:`Plans` itself, or kept
beside the plan and compared: the profiles of its sources, with their capability versions, and whose speed was known. A
statement that reads the clock is never kept. A plan that brought other amounts than it reckoned with is forgotten, so that
what was learned counts the next time.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

from fedquery.identity import Principal

#: A plan, with whatever is kept beside it.
T = TypeVar("T")

SECONDS = 3600.0
SIZE = 1000


class Plans(Generic[T]):
    """The plans of one version of the catalogue, the least recently used leaving first. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> T | None:
        """The plan kept under the key; None when there is none, or it is too old."""
        with self._lock:
            found = self._kept.get(key)
            if found is None or found[0] < self._clock() - SECONDS:
                return None
            self._kept.move_to_end(key)
            return found[1]

    def keep(self, key: Hashable, plan: T) -> None:
        """Keep a plan from now on."""
        with self._lock:
            self._kept[key] = (self._clock(), plan)
            self._kept.move_to_end(key)
            while len(self._kept) > SIZE:
                self._kept.popitem(last=False)

    def forget(self, plan: T) -> None:
        """Make it anew the next time."""
        with self._lock:
            for key in [key for key, (_, kept) in self._kept.items() if kept is plan]:
                del self._kept[key]


def key(
    principal: Principal, sql: str, parameters: Mapping[str, object] | None, grant: str | None, push: bool, today: dt.date
) -> Hashable:
    """What a plan depends on besides the version: equal keys have equal plans."""
    given = tuple((name, type(value).__name__, repr(value)) for name, value in sorted((parameters or {}).items()))
    caller = (
        principal.id, principal.kind, principal.department, principal.roles,
        tuple(sorted((name, value) for name, value in principal.attributes.items())),
    )  # fmt: skip
    return (caller, sql, given, grant, push, today)
