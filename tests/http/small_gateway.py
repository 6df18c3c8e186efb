"""A gateway over Arrow tables in memory, with streams that dawdle and break on request.

Statements are ``SELECT * FROM <stream>``; the streams are named below. It stands for a gateway where a test must say when
a department answers, fails or falls silent, which real departments do not do on command.
"""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa

from fedquery.catalog.model import Catalog
from fedquery.errors import AccessDenied, InvariantBroken, NotAuthenticated, SourceUnavailable, Span, SyntaxProblem, TooBusy
from fedquery.http.services import Bounds, Services
from fedquery.identity import Principal
from fedquery.plan.model import Mark, OutputColumn

NUMBERS = pa.schema([pa.field("n", pa.int64()), pa.field("label", pa.string())])
#: One column for each kind of value that text can spoil.
EXACT = pa.table(
    {
        "amount": pa.array([Decimal("12345678901234567890.12"), Decimal("0.10"), None], pa.decimal128(22, 2)),
        "big": pa.array([2**53 + 1, -(2**53) - 1, 7], pa.int64()),
        "ratio": pa.array([0.1, float("nan"), float("inf")], pa.float64()),
        "day": pa.array([dt.date(2026, 2, 28), None, dt.date(1, 1, 1)], pa.date32()),
        "at": pa.array([dt.datetime(2026, 2, 28, 1, 2, 3), dt.datetime(2026, 2, 28, 1, 2, 3, 450), None], pa.timestamp("us")),
        "zoned": pa.array([dt.datetime(2026, 2, 28, 1, 2, 3, tzinfo=dt.UTC), None, None], pa.timestamp("us", tz="UTC")),
        "clock": pa.array([dt.time(23, 59, 59), dt.time(0, 0, 0, 500_000), None], pa.time64("us")),
        "bytes": pa.array([b"\x00\xff", b"", None], pa.binary()),
        "span": pa.array([pa.MonthDayNano([14, 3, 1_500_000_000]), None, None], pa.month_day_nano_interval()),
        "parts": pa.array([[1, None, 2**60], [], None], pa.list_(pa.int64())),
        "text": pa.array(['张三,"quoted"\nline', "", None], pa.string()),
        "flag": pa.array([True, False, None], pa.bool_()),
    }
)
ANALYST = Principal("lin", "person", "health", frozenset({"analyst"}), name="Lin Fang")
KEY = "fq_lin_0123456789abcdef"
BEARER = {"Authorization": f"Bearer {KEY}"}


def numbers(start: int, count: int) -> pa.RecordBatch:
    """``count`` rows from ``start``."""
    values = range(start, start + count)
    return pa.record_batch([pa.array(values, pa.int64()), pa.array([f"row {v}" for v in values])], schema=NUMBERS)


@dataclass
class Progress:
    """What one source has sent."""

    source: str
    rows: int = 0
    bytes: int = 0
    milliseconds: int = 12


@dataclass
class SmallResult:
    """A running query over one stream."""

    query_id: str
    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    cancelled: threading.Event
    stream: str
    closed: threading.Event = field(default_factory=threading.Event)
    sent: Progress = field(default_factory=lambda: Progress("health.main"))
    marks: tuple[Mark, ...] = (Mark("health.visit", "NOT IN", "the slice is cut by a row filter"),)

    @property
    def columns(self) -> tuple[OutputColumn, ...]:
        return tuple(OutputColumn(f.name, str(f.type), (f"health.visit.{f.name}",), "clear") for f in self.schema)

    @property
    def snapshots(self) -> dict[str, str]:
        return {"health.main": "one"}

    def unasked(self) -> Iterator[pa.RecordBatch]:
        for batch in self.batches:
            self.sent.rows += batch.num_rows
            self.sent.bytes += batch.nbytes
            yield batch

    def progress(self) -> tuple[Progress, ...]:
        return (self.sent,)

    def require_permission(self) -> None:
        """Nothing is ever withdrawn here."""

    def cancel(self) -> None:
        self.cancelled.set()

    def close(self) -> None:
        self.closed.set()


@dataclass(frozen=True)
class SmallExplanation:
    text: str
    document: dict[str, Any]


