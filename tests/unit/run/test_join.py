"""The DuckDB that joins: what one query made in it is nowhere for the next, and what ended badly serves no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from fedquery.run import Budget
from fedquery.run.join import KEY_LENGTH, SMALL, SPARES, Engine, Session

BUDGET = Budget(memory=64 * 2**20, spill=512 * 2**20, seconds=30)
ROWS = pa.table({"id": list(range(200_000))})


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(folder=tmp_path)
    yield engine
    engine.close()


def _joined(session: Session) -> int:
    session.materialise("__f1", ROWS.to_reader(max_chunksize=1000))
    session.materialise("__f3", ROWS.slice(0, 9).to_reader())
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
    for name in ("__f1", "__f2", "__f3", "__f1 stream", "__f2 stream"):
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


@pytest.mark.parametrize("rows", [10, 300_000])
def test_a_slice_is_scanned_often_and_gives_its_keys(engine: Engine, rows: int) -> None:
    """Kept as it came where it is small, a table where it is large: the same keys, the same rows."""
    assert (rows * 8 > SMALL) is (rows > 10)
    batch = pa.record_batch({"k": pa.array([n // 2 if n % 5 else None for n in range(rows)], pa.int64())})
    session = engine.open(BUDGET)
    session.materialise("s", pa.RecordBatchReader.from_batches(batch.schema, iter([batch])))
    wanted = {n // 2 for n in range(rows) if n % 5}
    keys = session.keys("s", "k", rows)
    assert keys is not None and len(keys) == len(wanted) and set(keys) == wanted
    assert session.keys("s", "k", len(wanted) - 1) is None
    with session.run('SELECT count(*) AS n FROM "s" a JOIN "s" b USING (k) WHERE a.k = 1') as reader:
        assert reader.read_all().to_pylist() == [{"n": 4}]
    engine.retire(session, clean=True)


@pytest.mark.parametrize("text", ["x" * (KEY_LENGTH + 1), "a\0b"])
def test_texts_that_no_source_takes_are_no_keys(engine: Engine, text: str) -> None:
    batch = pa.record_batch({"k": ["a", text]})
    session = engine.open(BUDGET)
    session.materialise("s", pa.RecordBatchReader.from_batches(batch.schema, iter([batch])))
    assert session.keys("s", "k", 10) is None
    engine.retire(session, clean=True)
