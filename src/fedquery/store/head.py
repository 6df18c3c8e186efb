"""The head of the audit chain, kept outside the store: an append-only file of ``seq hash`` lines.

Whoever cuts the store's tail must cut this file too, and the other way round; it may lie on another disk, or be shipped
line by line to another machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from fedquery.errors import AuditBroken

#: The file's own times need not be on disk. macOS has no such call.
_flush = getattr(os, "fdatasync", os.fsync)
_LINE = re.compile(r"(\d+) ([0-9a-f]{64})")
_TAIL = 256  # bytes; more than one line


class HeadFile:
    """One head file. Its lock makes the append to the store and to the file one step among the machine's processes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def locked(self) -> Iterator[int]:
        """Hold the file for one append; yields its descriptor. Raises OSError."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def last(self, descriptor: int) -> tuple[int, str]:
        """The last line; (0, "") of an empty file. A line that a crash cut short is removed. Raises AuditBroken."""
        size = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, _TAIL, max(0, size - _TAIL))
        if tail and not tail.endswith(b"\n"):
            cut = len(tail) - tail.rfind(b"\n") - 1
            os.ftruncate(descriptor, size - cut)
            tail = tail[: len(tail) - cut]
        return self._read(tail.decode("ascii", "replace").splitlines()[-1]) if tail else (0, "")

    def append(self, descriptor: int, lines: Iterable[tuple[int, str]]) -> None:
        """Add lines, on disk when this returns. Raises OSError, with the file as it was."""
        size = os.fstat(descriptor).st_size
        data = "".join(f"{seq} {hash}\n" for seq, hash in lines).encode("ascii")
        try:
            while data:
                data = data[os.write(descriptor, data) :]
            _flush(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise

    def lines(self) -> Iterator[tuple[int, str]]:
        """Every whole line, in order. Raises OSError, and AuditBroken where a line is none or does not follow."""
        if not self.path.exists():
            return
        previous = 0
        with self.path.open(encoding="ascii", errors="replace") as file:
            for line in file:
                if line.endswith("\n"):
                    seq, hash = self._read(line[:-1])
                    if previous and seq != previous + 1:
                        raise AuditBroken(f"The audit head file lacks the record {previous + 1}.", hint=_HINT)
                    previous = seq
                    yield seq, hash

    def _read(self, line: str) -> tuple[int, str]:
        found = _LINE.fullmatch(line)
        if not found:
            raise AuditBroken(f"The audit head file {self.path.name} has a line that is not one of its own.", hint=_HINT)
        return int(found[1]), found[2]


_HINT = "Keep the store and the file as they are, and compare with the copies kept elsewhere."
