"""The files that a private DuckDB may read: those that a connector holds open, under names of their own; it opens none itself.

A file put in the place of another is not mixed in, for what is read is the open one. DuckDB reads its columns and row groups
several times sooner than they come through Arrow.
"""

from __future__ import annotations

import datetime as dt
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from secrets import token_hex

from fsspec import AbstractFileSystem

SCHEME = "held"


class HeldFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """The only file system of one DuckDB: it lists nothing, writes nothing, and knows the files lent to running statements.

    Their names are drawn by chance: no statement reads what is lent to another one.
    """

    protocol = SCHEME
    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._held: dict[str, int] = {}

    @contextmanager
    def lent(self, descriptors: Iterable[int]) -> Iterator[tuple[str, ...]]:
        """The names of open files until the block ends. The descriptors stay the caller's to close, afterwards."""
        with self._lock:
            names = {f"{SCHEME}://{token_hex(8)}": descriptor for descriptor in descriptors}
            self._held = {**self._held, **names}
        try:
            yield tuple(names)
        finally:
            with self._lock:
                self._held = {name: held for name, held in self._held.items() if name not in names}

    def open(self, path: str, mode: str = "rb", **_options: object) -> _Reading:
        """A place of its own in the file. Raises FileNotFoundError for what is not lent, PermissionError for writing."""
        if mode != "rb":
            raise PermissionError("the files of a department are only read")
        with self._lock:  # not closed before it is doubled
            return _Reading(self._descriptor(path))

    def glob(self, path: str, **_options: object) -> list[str]:
        """The path itself: names are not patterns here, and nothing is listed. Raises FileNotFoundError."""
        self._descriptor(path)
        return [path]

    def info(self, path: str, **_options: object) -> dict[str, object]:
        """As fsspec has it."""
        return {"name": path, "size": os.fstat(self._descriptor(path)).st_size, "type": "file"}

    def modified(self, path: str) -> dt.datetime:
        """When the file was last written to."""
        return dt.datetime.fromtimestamp(os.fstat(self._descriptor(path)).st_mtime, dt.UTC)

    def _descriptor(self, path: str) -> int:
        try:
            return self._held[path]
        except KeyError:
            raise FileNotFoundError(path) from None


class _Reading:
    """A place in an open file for each thread that reads it, on a descriptor of its own.

    DuckDB's threads share a reader and seek before they read, which two of them may do at once; and it may still read when the
    statement has ended.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = os.dup(descriptor)
        self._places: dict[int, int] = {}  # by thread; not threading.local, which DuckDB's threads may lose between two calls

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: os.fstat(self._descriptor).st_size}[whence]
        self._places[threading.get_ident()] = start + offset
        return start + offset

    def tell(self) -> int:
        return self._places.get(threading.get_ident(), 0)

    def read(self, size: int) -> bytes:
        """At most so many bytes; other threads go on meanwhile."""
        data = os.pread(self._descriptor, size, self.tell())
        self._places[threading.get_ident()] = self.tell() + len(data)
        return data

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    __del__ = close
