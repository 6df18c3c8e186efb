"""The two protocols a connector implements: Connector opens a Source, a Source reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from fedquery.spi.capabilities import Capabilities
from fedquery.spi.dialect import Dialect
from fedquery.spi.fingerprint import Fact, Fingerprint
from fedquery.spi.remote import RemoteTable
from fedquery.spi.request import SqlRequest
from fedquery.spi.secrets import Secrets
from fedquery.spi.statistics import TableStatistics


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """What a source is opened with: its directory id, its validated options, and the limits its owner set.

    ``options`` is an instance of the connector's ``options`` model; secret references in it are still references.
    ``folder`` is where relative paths in options start.
    """

    id: str
    options: Any
    secrets: Secrets
    concurrency: int = 4
    seconds: float = 60.0
    time_zone: str = "Asia/Shanghai"
    scratch: bool = False
    folder: Path = Path()


class BatchStream:
    """Arrow record batches of one schema, to be closed by whoever took it.

    Iterating may raise any SourceError. ``close`` may be called from another thread, at any time, more than once, and
    leaves nothing running at the source.
    """

    def __init__(self, schema: pa.Schema, batches: Iterator[pa.RecordBatch], close: Callable[[], None]) -> None:
        self.schema = schema
        self._batches = batches
        self._close = close

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self._batches

    def close(self) -> None:
        """Release the connection; end the statement if it still runs."""
        self._close()

    def __enter__(self) -> BatchStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Source(Protocol):
    """One department's system, opened. Thread-safe; owns its connections; sessions are read-only."""

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def version(self) -> str | None:
        """The server's version as the newest connection reported it; None before the first."""
        ...

    def fingerprint(self) -> Fingerprint:
        """Ask every fact of the connector, in a session as statements have it. Raises as :meth:`ping` does."""
        ...

    def statistics(self, tables: Sequence[tuple[str, ...]]) -> Mapping[tuple[str, ...], TableStatistics]:
        """What the source's own catalogue says of these tables, cheaply: no table is read. What it does not know is left
        out. Raises as :meth:`ping` does."""
        ...

    def describe(self) -> Iterable[RemoteTable]:
        """Every table the login can read, with the columns' declared types."""
        ...

    def read(self, request: SqlRequest) -> BatchStream:
        """Run the statement, tagged with the query's id, and stream exactly ``request.schema``.

        Raises SourceUnavailable, SourceTimeout, SourceRejected, SourceDrift, InvalidValue, SecretProblem; the stream may
        raise them too, while it is read.
        """
        ...

    def cancel(self, query_id: str) -> None:
        """End every statement of that query at the source, within 2 seconds; nothing happens if there is none."""
        ...

    def ping(self) -> None:
        """Return, or raise SourceUnavailable."""
        ...

    def close(self) -> None:
        """Close every connection. Nothing may be called afterwards."""
        ...


class Connector(Protocol):
    """A kind of source. Its package offers one as ``CONNECTOR`` and names it in the entry-point group."""

    @property
    def kind(self) -> str: ...

    @property
    def options(self) -> type[Any]:
        """A frozen pydantic model that forbids extra fields: the allow-list of what an administrator may set."""
        ...

    @property
    def dialect(self) -> Dialect: ...

    @property
    def capabilities(self) -> Capabilities:
        """What a source of this kind does where every fact is as assumed."""
        ...

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What is asked of a source, and what of the capabilities rests on the answers."""
        ...

    def derive(self, fingerprint: Fingerprint | None) -> Capabilities:
        """What a source with that fingerprint does; with None, what every source of this kind does."""
        ...

    def open(self, config: SourceConfig) -> Source:
        """Must not connect yet: a directory can be served while a source is down."""
        ...
