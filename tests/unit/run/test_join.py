"""The DuckDB that joins: what one query made in it is nowhere for the next, and what ended badly serves no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from fedquery.run import Budget
from fedquery.run.join import SPARES, Engine, Session

BUDGET = Budget(memory=64 * 2**20, spill=512 * 2**20, seconds=30)
ROWS = pa.table({"id": list(range(2000))})


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(folder=tmp_path)
    yield engine
    engine.close()


def _joined(session: Session) -> int:
    session.materialise("__f1", ROWS.to_reader(max_chunksize=100))
    session.register("__f2", ROWS.to_reader(), "id + 0 AS id")
    with session.run('SELECT count(*) AS n FROM "__f1" JOIN "__f2" USING (id)') as reader:
        (number,) = reader.read_all().column("n").to_pylist()
    return int(number)


def test_the_next_query_finds_nothing_of_the_one_before(engine: Engine) -> None:
    first = engine.open(BUDGET)
    assert _joined(first) == len(ROWS)
    engine.retire(first, clean=True)
    second = engine.open(BUDGET)
    assert second.instance is first.instance
    for name in ("__f1", "__f2", "__f1 stream", "__f2 stream"):
        with pytest.raises(duckdb.CatalogException):
            second.run(f'SELECT * FROM "{name}"')
    for listing in ("duckdb_tables()", "duckdb_views() WHERE NOT internal", "duckdb_schemas() WHERE NOT internal"):
        found = second.run(f"SELECT * FROM {listing}").read_all()
        assert not found.num_rows or listing.startswith("duckdb_schemas"), found.to_pylist()
    assert _joined(second) == len(ROWS)
    engine.retire(second, clean=True)


def test_queries_at_the_same_time_have_a_duckdb_each(engine: Engine) -> None:
    sessions = [engine.open(BUDGET) for _ in range(SPARES + 1)]
    assert len({id(session.instance) for session in sessions}) == len(sessions)
    sessions[0].materialise("__f1", ROWS.to_reader())
    with pytest.raises(duckdb.CatalogException):
        sessions[1].run('SELECT * FROM "__f1"')
    for session in sessions:
        engine.retire(session, clean=True)


def test_another_budget_has_another_duckdb(engine: Engine) -> None:
    first = engine.open(BUDGET)
    engine.retire(first, clean=True)
    other = engine.open(Budget(memory=32 * 2**20, spill=BUDGET.spill, seconds=BUDGET.seconds))
    assert other.instance is not first.instance
    (limit,) = other.run("SELECT current_setting('memory_limit') AS v").read_all().column("v").to_pylist()
    assert limit == "32.0 MiB"
    engine.retire(other, clean=True)


def test_what_ended_badly_or_has_spilled_serves_no_other(engine: Engine) -> None:
    bad = engine.open(BUDGET)
    engine.retire(bad, clean=False)
    spilling = engine.open(BUDGET)
    assert spilling.instance is not bad.instance
    spilling.materialise("__f1", _wide())
    assert spilling.instance.spilled
    engine.retire(spilling, clean=True)
    last = engine.open(BUDGET)
    assert last.instance is not spilling.instance
    engine.retire(last, clean=True)


def test_it_stays_locked(engine: Engine) -> None:
    for _ in range(2):
        session = engine.open(BUDGET)
        for text in ("SET memory_limit = '9GB'", "ATTACH '/tmp/x.db'", "SELECT * FROM read_text('/etc/hostname')"):
            with pytest.raises(duckdb.Error):
                session.run(text)
        engine.retire(session, clean=True)


def _wide() -> pa.RecordBatchReader:
    batch = pa.record_batch({"text": [f"{n:>400}" for n in range(10_000)]})
    return pa.RecordBatchReader.from_batches(batch.schema, iter([batch] * 40))
