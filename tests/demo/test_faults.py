"""Faults of real systems: the query fails with the source's name and a next step, and nothing is lost or left running."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedquery.catalog.model import Catalog
from fedquery.demo.command import installed
from fedquery.errors import (
    Cancelled,
    FedqueryError,
    SourceDrift,
    SourceError,
    SourceTimeout,
    SourceUnavailable,
    StoreProblem,
    TooManyBytes,
    TooManyRows,
)
from fedquery.gateway import Gateway
from fedquery.settings import Settings
from fedquery.store import catalogs
from tests.demo.conftest import Running

PEOPLE = "SELECT person_id, full_name FROM psb.resident"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Running]:
    """A city of its own for a test that breaks it."""
    with installed(tmp_path / "city", 2000, lambda text: None) as there:
        gateway = Gateway.open(there.settings)
        yield Running(gateway, there.systems, there.catalog, there.settings)
        gateway.close()


def outcome(running: Running, problem: FedqueryError) -> dict[str, object]:
    """The outcome on record for a query that failed while it ran."""
    (record,) = (r for r in running.gateway.audit.records(query_id=problem.query_id) if r.kind == "outcome")
    return record.body


def test_a_file_that_vanished_is_drift_and_a_folder_that_vanished_is_unavailable(own: Running) -> None:
    health = next(own.systems.folder.rglob("health"))
    table = next(p for p in health.iterdir() if "swzm" in p.name.lower() or "sw" in p.name.lower())
    shutil.move(table, own.systems.folder / "elsewhere")
    with pytest.raises(SourceDrift, match=r"health\.main") as drift:
        own.ask("analyst", "rental-check", "SELECT count(*) FROM health.death_certificate")
    assert outcome(own, drift.value)["error_code"] == "source.drift"
    shutil.move(health, own.systems.folder / "gone")
    with pytest.raises(SourceUnavailable, match=r"health\.main"):
        own.ask("analyst", "rental-check", "SELECT count(*) FROM health.death_certificate")


def test_a_column_that_vanished_or_changed_is_named(own: Running) -> None:
    with psycopg.connect(own.systems.postgres.of("psb"), autocommit=True) as connection:
        connection.execute('ALTER TABLE "T_CZRK" RENAME COLUMN "XM" TO "XINGMING"')
    with pytest.raises(SourceDrift, match=r"psb\.main") as drift:
        own.ask("analyst", "birth-service", PEOPLE)
    assert "XINGMING" not in str(drift.value)
    assert own.ask("analyst", "backflow", "SELECT count(*) AS n FROM psb.resident").num_rows == 1


def test_a_file_whose_column_changed_its_type_is_refused(own: Running) -> None:
    amr = next(own.systems.folder.rglob("amr"))
    entry = own.catalog.departments["amr"].resources["enterprise"]
    path = amr.joinpath(*entry.table)
    path = path if path.is_file() else next(path.rglob("*.parquet"))
    table = pq.read_table(path)
    name = entry.columns["established_on"].physical
    place = table.schema.get_field_index(name)
    pq.write_table(table.set_column(place, name, pa.array(["soon"] * table.num_rows)), path)
    with pytest.raises(SourceError, match=r"amr\.main"):
        own.ask("analyst", "licence-supervision", "SELECT max(established_on) FROM amr.enterprise")


def test_a_server_that_is_down_fails_its_own_queries_only(own: Running) -> None:
    own.systems.postgres.stop()
    with pytest.raises(SourceUnavailable, match=r"psb\.main") as down:
        own.ask("analyst", "birth-service", PEOPLE)
    assert down.value.retryable
    assert own.ask("analyst", "credit-supervision", "SELECT count(*) AS n FROM amr.abnormal_list").num_rows == 1


def test_a_source_that_is_slow_is_stopped_at_its_owners_limit(own: Running) -> None:
    """A lock makes the real server wait; the statement is gone from its process list afterwards."""
    _limit(own, "psb", 1.0)
    with psycopg.connect(own.systems.postgres.of("psb")) as blocker:
        blocker.execute('LOCK TABLE "T_CZRK" IN ACCESS EXCLUSIVE MODE')
        with pytest.raises(SourceTimeout, match=r"psb\.main"):
            own.ask("analyst", "birth-service", PEOPLE)
        assert _waiting(own) == 0


def test_a_cancelled_query_is_gone_from_the_source_within_two_seconds(own: Running) -> None:
    with psycopg.connect(own.systems.postgres.of("psb")) as blocker:
        blocker.execute('LOCK TABLE "T_CZRK" IN ACCESS EXCLUSIVE MODE')
        result = own.gateway.query(own.gateway.principal("analyst"), PEOPLE, grant="birth-service")
        until = time.monotonic() + 10
        while _waiting(own) == 0:
            assert time.monotonic() < until, "the statement never reached the source"
        began = time.monotonic()
        result.cancel()
        with pytest.raises(Cancelled):
            result.read_all()
        while _waiting(own):
            assert time.monotonic() < began + 2
    assert outcome(own, _with_id(result.query_id))["state"] == "cancelled"


def test_a_query_that_a_crash_cut_short_is_named_at_the_next_start(own: Running, caplog: pytest.LogCaptureFixture) -> None:
    asked = [sys.executable, "-m", "fedquery", "sql", PEOPLE, "--as", "analyst", "--grant", "birth-service"]
    environment = {**os.environ, "FEDQUERY_DATA_DIR": str(own.settings.data_dir)}
    with psycopg.connect(own.systems.postgres.of("psb")) as blocker:
        blocker.execute('LOCK TABLE "T_CZRK" IN ACCESS EXCLUSIVE MODE')
        with subprocess.Popen(asked, env=environment) as process:
            until = time.monotonic() + 20
            while _waiting(own) == 0:
                assert time.monotonic() < until, "the statement never reached the source"
            process.kill()
    Gateway.open(own.settings).close()
    (intent,) = own.gateway.audit.open_intents()
    assert intent.body["account"] == "analyst"
    assert f"the query {intent.body['query_id']} was begun and never ended" in caplog.text
    own.gateway.audit.verify()


def test_results_over_budget_name_the_limit(own: Running) -> None:
    small = own.settings.model_copy(update={"rows_limit": 100})
    gateway = Gateway.open(small)
    with pytest.raises(TooManyRows, match="100") as many:
        _all(gateway, PEOPLE)
    assert many.value.hint
    gateway.close()
    gateway = Gateway.open(own.settings.model_copy(update={"bytes_limit": 1000}))
    with pytest.raises(TooManyBytes):
        _all(gateway, PEOPLE)
    gateway.close()


def test_no_log_no_query(own: Running) -> None:
    """With the audit's store not writable, no department's table is read."""
    before = _reads(own)
    with own.gateway.store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with FullDisk(own.settings, pages) as gateway, pytest.raises(StoreProblem) as full:
        _all(gateway, PEOPLE + " -- " + "x" * 40_000)
    assert full.value.hint
    assert _reads(own) == before
    own.gateway.audit.verify()
    assert own.ask("analyst", "birth-service", PEOPLE).num_rows


def _reads(running: Running) -> list[str]:
    """The statements over tables that PostgreSQL received; what a server is, a gateway may have asked before."""
    return [text for text in running.systems.postgres.statements("psb") if '"T_' in text and "__s1" in text]


def _all(gateway: Gateway, sql: str) -> pa.Table:
    with gateway.query(gateway.principal("analyst"), sql, grant="birth-service") as result:
        return result.read_all()


class FullDisk:
    """A gateway whose store may not grow: SQLite says of it what it says of a full disk."""

    def __init__(self, settings: Settings, pages: int) -> None:
        self._gateway, self._pages = Gateway.open(settings), pages

    def __enter__(self) -> Gateway:
        from sqlalchemy import event

        @event.listens_for(self._gateway.store.engine, "connect")
        def limit(connection: object, _: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {self._pages}")  # type: ignore[attr-defined]

        self._gateway.store.engine.dispose()
        return self._gateway

    def __exit__(self, *_: object) -> None:
        self._gateway.close()


def _limit(running: Running, department: str, seconds: float) -> None:
    document = running.catalog.model_dump()
    document["departments"][department]["sources"]["main"]["seconds"] = seconds
    head = catalogs.current(running.gateway.store)
    assert head is not None
    catalogs.apply(
        running.gateway.store, Catalog.model_validate(document), parent=head.digest, by="test", why="test", at=head.at
    )


def _waiting(running: Running) -> int:
    """Statements of fedquery that PostgreSQL is running now."""
    with psycopg.connect(running.systems.postgres.of("psb"), autocommit=True) as connection:
        counted = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE query LIKE '%/* fedquery%' AND state = 'active' AND pid <> pg_backend_pid()"
        ).fetchone()
    assert counted is not None
    return int(counted[0])


def _with_id(query_id: str) -> FedqueryError:
    problem = FedqueryError("")
    problem.query_id = query_id
    return problem
