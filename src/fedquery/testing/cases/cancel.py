"""Cancel: from another thread, within two seconds, while the source computes and while it streams."""

from __future__ import annotations

import threading
import time

import pytest

from fedquery.errors import Cancelled
from fedquery.spi import Limits, SqlRequest
from fedquery.testing.bench import Bench
from fedquery.testing.cases.limits import COUNT, PATIENCE, WHOLE, settled
from fedquery.testing.dataset import MANY
from fedquery.testing.statement import Statement, leaf


class CancelCases:
    """Whoever leaves takes the statement along."""

    def test_cancel_while_computing(self, bench: Bench) -> None:
        if not bench.connector.capabilities.cancel:
            return
        slow = Statement(bench.quirks.slow, (leaf(MANY, "id"),))
        request = bench.request(slow, schema=COUNT, limits=Limits(seconds=30))
        seen = _outcome(bench, request)
        assert seen < PATIENCE
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
