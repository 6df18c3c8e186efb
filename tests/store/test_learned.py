"""What finished queries taught is smoothed, kept, and forgotten when it is old."""

from __future__ import annotations

import datetime as dt

import pytest

from fedquery.experience import Experience, Learned, Run, Transport
from fedquery.store import learned
from fedquery.store.database import Store

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
ONE, TWO = "1" * 64, "2" * 64


def run(template: str = ONE, rows: float | None = 100, rate: float | None = 1000.0) -> Run:
    known = Learned(rows, 800, 20) if rows is not None else None
    return Run("psb.main", template, known, Transport(rate, 4.0))


def test_runs_are_smoothed(store: Store) -> None:
    learned.record(store, [run()], NOW)
    changed = learned.record(store, [run(rows=200), run(TWO, rows=7)], NOW)
    assert changed.fragments == {ONE: Learned(130, 800, 20, 2), TWO: Learned(7, 800, 20)}
    assert learned.everything(store) == Experience(changed.fragments, changed.transports)


def test_a_narrowed_run_teaches_of_its_source_only(store: Store) -> None:
    learned.record(store, [run(rows=None)], NOW)
    assert learned.everything(store) == Experience({}, {"psb.main": Transport(1000.0, 4.0)})


def test_a_narrowed_run_forgets_nothing_of_its_template(store: Store) -> None:
    learned.record(store, [run()], NOW)
    learned.record(store, [run(rows=None)], NOW)
    assert learned.everything(store).fragments == {ONE: Learned(100, 800, 20)}


def test_a_transport_is_what_its_best_runs_show(store: Store) -> None:
    for rate in (None, 1000.0, 3000.0, 1000.0):
        kept = learned.record(store, [run(rate=rate)], NOW).transports["psb.main"]
    assert kept == Transport(1950.0, 4.0, 4)


def test_the_least_recent_templates_are_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "KEPT", 3)
    for number in range(5):
        learned.record(store, [run(str(number) * 64)], NOW + dt.timedelta(seconds=number))
    assert set(learned.everything(store).fragments) == {"2" * 64, "3" * 64, "4" * 64}
