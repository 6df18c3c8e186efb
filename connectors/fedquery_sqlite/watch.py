"""Tells one state of a file from the next, and keeps what was found out of one until somebody writes."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fedquery.spi import SourceRejected, SourceUnavailable

#: Which file, which connection to it, and what it calls the file's version.
State = tuple[int, int, int, int]


class Watch:
    """A connection that stays open, in no transaction: SQLite tells it when another has written, in whatever process."""

    def __init__(self, path: Path, open: Callable[[], sqlite3.Connection]) -> None:
        self._path, self._open = path, open
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._times = 0
        self._asking = threading.Lock()

    def state(self) -> State | None:
        """The state of now; None when it cannot be told. Equal ones with a time between: nobody has written in that time."""
        with self._asking:
            with suppress(OSError, sqlite3.Error, SourceUnavailable, SourceRejected):
                file = self._which()
                if self._connection is None or self._file != file:
                    self._renew(file)
                assert self._connection is not None
                (version,) = self._connection.execute("PRAGMA data_version").fetchone()
                if self._which() == file:
                    return (*file, self._times, int(version))
            self._let_go()
            return None

    def close(self) -> None:
        """Hold nothing open."""
        with self._asking:
            self._let_go()

    def _which(self) -> tuple[int, int]:
        found = self._path.stat()
        return found.st_dev, found.st_ino

    def _renew(self, file: tuple[int, int]) -> None:
        self._let_go()
        self._connection = self._open()
        weakref.finalize(self, self._connection.close)
        self._file = file
        self._times += 1

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._file = None


class Known:
    """What was found out of the newest state. Whoever still reads an older one keeps what is known of that."""

    def __init__(self) -> None:
        self._state: State | None = None
        self._found: dict[str, bool] = {}
        self._changing = threading.Lock()

    def of(self, state: State | None) -> dict[str, bool]:
        """By question; to be added to."""
        with self._changing:
            if state is None or state != self._state:
                self._state, self._found = state, {}
            return self._found
