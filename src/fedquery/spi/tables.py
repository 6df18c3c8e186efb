"""What a connector writes for an embedded source: a reader that lists and scans tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

from fedquery.spi.connector import BatchStream
from fedquery.spi.remote import RemoteTable
from fedquery.spi.request import TableRead


class TableReader(Protocol):
    """Thread-safe."""

    def describe(self) -> Iterable[RemoteTable]:
        """Every table it can read."""
        ...

    def scan(self, read: TableRead) -> BatchStream:
        """The read's columns under their physical names and logical types; with no columns, batches that only count rows.

        Conjuncts hold literal values only. Rows that they exclude may be left out. Raises SourceDrift, InvalidValue,
        SourceUnavailable; so may the stream. ``close`` must end a scan that another thread is waiting for.
        """
        ...

    def ping(self) -> None:
        """Return, or raise SourceUnavailable."""
        ...

    def close(self) -> None:
        """Release what it holds open."""
        ...


class TableScan(Protocol):
    """One state of a source's tables, kept until it is closed. Thread-safe."""

    def scan(self, read: TableRead) -> BatchStream:
        """As :meth:`TableReader.scan`."""
        ...

    def close(self) -> None:
        """Let the state go; may be called more than once, and while scans still run: they end."""
        ...


@runtime_checkable
class SnapshotReader(TableReader, Protocol):
    """A reader that can hold one state for all statements of a query."""

    def snapshot(self) -> TableScan:
        """The state of now. Raises SourceUnavailable."""
        ...


class HeldTable(Protocol):
    """The Parquet files of one table, held open until it is closed."""

    @property
    def descriptors(self) -> Sequence[int]:
        """The operating system's handles, one for each file."""
        ...

    @property
    def paths(self) -> Sequence[str]:
        """Where the files are, in the same order, for the operator's log alone."""
        ...

    def changed(self) -> str | None:
        """The path of a file that was written to since it was opened."""
        ...

    def close(self) -> None:
        """Close the files; nobody reads them any more."""
        ...


@runtime_checkable
class ParquetReader(TableReader, Protocol):
    """A reader some of whose tables DuckDB can read by itself."""

    def parquet(self, read: TableRead) -> HeldTable | None:
        """The files, where each holds the read's columns exactly as promised; None where they are to be scanned."""
        ...
