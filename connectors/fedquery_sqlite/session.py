"""One connection, used by one thread at a time; a thread that waits in it for SQLite can be called back, and no other."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")


class Session:
    """A connection inside its read transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._using = threading.Lock()
        self._inside: object = None
        self._cursors: list[sqlite3.Cursor] = []

    def run(self, owner: object, work: Callable[[sqlite3.Connection], _Found]) -> _Found:
        """Do something for ``owner``. Raises what SQLite raises."""
        with self._using:
            self._inside = owner
            try:
                return work(self._connection)
            finally:
                self._inside = None

    def keep(self, cursor: sqlite3.Cursor) -> sqlite3.Cursor:
        """Close this one with the session."""
        self._cursors.append(cursor)
        return cursor

    def interrupt(self, owner: object) -> None:
        """End what runs for ``owner``; for that only: it would end the others as well."""
        while self._inside is owner:
            self._connection.interrupt()
            if self._using.acquire(timeout=0.02):
                self._using.release()

    def close(self) -> None:
        """End what still runs, then the transaction: SQLite keeps it open for a statement that nobody has finished."""
        while not self._using.acquire(timeout=0.02):
            self._connection.interrupt()
        for cursor in self._cursors:
            cursor.close()
        self._connection.close()
        self._using.release()
