"""A finished query leaves what it learned; the next plan, another process's too, knows it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from fedquery import knowledge
from fedquery.experience import Experience
from fedquery.gateway import Gateway
from fedquery.store import learned
from fedquery.store.database import open_store
from tests.knowledge.conftest import ANALYST, ROWS, Installation


def ask(gateway: Gateway, sql: str) -> int:
    with gateway.query(ANALYST, sql) as result:
        return result.read_all().num_rows


def test_a_query_that_finished_teaches(installation: Installation) -> None:
    gateway = Gateway.open(installation.settings)
    assert ask(gateway, "SELECT id FROM tax.wage") == ROWS
    assert ask(gateway, "SELECT id FROM tax.part WHERE town <> 'town 3'") < 100
    gateway.close()
    store = open_store(installation.settings.store_url)
    kept = learned.everything(store)
    store.close()
    assert sorted(known.rows for known in kept.fragments.values()) == [86, ROWS]
    assert kept.transports["tax.main"].runs == 2
    assert kept.transports["tax.main"].first_batch_milliseconds
    other = Gateway.open(installation.settings)
    assert ask(other, "SELECT id FROM tax.part WHERE town <> 'town 5'") < 100
    estimates = other._knowledge.estimates(other.catalog(), {})
    assert set(estimates.learned) == set(kept.fragments)
    other.close()


def test_what_queries_taught_is_known_at_once_and_written_down_together(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge, "GATHERED", 3600.0)  # so that closing alone writes it down, and does not wait
    gateway, written = Gateway.open(installation.settings), []

    def note(*executed: Any) -> None:
        if executed[2].startswith("INSERT INTO learned_fragments"):
            written.append(executed[3])

    event.listen(gateway.store.engine, "before_cursor_execute", note)
    for number in range(1, 4):
        assert ask(gateway, "SELECT id FROM tax.part") == 100
        gateway._knowledge._renew()  # what the store has is not all that is known
        (known,) = gateway._knowledge.estimates(gateway.catalog(), {}).learned.values()
        assert (known.rows, known.runs) == (100, number)
    assert written == []
    gateway.close()
    assert len(written) == 1
    store = open_store(installation.settings.store_url)
    kept = learned.everything(store)
    store.close()
    assert list(kept.fragments.values()) == [known]
    assert kept.transports["tax.main"].runs == 3


def test_a_query_that_did_not_finish_teaches_nothing(installation: Installation) -> None:
    gateway = Gateway.open(installation.settings)
    with gateway.query(ANALYST, "SELECT w.id FROM tax.wage w, tax.wage v, tax.wage x") as result:
        next(iter(result))
        result.cancel()
    gateway.close()
    store = open_store(installation.settings.store_url)
    assert learned.everything(store) == Experience()
    store.close()


def test_a_store_that_is_away_delays_and_fails_no_query(installation: Installation) -> None:
    gateway = Gateway.open(installation.settings)
    with gateway.store.write() as connection:
        connection.exec_driver_sql("DROP TABLE learned_fragments")
    assert ask(gateway, "SELECT id FROM tax.wage") == ROWS
    gateway.close()
