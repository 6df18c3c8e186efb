"""One query's run from its places at the sources to the end: two threads of its own, one end, nothing left running."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import MappingProxyType

import pyarrow as pa

from fedquery import sentences as say
from fedquery.errors import Cancelled, FedqueryError, InvariantBroken, TimeExceeded
from fedquery.plan.model import Plan
from fedquery.run.adaptive import Shipped, Shipping
from fedquery.run.budget import Budget, Meter
from fedquery.run.channel import Channel
from fedquery.run.engine_errors import as_run_error
from fedquery.run.fetch import Fetch, SourceProgress
from fedquery.run.join import Engine, Session
from fedquery.run.metadata import annotate
from fedquery.run.passing import passed_on
from fedquery.run.slots import SourceSlots, too_busy
from fedquery.run.snapshots import snapshots
from fedquery.spi import Source

GRACE = 1.5  # seconds that sources and DuckDB have to let go before they are left behind
_GLANCE = 0.5  # seconds between looks at sources that may hang


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a run cost. Rows and bytes are of Arrow; ``detached`` names what did not stop in time and was left behind.

    ``residual_milliseconds`` run from the start of the residual to the end of the answer, waiting for sources included.
    """

    rows: int
    bytes: int
    fetched_rows: int
    fetched_bytes: int
    milliseconds: int
    first_batch_milliseconds: int | None
    sources: tuple[SourceProgress, ...]
    detached: tuple[str, ...] = ()
    shipped: tuple[Shipped, ...] = ()
    residual_milliseconds: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: ``error`` is None when the whole answer was made."""

    query_id: str
    error: FedqueryError | None
    statistics: Statistics


class Execution:
    """Runs a plan. The worker thread takes places, starts the fetch and drives DuckDB; the supervisor ends it all.

    Whatever wants the run to end (the worker's success, a source's failure, a limit, the caller) says so in one queue, and
    the first word counts: the supervisor stops the fetch, interrupts DuckDB, waits at most ``GRACE`` seconds, calls
    ``on_end`` and only then lets the caller see the end.
    """

    def __init__(
        self,
        plan: Plan,
        sources: Mapping[str, Source],
        budget: Budget,
        query_id: str,
        *,
        engine: Engine,
        slots: SourceSlots,
        on_end: Callable[[Outcome], None],
        before_shipping: Callable[[Sequence[Shipped]], None] = lambda shipped: None,
        permit: Callable[[], None] = lambda: None,
        source_seconds: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self.query_id = query_id
        self.snapshots = snapshots(plan.fragments, sources)
        self.output = Channel()
        self.ended = threading.Event()
        self.schema: pa.Schema | None = None
        self.outcome: Outcome | None = None
        self._plan = plan
        self._engine = engine
        self._slots = slots
        self._on_end = on_end
        self._before_shipping = before_shipping
        self._permit = permit
        self._meter = Meter(budget)
        # A SimpleQueue may be written to from a finaliser, at any point of any thread; a lock may not be taken there.
        self._word: SimpleQueue[FedqueryError | None] = SimpleQueue()
        self._fetch = Fetch(
            query_id, plan.fragments, sources, self._meter, self._word.put, slots.give_back, slots.spare, source_seconds
        )
        self._admitted = False
        self._session: Session | None = None
        self._shipped: tuple[Shipped, ...] = ()
        self._first_batch: int | None = None
        self._residual_began: int | None = None
        self._worker = threading.Thread(target=self._work, name=f"fedquery-{query_id}-join", daemon=True)
        self._supervisor = threading.Thread(target=self._supervise, name=f"fedquery-{query_id}", daemon=True)

    def start(self) -> None:
        """Start both threads."""
        self._supervisor.start()

    def cancel(self, message: str = "The query was cancelled.") -> None:
        """Ask for the end; returns at once, may be called from anywhere, does nothing after the end."""
        self._word.put(Cancelled(message))

    def require_permission(self) -> None:
        """Ask once more whether the answer may be had; when it may not, end the query for good, and raise."""
        try:
            self._permit()
        except Exception as problem:
            refusal = problem if isinstance(problem, FedqueryError) else InvariantBroken(f"permit raised {problem!r}")
            refusal.query_id = self.query_id
            self.output.fail(refusal)
            self._word.put(refusal)
            raise refusal from None

    def progress(self) -> tuple[SourceProgress, ...]:
        """Every fragment, in the plan's order."""
        return self._fetch.progress()

    def _supervise(self) -> None:
        error: FedqueryError | None = None
        try:
            self._worker.start()
            error = self._first_word()
            self._stop(error)
        except BaseException as problem:
            error = error or InvariantBroken(f"{problem!r} while supervising")
        self._end(error)

    def _first_word(self) -> FedqueryError | None:
        while remaining := self._meter.remaining():
            with suppress(Empty):
                return self._word.get(timeout=min(remaining, _GLANCE))
            if overdue := self._fetch.overdue():
                return overdue
        return self._out_of_time()

    def _stop(self, error: FedqueryError | None) -> None:
        if error is not None:
            self.output.refuse()
        self._fetch.stop(error)
        until = time.monotonic() + GRACE
        while self._worker.is_alive() and time.monotonic() < until:
            if error is not None and (session := self._session) is not None:
                session.interrupt()  # again and again: an interrupt between two statements is lost
            self._worker.join(0.02)
        self._fetch.join(max(0.0, until - time.monotonic()))

    def _end(self, error: FedqueryError | None) -> None:
        if error is not None:
            error.query_id = self.query_id
        self.outcome = Outcome(self.query_id, error, self._statistics())
        try:
            self._on_end(self.outcome)
        except BaseException as problem:  # an end that could not be recorded is not a good end
            unrecorded = problem if isinstance(problem, FedqueryError) else InvariantBroken(f"on_end raised {problem!r}")
            unrecorded.query_id = self.query_id
            error = error or unrecorded
        self.ended.set()
        if error is None:
            self.output.finish()
        else:
            self.output.fail(error)

    def _out_of_time(self) -> FedqueryError:
        if not self._admitted:
            return too_busy()
        return TimeExceeded(
            say.TOOK_LONGER(seconds=self._meter.budget.seconds),
            hint=say.FEWER_OR_CONDITION(),
        )

    def _statistics(self) -> Statistics:
        sources = self.progress()
        detached = [progress.fragment for progress in sources if progress.detached]
        if self._worker.is_alive():
            detached.append("join")
        meter = self._meter
        return Statistics(
            rows=meter.returned_rows,
            bytes=meter.returned_bytes,
            fetched_rows=meter.fetched_rows,
            fetched_bytes=meter.fetched_bytes,
            milliseconds=meter.milliseconds(),
            first_batch_milliseconds=self._first_batch,
            sources=sources,
            detached=tuple(detached),
            shipped=self._shipped,
            residual_milliseconds=meter.milliseconds() - self._residual_began if self._residual_began is not None else None,
        )

    def _work(self) -> None:
        try:
            needs = Counter(fragment.source for fragment in self._plan.fragments)
            places = self._slots.take(needs, self._meter.deadline, lambda: not self._word.empty())
            self._admitted = True
            if self._plan.passed_on:
                self._pass_on(places)
            else:
                self._join(places)
        except FedqueryError as problem:
            self._word.put(problem)
        except Exception as problem:
            self._word.put(as_run_error(problem, self._meter.budget))
        except BaseException as problem:
            self._word.put(InvariantBroken(f"{problem!r} while joining"))
        else:
            self._word.put(None)

    def _pass_on(self, places: Mapping[str, int]) -> None:
        """The one fragment is the answer."""
        (fragment,) = self._plan.fragments
        schema = pa.schema(self._plan.passed_on)
        self._fetch.start([fragment.id], places)
        self._residual_began = self._meter.milliseconds()
        self._give(schema, passed_on(self._fetch.batches(fragment.id), schema))

    def _join(self, places: Mapping[str, int]) -> None:
        """Run the residual over the fragments, in a session of its own."""
        session = self._session = self._engine.open(self._meter.budget)
        clean = False
        try:
            shipping = Shipping(self._plan, session.keys, session.ends, self._before_shipping)
            copied = _copied(self._plan, places, frozenset(shipping.givers))
            order = _order(self._plan, copied, shipping.givers)
            self._fetch.start(order, places, shipping.takers)
            self._read(session, order, copied, shipping)
            self._residual_began = self._meter.milliseconds()
            with session.run(self._plan.residual) as reader:  # left open it would keep DuckDB's threads beyond the session
                clean = self._give(reader.schema, reader)
        finally:
            self._engine.retire(session, clean=clean)

    def _read(self, session: Session, order: Sequence[str], copied: frozenset[str], shipping: Shipping) -> None:
        """Bring the fragments into the session; those that give keys let others go."""
        projections = {fragment.id: fragment.projection for fragment in self._plan.fragments}
        for fragment in order:
            if fragment in copied:
                session.materialise(fragment, self._fetch.reader(fragment), projections[fragment])
                for taker in shipping.after(fragment):
                    self._shipped = tuple(shipping.shipped)
                    self._fetch.release(taker)
            else:
                session.register(fragment, self._fetch.reader(fragment), projections[fragment])

    def _give(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> bool:
        """Put the answer into the output; whether it was wanted to its end."""
        self.schema = annotate(schema, self._plan, self.query_id, self.snapshots)
        for batch in batches:
            self._meter.returned(batch.num_rows, batch.nbytes)
            if self._first_batch is None:
                self._first_batch = self._meter.milliseconds()
            if not self.output.put(pa.RecordBatch.from_arrays(batch.columns, schema=self.schema)):
                return False
        return True


def _order(plan: Plan, copied: frozenset[str], givers: Sequence[str]) -> list[str]:
    """Copied fragments before streams; among the copied, one that takes keys after those that give them.

    Each source serves its fragments in this order, and the worker reads them in it: so whoever waits, waits for one that
    comes before.
    """
    place = {giver: number for number, giver in enumerate(givers)}
    return sorted((f.id for f in plan.fragments), key=lambda id: (id not in copied, place.get(id, len(place))))


def _copied(plan: Plan, places: Mapping[str, int], givers: frozenset[str]) -> frozenset[str]:
    """The fragments to copy into tables before the residual starts, in the plan's order.

    A stream can be scanned once, so whatever may be scanned again is copied; what gives keys is scanned for them. And
    where a source gives fewer places than the plan has fragments there, its first ones are copied in turn: DuckDB may pull
    streams in any order, and would wait for ever for one whose place is held by another that it does not pull.
    """
    copied = set(givers) | {fragment.id for fragment in plan.fragments if fragment.repeated}
    for source, count in places.items():
        streams = [fragment.id for fragment in plan.fragments if fragment.source == source and fragment.id not in copied]
        copied.update(streams[: max(0, len(streams) - count)])
    return frozenset(copied)
