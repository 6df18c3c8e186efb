"""What one fragment's progress teaches, and what it does not."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from fedquery.experience import Learned, Run, Transport
from fedquery.knowledge.lessons import lessons, steady, surprised
from fedquery.plan.model import Fragment
from fedquery.run.fetch import SourceProgress

FRAGMENT = Fragment("__f1", "psb.main", "psb", (), "", pa.schema([]), (), (), "", template="t" * 64)
#: 8 MB in 3 seconds, of which the first batch took one and the taker another.
READ = SourceProgress("__f1", "psb.main", "psb", "done", 1000, 8_000_000, 3000, whole=True, first=1000, held=1000)


def taught(read: SourceProgress, *narrowed: str) -> list[Run]:
    return list(lessons([FRAGMENT], [read], frozenset(narrowed)))


def test_what_waited_for_its_taker_is_not_the_source_s_time() -> None:
    (run,) = taught(READ)
    assert run == Run("psb.main", "t" * 64, Learned(1000, 8_000_000, 2000), Transport(8_000_000, 1000.0))


def test_what_was_not_read_to_its_end_teaches_nothing() -> None:
    assert taught(replace(READ, whole=False)) == []


def test_what_was_narrowed_by_keys_teaches_of_the_source_only() -> None:
    (run,) = taught(READ, "__f1")
    assert run.learned is None
    assert run.transport.bytes_per_second == 8_000_000


def test_little_tells_of_latency_only() -> None:
    (run,) = taught(replace(READ, bytes=1000))
    assert run.transport == Transport(None, 1000.0)
    (nothing,) = taught(replace(READ, rows=0, bytes=0, first=None, milliseconds=7, held=0))
    assert nothing == Run("psb.main", "t" * 64, Learned(0, 0, 7), Transport(None, 7.0))


@pytest.mark.parametrize(
    ("expected", "brought", "surprise"),
    [(1000, 1000, False), (1000, 1999, False), (1000, 2500, True), (1000, 300, True), (1, 90, False), (0, 500, True)],
)
def test_twice_as_much_or_half_is_a_surprise(expected: float, brought: int, surprise: bool) -> None:
    run = [replace(FRAGMENT, expected=expected)], [replace(READ, rows=brought)]
    assert surprised(*run, frozenset()) is surprise
    assert not surprised(*run, frozenset(["__f1"]))  # narrowed by keys, as its plan told nobody to expect
    assert not surprised(run[0], [replace(READ, rows=brought, whole=False)], frozenset())


def test_transports_are_rounded_so_that_plans_are_steady() -> None:
    assert steady(Transport(9_000_000.0, 6.0)) == steady(Transport(8_000_000.0, 7.0)) == Transport(2.0**23, 8.0)
    assert steady(Transport(None, None)) == Transport(None, None)
