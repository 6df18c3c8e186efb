"""Cancel: from another thread, within two seconds, while the source computes and while it streams."""

from __future__ import annotations

import threading
import time

import pyarrow as pa
import pytest

from fedquery.errors import Cancelled
from fedquery.spi import Limits, SqlRequest
from fedquery.testing.bench import Bench
from fedquery.testing.cases.limits import COUNT, PATIENCE, WHOLE, settled
from fedquery.testing.cases.needs import needs
from fedquery.testing.dataset import MANY
from fedquery.testing.statement import Statement, leaf

_ROWS = pa.schema([pa.field("id", pa.int64()), pa.field("note", pa.string())])


class CancelCases:
    """Whoever leaves takes the statement along."""

    @needs(lambda can: can.cancel)
    def test_cancel_while_computing(self, bench: Bench) -> None:
        slow = Statement(bench.quirks.slow, (leaf(MANY, "id"),))
        request = bench.request(slow, schema=COUNT, limits=Limits(seconds=30))
        seen = _outcome(bench, request)
        assert seen < PATIENCE
        assert settled(bench, request.query_id)

    @needs(lambda can: can.cancel)
    def test_cancel_while_streaming(self, bench: Bench) -> None:
        """Four hundred million rows: whoever reads them is told, and never sees an end that looks complete."""
        body = 'SELECT "a"."id" AS "id", "b"."note" AS "note" FROM "__s1" AS "a" CROSS JOIN "__s1" AS "b"'
        request = bench.request(Statement(body, WHOLE.leaves), schema=_ROWS, limits=Limits(seconds=60))
        with bench.source.read(request) as stream:
            batches = iter(stream)
            assert next(batches).num_rows > 0
            begun = time.monotonic()
            canceller = threading.Thread(target=bench.source.cancel, args=(request.query_id,))
            canceller.start()
            with pytest.raises(Cancelled):
                for _ in batches:
                    assert time.monotonic() - begun < PATIENCE, "rows still arrive"
            canceller.join(PATIENCE)
            assert not canceller.is_alive()
        assert settled(bench, request.query_id)

    def test_cancel_nothing(self, bench: Bench) -> None:
        bench.source.cancel("kit-no-such-query")

    def test_cancel_spares_others(self, bench: Bench) -> None:
        with bench.source.read(bench.request(WHOLE)) as stream:
            first = next(iter(stream))
            bench.source.cancel("kit-no-such-query")
            rest = sum(batch.num_rows for batch in stream)
        assert first.num_rows + rest == len(bench.tables[MANY].rows)


def _outcome(bench: Bench, request: SqlRequest) -> float:
    """Cancel the request while it runs; the seconds from the cancel to its end."""
    ended: list[float] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            bench.read(request)
        except BaseException as problem:
            failures.append(problem)
        ended.append(time.monotonic())

    thread = threading.Thread(target=run)
    thread.start()
    _underway(bench, request, thread)
    start = time.monotonic()
    bench.source.cancel(request.query_id)
    thread.join(30)
    assert not thread.is_alive(), "the statement is still running"
    with pytest.raises(Cancelled):
        raise failures[0]
    return ended[0] - start


def _underway(bench: Bench, request: SqlRequest, thread: threading.Thread) -> None:
    """Wait until the source has taken the statement: by its own word where it can tell, else a moment."""
    end = time.monotonic() + 10
    while bench.loaded.running and not bench.loaded.running(request.query_id) and time.monotonic() < end:
        time.sleep(0.02)
    thread.join(0.3)
    assert thread.is_alive(), "the slow statement was not slow"
