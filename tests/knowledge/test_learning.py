"""A finished query leaves what it learned; the next plan, another process's too, knows it."""

from __future__ import annotations

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


def test_what_a_query_taught_is_known_at_once_and_written_once(installation: Installation) -> None:
    gateway = Gateway.open(installation.settings)
    for number in range(1, 4):
        assert ask(gateway, "SELECT id FROM tax.part") == 100
        (known,) = gateway._knowledge.estimates(gateway.catalog(), {}).learned.values()
        assert (known.rows, known.runs) == (100, number)
    gateway.close()
    store = open_store(installation.settings.store_url)
    ((kept,), speed) = (learned.everything(store).fragments.values(), learned.everything(store).transports["tax.main"])
    assert (kept.rows, kept.runs, speed.runs) == (100, 3, 3)
    store.close()


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
