"""Signed-in browsers: each session stands for the key it was opened with, and ends no later than that key."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

#: Seconds without a request after which a session ends, and after which it ends in any case.
IDLE, LONGEST = 2 * 3600, 12 * 3600
#: Sessions that are kept; beyond, the one unused for longest ends.
MOST = 10_000


@dataclass(slots=True, repr=False)
class _Session:
    key: str
    began: float
    used: float


class Sessions:
    """The sessions of this process, in memory only: a restart signs everyone out, and no copy of a key lies on a disk.

    Every request by session authenticates the key again, so that revoking a key, or changing its account, works at once.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, _Session] = {}
        self._lock = threading.Lock()

    def start(self, key: str) -> str:
        """The token of a new session: 256 random bits. Only its hash is kept."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            while len(self._open) >= MOST:
                del self._open[next(iter(self._open))]
            self._open[_hash(token)] = _Session(key, now, now)
        return token

    def key(self, token: str) -> str | None:
        """The key that the session stands for; None when there is no such session, or it has ended."""
        now = self._clock()
        with self._lock:
            session = self._open.pop(_hash(token), None)
            if session is None or now - session.used > IDLE or now - session.began > LONGEST:
                return None
            session.used = now
            self._open[_hash(token)] = session  # to the end: the first is the one unused for longest
            return session.key

    def end(self, token: str) -> None:
        """Forget the session; nothing happens when there is none."""
        with self._lock:
            self._open.pop(_hash(token), None)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