class SmallGateway:
    """Plans nothing and governs nothing: it has the gateway's shape and runs named streams."""

    def __init__(self) -> None:
        self.results: list[SmallResult] = []
        self.asked: list[tuple[str, Mapping[str, Any], str | None]] = []
        self._ids = itertools.count(1)

    def query(
        self,
        principal: Principal,
        sql: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        grant: str | None = None,
        push: bool = True,
    ) -> SmallResult:
        self.asked.append((sql, parameters or {}, grant))
        stream = sql.removeprefix("SELECT * FROM ").strip()
        cancelled = threading.Event()
        if not hasattr(self, f"_{stream}"):
            raise SyntaxProblem("I expected FROM.", span=Span(9, 13, 1, 10), hint="Write SELECT * FROM stream.")
        schema, batches = getattr(self, f"_{stream}")(cancelled)
        schema = schema.with_metadata({"fedquery.grant": grant or "flu", "fedquery.catalog_version": "0123abcd"})
        result = SmallResult(f"q{next(self._ids):04}", schema, batches, cancelled, stream)
        self.results.append(result)
        return result

    def explain(
        self,
        principal: Principal,
        sql: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        grant: str | None = None,
        push: bool = True,
    ) -> SmallExplanation:
        return SmallExplanation("health.main: 2 columns", {"fragments": [{"source": "health.main", "columns": 2}]})

    def analysis(self, principal: Principal, result: SmallResult) -> SmallExplanation:
        return SmallExplanation(f"{result.sent.rows} rows", {"rows": result.sent.rows})

    def directory(self, principal: Principal) -> list[dict[str, Any]]:
        running = [result for result in self.results if not result.closed.is_set()]
        streams = {stream: sum(result.stream == stream for result in running) for stream in {r.stream for r in running}}
        own = {"name": "running", "streams": streams, "rows": sum(result.sent.rows for result in running)}
        return [{"name": "health.visit", "update_cycle": "daily"}, own]

    def catalog(self) -> Catalog:
        return Catalog()

    def close(self) -> None:
        for result in self.results:
            result.cancel()

    def _numbers(self, _: threading.Event) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        return NUMBERS, iter([numbers(0, 1000), numbers(1000, 1000), numbers(2000, 500)])

    def _nothing(self, _: threading.Event) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        return NUMBERS, iter(())

    def _exact(self, _: threading.Event) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        return EXACT.schema, iter(EXACT.to_batches())

    def _endless(self, cancelled: threading.Event) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        def batches() -> Iterator[pa.RecordBatch]:
            for start in itertools.count(0, 20_000):
                if cancelled.is_set():
                    return
                yield numbers(start, 20_000)

        return NUMBERS, batches()

    def _silent(self, cancelled: threading.Event) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        def batches() -> Iterator[pa.RecordBatch]:
            cancelled.wait()
            yield from ()

        return NUMBERS, batches()

    def _denied(self, _: threading.Event) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        raise AccessDenied("health.visit.diagnosis is not in your grant.", policy="grant:flu", reasons=("not approved",))

    def _busy(self, _: threading.Event) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        raise TooBusy("health.main is at its limit.")

    def _down(self, _: threading.Event) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        def batches() -> Iterator[pa.RecordBatch]:
            raise SourceUnavailable("health.main cannot be reached.", source="health.main", private="password=hunter2")
            yield  # a generator: the failure comes with the first batch

        return NUMBERS, batches()

    def _breaks(self, _: threading.Event) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        def batches() -> Iterator[pa.RecordBatch]:
            yield numbers(0, 1000)
            yield numbers(1000, 1000)
            raise SourceUnavailable("health.main went away.", source="health.main", private="password=hunter2")

        return NUMBERS, batches()

    def _bug(self, _: threading.Event) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        raise KeyError("a secret of the process")

    def _invariant(self, _: threading.Event) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        raise InvariantBroken("leaf 3 lost its filter")


class OneKey:
    """Knows one key, until it is revoked."""

    revoked = False

    def authenticate(self, key: str) -> Principal:
        if self.revoked or key != KEY:
            raise NotAuthenticated("The key is not valid.")
        return ANALYST


def open_services(bounds: Bounds | None = None) -> Services:
    """Everything an application needs."""
    return Services(SmallGateway(), OneKey(), bounds or Bounds())
