"""Limits: rows, bytes and seconds end a stream with the right error, and an early close leaves nothing running."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest

from fedquery.errors import SourceTimeout, TooManyBytes, TooManyRows
from fedquery.spi import Limits
from fedquery.testing.bench import Bench, drain
from fedquery.testing.cases.errors import says_who_and_what_to_do
from fedquery.testing.dataset import MANY, MANY_ROWS
from fedquery.testing.statement import Statement, leaf

WHOLE = Statement('SELECT "id", "note" FROM "__s1"', (leaf(MANY, "id", "note"),))
#: How long a source may take to notice that it was told to stop, in seconds.
PATIENCE = 2.0
#: What the slow statement would return.
COUNT = pa.schema([pa.field("n", pa.int64())])


def settled(bench: Bench, query_id: str) -> bool:
    """Whether the source sees none of the query's statements any more, within the patience."""
    end = time.monotonic() + PATIENCE
    while bench.loaded.running and bench.loaded.running(query_id):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class LimitCases:
    """A budget is kept, and what is over it never looks complete."""

    def test_row_budget(self, bench: Bench) -> None:
        assert bench.read(bench.request(WHOLE, limits=Limits(rows=MANY_ROWS))).num_rows == MANY_ROWS
        with pytest.raises(TooManyRows) as caught:
            bench.read(bench.request(WHOLE, limits=Limits(rows=MANY_ROWS - 1)))
        says_who_and_what_to_do(caught.value, bench.loaded.config.id)

    def test_byte_budget(self, bench: Bench) -> None:
        with pytest.raises(TooManyBytes) as caught:
            bench.read(bench.request(WHOLE, limits=Limits(bytes=100_000)))
        says_who_and_what_to_do(caught.value, bench.loaded.config.id)
        assert bench.read(bench.request(WHOLE, limits=Limits(bytes=100_000_000))).num_rows == MANY_ROWS

    def test_time_limit(self, bench: Bench) -> None:
        slow = Statement(bench.quirks.slow, (leaf(MANY, "id"),))
        request = bench.request(slow, schema=COUNT, limits=Limits(seconds=0.5))
        start = time.monotonic()
        with pytest.raises(SourceTimeout) as late:
            bench.read(request)
        says_who_and_what_to_do(late.value, bench.loaded.config.id)
        assert time.monotonic() - start < 0.5 + PATIENCE
        assert settled(bench, request.query_id)

    def test_early_close(self, bench: Bench) -> None:
        request = bench.request(WHOLE)
        stream = bench.source.read(request)
        assert next(iter(stream)).num_rows > 0
        stream.close()
        stream.close()
        assert settled(bench, request.query_id)
        with bench.source.read(bench.request(WHOLE)) as again:
            assert drain(again, again.schema).num_rows == MANY_ROWS

    def test_close_without_reading(self, bench: Bench) -> None:
        for _ in range(2 * bench.loaded.config.concurrency):
            request = bench.request(WHOLE)
            bench.source.read(request).close()
            assert settled(bench, request.query_id)
