"""One query at one source: what its statements there share, and the places beyond those it needs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, TypeVar


class Closing(Protocol):
    """What can be shared: it is closed when the query leaves the source."""

    def close(self) -> None: ...


Shared = TypeVar("Shared", bound=Closing)


class Visit:
    """From a query's first statement at a source to its last; ended once, by whoever made it. Thread-safe.

    ``statements`` is how many there will be. A connector that reads a large table in parts asks for places with
    :meth:`more` and hands them back with :meth:`less`; what several statements share, such as a snapshot, it keeps with
    :meth:`shared`.
    """

    def __init__(
        self,
        statements: int = 1,
        spare: Callable[[int], int] = lambda wanted: 0,
        give_back: Callable[[int], None] = lambda count: None,
    ) -> None:
        self.statements = statements
        self._spare, self._give_back = spare, give_back
        self._lock = threading.Lock()
        self._shared: Any = None
        self._ended = False

    def more(self, wanted: int) -> int:
        """Places that nobody else wants now, at most ``wanted``; never waits."""
        return self._spare(wanted) if wanted > 0 and not self._ended else 0

    def less(self, count: int) -> None:
        """Hand back what :meth:`more` gave."""
        if count:
            self._give_back(count)

    def shared(self, make: Callable[[], Shared]) -> Shared:
        """The one thing that the statements share, made by the first that asks."""
        with self._lock:
            if self._shared is None:
                self._shared = make()
                if self._ended:
                    self._shared.close()
            shared: Shared = self._shared
            return shared

    def end(self) -> None:
        """The query asks nothing more here. May be called more than once."""
        with self._lock:
            self._ended = True
            shared = self._shared
        if shared is not None:
            with suppress(Exception):  # an idle session that cannot be told goodbye is gone already
                shared.close()
