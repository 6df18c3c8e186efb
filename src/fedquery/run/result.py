"""The answer as the caller holds it: a schema, batches pulled one by one, and the means to stop."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import pyarrow as pa

from fedquery.plan.model import Mark, OutputColumn, Plan
from fedquery.run.adaptive import Shipped
from fedquery.run.budget import Budget
from fedquery.run.execution import GRACE, Execution, Outcome, Statistics
from fedquery.run.fetch import SourceProgress
from fedquery.run.join import Engine
from fedquery.run.slots import SourceSlots
from fedquery.spi import Source


class Result:
    """Batches of the answer, each pulled when it is asked for; who does not ask holds the sources.

    To be closed, best by ``with``; a result that is forgotten cancels its query. Iterating raises the error that ended the
    query, whatever part of the answer came before it.
    """

    def __init__(self, plan: Plan, execution: Execution) -> None:
        self.query_id = execution.query_id
        self.plan = plan
        self._execution = execution
        self._schema: pa.Schema | None = None
        self._forget = weakref.finalize(self, execution.cancel, "The result was dropped before its end.")

    @property
    def columns(self) -> tuple[OutputColumn, ...]:
        """The answer's columns, with what became of them."""
        return self.plan.columns

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Where the answer speaks only of the rows that the caller may see."""
        return self.plan.marks

    @property
    def snapshots(self) -> dict[str, str]:
        """By source, whether its rows are of ``one`` moment or ``none`` keeps them together."""
        return self._execution.snapshots

    @property
    def schema(self) -> pa.Schema:
        """The schema with its metadata; waits as :meth:`start` does."""
        if self._schema is None:
            self.start()
        return self._schema

    @property
    def statistics(self) -> Statistics | None:
        """What the query cost; None until its end."""
        return outcome.statistics if (outcome := self._execution.outcome) else None

    def start(self) -> Result:
        """Wait for the first batch or the end, so that nothing is sent before it is known. Raises the query's error."""
        self._execution.output.wait()
        self._execution.require_permission()
        self._schema = self._execution.schema
        return self

    def progress(self) -> tuple[SourceProgress, ...]:
        """How far every fragment is."""
        return self._execution.progress()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self

    def __next__(self) -> pa.RecordBatch:
        batch = self._execution.output.get()
        if batch is None:
            raise StopIteration
        self._execution.require_permission()
        return batch

    def unasked(self) -> Iterator[pa.RecordBatch]:
        """The batches, for a taker who holds them back: before one goes on, :meth:`require_permission` has to be asked."""
        yield from self._execution.output

    def require_permission(self) -> None:
        """Ask once more whether the answer may be had. Raises when not, and ends the query."""
        self._execution.require_permission()

    def read_all(self) -> pa.Table:
        """The rest of the answer."""
        return pa.Table.from_batches(list(self), self.schema)

    def cancel(self) -> None:
        """Ask for the end and return; the next batch asked for raises Cancelled. Nothing happens after the end."""
        self._execution.cancel()

    def close(self) -> None:
        """End the query if it still runs, within 2 seconds, and free what is left of the answer."""
        self._forget.detach()
        self._execution.cancel("The result was closed before its end.")
        self._execution.ended.wait(GRACE + 0.4)
        self._execution.output.refuse()

    def __enter__(self) -> Result:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def execute(
    plan: Plan,
    sources: Mapping[str, Source],
    budget: Budget,
    query_id: str,
    *,
    engine: Engine,
    slots: SourceSlots,
    on_end: Callable[[Outcome], None] = lambda outcome: None,
    before_shipping: Callable[[Sequence[Shipped]], None] = lambda shipped: None,
    permit: Callable[[], None] = lambda: None,
    source_seconds: Mapping[str, float] = MappingProxyType({}),
) -> Result:
    """Start a plan and return at once. ``on_end`` is called once, whatever happens, before the caller sees the end;
    if it raises, the query fails with that. ``before_shipping`` is called before keys of one source go to another; if it
    raises, they do not go. ``permit`` is called before each batch is handed over; if it raises, the query ends with that.
    ``source_seconds`` is how long each source may be silent while it owes rows.
    """
    execution = Execution(
        plan,
        sources,
        budget,
        query_id,
        engine=engine,
        slots=slots,
        on_end=on_end,
        before_shipping=before_shipping,
        permit=permit,
        source_seconds=source_seconds,
    )
    result = Result(plan, execution)
    execution.start()
    return result
