"""All fragments of a query fetched at the same time, each by a thread of its own into a bounded channel."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import pyarrow as pa

from fedquery import sentences as say
from fedquery.errors import Cancelled, FedqueryError, InvariantBroken, SourceTimeout, SourceUnavailable
from fedquery.plan.model import Fragment
from fedquery.run import contract
from fedquery.run.budget import Meter
from fedquery.run.channel import Channel
from fedquery.spi import BatchStream, Limits, Source, SqlRequest, Visit

_GRACE = 1.0  # seconds in which a source may still say itself that it is late


@dataclass(frozen=True, slots=True)
class SourceProgress:
    """How far one fragment is.

    ``state``: ``queued``, ``connecting``, ``reading``; then ``done`` (read to its end, or as far as the statement needed),
    ``failed`` or ``cancelled``. ``detached`` means that its source did not let go in time and was left behind; ``whole``, that
    it was read to its end. ``first`` is when the first batch came, ``held`` how long batches waited for their taker.
    """

    fragment: str
    source: str
    department: str
    state: str = "queued"
    rows: int = 0
    bytes: int = 0
    milliseconds: int = 0
    detached: bool = False
    whole: bool = False
    first: int | None = None
    held: int = 0


class _Lane:
    """One fragment on its way."""

    def __init__(self, fragment: Fragment) -> None:
        self.fragment = fragment
        self.ready = threading.Event()
        self.schema = contract.plain(fragment.schema)
        self.channel = Channel()
        self.stream: BatchStream | None = None
        self.state = "queued"
        self.rows = self.bytes = 0
        self.began = self.ended = self.first = self.held = 0.0
        self.detached = self.whole = False
        self.asked: float | None = None  # since when the source owes a batch; None while it does not

    @property
    def open(self) -> bool:
        return self.state in ("connecting", "reading")

    def begin(self) -> None:
        self.began, self.state = time.monotonic(), "connecting"
        self.asked = self.began

    def end(self, state: str) -> None:
        self.ended, self.state = time.monotonic(), state

    def progress(self) -> SourceProgress:
        fragment = self.fragment
        passed = (self.ended or time.monotonic()) - self.began if self.began else 0.0
        state = "cancelled" if self.detached else self.state
        return SourceProgress(
            fragment.id,
            fragment.source,
            fragment.department,
            state,
            self.rows,
            self.bytes,
            round(passed * 1000),
            self.detached,
            whole=self.whole,
            first=round((self.first - self.began) * 1000) if self.first else None,
            held=round(self.held * 1000),
        )


class Fetch:
    """The fragments of one query as readers.

    ``fail`` is told the first error of each fragment, from its thread; ``leave`` hands back places at a source, and
    ``spare`` takes some that nobody waits for. A failure does not end the others by itself: whoever is told calls
    :meth:`stop`.
    """

    def __init__(
        self,
        query_id: str,
        fragments: Sequence[Fragment],
        sources: Mapping[str, Source],
        meter: Meter,
        fail: Callable[[FedqueryError], None],
        leave: Callable[[str, int], None] = lambda source, count: None,
        spare: Callable[[str, int], int] = lambda source, wanted: 0,
        seconds: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self._query_id = query_id
        self._lanes = {fragment.id: _Lane(fragment) for fragment in fragments}
        self._sources = sources
        self._meter = meter
        self._fail = fail
        self._leave = leave
        self._seconds = seconds
        self._visits = {
            source: Visit(statements, partial(spare, source), partial(leave, source))
            for source, statements in Counter(fragment.source for fragment in fragments).items()
        }
        self._at_work = Counter[str]()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._state_when_stopped = "cancelled"
        self._threads: list[threading.Thread] = []

    def batches(self, fragment: str) -> Iterator[pa.RecordBatch]:
        """The fragment's batches, to be read once. Raises what ended them."""
        return iter(self._lanes[fragment].channel)

    def reader(self, fragment: str) -> pa.RecordBatchReader:
        """The same for DuckDB."""
        lane = self._lanes[fragment]
        return pa.RecordBatchReader.from_batches(lane.schema, iter(lane.channel))

    def start(self, order: Iterable[str], places: Mapping[str, int], held: Container[str] = ()) -> None:
        """Start fetching: ``places[source]`` fragments of a source at a time, in this order.

        A fragment that is ``held`` keeps its turn and waits until :meth:`release` says what exactly it asks.
        """
        waiting: dict[str, deque[_Lane]] = {}
        for fragment in order:
            lane = self._lanes[fragment]
            waiting.setdefault(lane.fragment.source, deque()).append(lane)
            if fragment not in held:
                lane.ready.set()
        self._at_work.update(places)
        for source, count in places.items():
            for number in range(count):
                name = f"fedquery-{self._query_id}-{source}-{number}"
                arguments = (source, waiting[source])
                self._threads.append(threading.Thread(target=self._work, args=arguments, name=name, daemon=True))
        for thread in self._threads:
            thread.start()

    def release(self, fragment: Fragment) -> None:
        """Let a held fragment go, as it is now to be asked."""
        lane = self._lanes[fragment.id]
        lane.fragment = fragment
        lane.ready.set()

    def progress(self) -> tuple[SourceProgress, ...]:
        """Every fragment, in the plan's order."""
        return tuple(lane.progress() for lane in self._lanes.values())

    def overdue(self) -> FedqueryError | None:
        """A source that owes a batch for longer than its owner allows a whole statement: it hangs, and will not say so."""
        now = time.monotonic()
        for lane in self._lanes.values():
            source, asked = lane.fragment.source, lane.asked
            if lane.open and asked is not None and now - asked > self._seconds.get(source, math.inf) + _GRACE:
                return SourceTimeout(
                    say.SOURCE_SILENT(source=source, seconds=self._seconds[source]),
                    hint=say.LESS_OR_LATER(),
                    source=source,
                )
        return None

    def stop(self, error: FedqueryError | None) -> None:
        """Want nothing more: ``error`` is what readers get, None says that nobody reads. Returns at once.

        Sources that still work are told to cancel, and their streams are closed, by threads that nobody waits for, because
        a source that hangs may hang in this as well.
        """
        self._state_when_stopped = "cancelled" if error else "done"
        self._stopped.set()
        reason = error or Cancelled("The statement needed no more of this source.")
        at_work = [lane for lane in self._lanes.values() if lane.open]
        for lane in self._lanes.values():
            lane.channel.fail(reason)
            lane.ready.set()
            if lane.state == "queued":
                lane.end(self._state_when_stopped)
        orders: list[Callable[[], None]] = [
            lambda source=source: self._sources[source].cancel(self._query_id)  # type: ignore[misc]
            for source in sorted({lane.fragment.source for lane in at_work})
        ]
        orders += [visit.end for visit in self._visits.values()]
        orders += [lane.stream.close for lane in at_work if lane.stream is not None]
        for order in orders:
            threading.Thread(target=_obey, args=(order,), name=f"fedquery-{self._query_id}-stop", daemon=True).start()

    def join(self, seconds: float) -> None:
        """Wait for the threads; what is not back in time is left behind and marked ``detached``."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        for lane in self._lanes.values():
            lane.detached = lane.open

    def _work(self, source: str, waiting: deque[_Lane]) -> None:
        try:
            while not self._stopped.is_set():
                try:
                    lane = waiting.popleft()
                except IndexError:
                    return
                lane.ready.wait()
                if not self._stopped.is_set():
                    self._pump(lane)
        finally:
            with self._lock:
                self._at_work[source] -= 1
                last = not self._at_work[source]
            if last:
                self._visits[source].end()
            self._leave(source, 1)

    def _pump(self, lane: _Lane) -> None:
        fragment = lane.fragment
        try:
            lane.begin()
            with self._sources[fragment.source].read(self._request(fragment)) as stream:
                lane.stream = stream
                contract.check(stream.schema, lane.schema, fragment.source)
                lane.state = "reading"
                for batch in stream:
                    if self._stopped.is_set() or not self._hand_over(lane, batch):
                        lane.end(self._state_when_stopped)
                        return
        except BaseException as problem:
            lane.end(self._state_when_stopped if self._stopped.is_set() else "failed")
            self._fail(_as_source_error(problem, fragment.source))
        else:
            lane.whole = True
            lane.end("done")
            lane.channel.finish()
        finally:
            lane.stream = None

    def _hand_over(self, lane: _Lane, batch: pa.RecordBatch) -> bool:
        if batch.num_rows == 0:
            contract.check(batch.schema, lane.schema, lane.fragment.source)
            return True
        batch = contract.conform(batch, lane.schema, lane.fragment.source)
        lane.rows += batch.num_rows
        lane.bytes += batch.nbytes
        self._meter.fetched(batch.num_rows, batch.nbytes)
        arrived = time.monotonic()
        lane.first, lane.asked = lane.first or arrived, None
        taken = lane.channel.put(batch)
        lane.asked = time.monotonic()
        lane.held += lane.asked - arrived
        return taken

    def _request(self, fragment: Fragment) -> SqlRequest:
        budget = self._meter.budget
        return SqlRequest(
            query_id=self._query_id,
            fragment=fragment.id,
            text=fragment.text,
            schema=fragment.schema,
            parameters=fragment.parameters,
            stored=fragment.stored,
            reads=fragment.reads,
            limits=Limits(rows=budget.rows, bytes=budget.bytes, seconds=self._meter.remaining()),
            split=fragment.split,
            split_by=fragment.split_by,
            visit=self._visits[fragment.source],
        )


def _obey(order: Callable[[], None]) -> None:
    """The query has ended; whatever goes wrong in tidying up shows as a detached fragment."""
    with suppress(Exception):
        order()


def _as_source_error(problem: BaseException, source: str) -> FedqueryError:
    """What the caller may know of it, with the source's name on it."""
    if isinstance(problem, Cancelled):  # nobody here cancelled: someone at the source did
        problem = SourceUnavailable(
            say.SOURCE_ENDED(source=source),
            hint=say.DEPARTMENT_KNOWS(),
            private=problem.private,
        )
    elif not isinstance(problem, FedqueryError):
        problem = InvariantBroken(f"the connector of {source!r} raised {problem.__class__.__name__}: {problem}")
    problem.source = problem.source or source
    return problem
