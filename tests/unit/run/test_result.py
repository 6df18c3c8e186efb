"""A whole run: answers, limits, faults, ends."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fedquery.errors import (
    Cancelled,
    FedqueryError,
    InvariantBroken,
    OutOfMemory,
    SourceDrift,
    SourceUnavailable,
    TimeExceeded,
    TooBusy,
    TooManyBytes,
    TooManyRows,
    TypeProblem,
)
from fedquery.plan.model import Mark, OutputColumn
from fedquery.run import Budget, Outcome

from .conftest import PATIENCE, GeneratorSource, Runner, batch, fragment, plan, rows

MIB = 2**20


def until(condition: object) -> None:
    """Wait for a condition that must come."""
    end = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it never happened"
        threading.Event().wait(0.01)


def test_joins_two_streams(run: Runner) -> None:
    source = GeneratorSource({"a": rows(5000), "b": rows(3000)})
    sql = 'SELECT count(*) AS n, max(x.id) AS top FROM "__f1" AS x JOIN "__f2" AS y ON x.id = y.id WHERE x.id >= 1000'
    with run(plan(sql, fragment(1, "a"), fragment(2, "b")), source) as result:
        assert result.read_all().to_pylist() == [{"n": 2000, "top": 2999}]
    assert result.statistics is not None
    assert result.statistics.fetched_rows == 8000
    assert [(s.state, s.rows) for s in result.progress()] == [("done", 5000), ("done", 3000)]
    assert [outcome.error for outcome in run.outcomes] == [None]
    assert (source.opened, source.closed) == (2, 2)


def test_zero_rows_keep_the_schema_and_its_metadata(run: Runner) -> None:
    made = replace(
        plan('SELECT id, name FROM "__f1"', fragment(1, "none")),
        columns=(
            OutputColumn("人", "bigint", ("civil.people.id",), "clear"),
            OutputColumn("n", "varchar", (), "token", "person"),
        ),
        marks=(Mark("civil.people", "NOT EXISTS", "row filter"),),
    )
    with run(made, GeneratorSource({"none": rows(0)})) as result:
        table = result.start().read_all()
    assert table.num_rows == 0
    assert table.schema.names == ["人", "n"]
    assert table.schema.metadata[b"fedquery.grant"] == b"grant-1"
    assert b"NOT EXISTS" in table.schema.metadata[b"fedquery.marks"]
    assert table.schema.field(0).metadata == {b"fedquery.form": b"clear", b"fedquery.origins": b'["civil.people.id"]'}
    assert table.schema.field(1).metadata[b"fedquery.token_domain"] == b"person"


def test_a_stream_that_is_named_twice_is_copied(run: Runner) -> None:
    twice = 'SELECT count(*) AS n FROM "__f1" AS x JOIN "__f1" AS y ON x.id = y.id'
    with run(plan(twice, fragment(1, "a", repeated=True)), GeneratorSource({"a": rows(3000)})) as result:
        assert result.read_all().to_pylist() == [{"n": 3000}]


def test_more_fragments_than_the_owner_allows_run_in_turn(run: Runner) -> None:
    run.slots.allow({"registry": 2, "tax": 1})
    source = GeneratorSource({"a": rows(20_000)})
    ids = range(1, 6)
    joined = " JOIN ".join(f'"__f{n}" USING (id)' if n > 1 else '"__f1"' for n in ids)
    with run(plan(f"SELECT count(*) AS n FROM {joined}", *(fragment(n, "a") for n in ids)), source) as result:
        assert result.read_all().to_pylist() == [{"n": 20_000}]
    assert (source.opened, source.most_at_once) == (5, 2)


def test_limit_stops_an_endless_source(run: Runner) -> None:
    source = GeneratorSource({"endless": rows(10**12)})
    with run(plan('SELECT id FROM "__f1" LIMIT 5', fragment(1, "endless")), source) as result:
        assert result.read_all().num_rows == 5
    assert result.progress()[0].state == "done"
    assert source.closed == 1
    assert run.outcomes[0].error is None


def test_progress_tells_what_was_read_to_its_end(run: Runner) -> None:
    source = GeneratorSource({"endless": rows(10**12), "all": rows(3000)})
    for sql, name in (('SELECT id FROM "__f1" LIMIT 5', "endless"), ('SELECT id FROM "__f1"', "all")):
        with run(plan(sql, fragment(1, name)), source) as result:
            result.read_all()
    stopped, read = (outcome.statistics.sources[0] for outcome in run.outcomes)
    assert (stopped.state, stopped.whole) == ("done", False)
    assert (read.state, read.whole, read.rows) == ("done", True, 3000)
    assert read.first is not None
    assert 0 <= read.first <= read.milliseconds


def test_a_consumer_that_stops_holds_the_source_and_may_go_on(run: Runner) -> None:
    total = 4000
    source = GeneratorSource({"a": rows(total * 10_000, 10_000)})
    budget = Budget(rows=10**9, bytes=2**40, seconds=120)
    with run(plan('SELECT id, name FROM "__f1"', fragment(1, "a")), source, budget) as result:
        next(result)
        seen = -1
        while seen != source.batches:  # until it does not move any more
            seen = source.batches
            threading.Event().wait(0.3)
        assert seen < total / 4
        for _ in range(200):
            next(result)
        until(lambda: source.batches > seen)
    assert source.closed == 1
    assert run.outcomes[0].statistics.sources[0].held >= 300  # what was spent on waiting is not the source's


def test_memory_does_not_grow_with_the_stream(run: Runner) -> None:
    whole = batch(0, 100_000)

    def stream() -> Iterator[pa.RecordBatch]:
        return (whole for _ in range(200))

    process = psutil.Process(os.getpid())
    budget = Budget(rows=10**9, bytes=2**40, seconds=120, memory=256 * MIB)
    with run(plan('SELECT id + 1 AS id, name FROM "__f1"', fragment(1, "a")), GeneratorSource({"a": stream}), budget) as result:
        next(result)
        before, most, count = process.memory_info().rss, 0, 0
        for part in result:
            count += part.num_rows
            most = max(most, process.memory_info().rss)
    assert count > 19_000_000
    assert most - before < 128 * MIB


SORT = 'SELECT id, name FROM "__f1" ORDER BY name, id DESC'


@pytest.mark.parametrize("sql", ['SELECT x.id, y.name FROM "__f1" AS x JOIN "__f2" AS y ON x.id = y.id', SORT])
def test_a_statement_larger_than_memory_spills_and_is_right(run: Runner, sql: str) -> None:
    source = GeneratorSource({"a": rows(2_000_000, 50_000)})
    fragments = [fragment(n, "a") for n in (1, 2) if f"__f{n}" in sql]
    with run(plan(sql, *fragments), source, Budget(memory=64 * MIB, spill=2048 * MIB, seconds=120)) as result:
        result.start()
        assert [path for folder in run.folder.iterdir() for path in folder.iterdir()]
        table = result.read_all()
    assert table.num_rows == 2_000_000
    assert pc.sum(table["id"]).as_py() == 2_000_000 * 1_999_999 // 2
    names = pa.array([f"n{i % 50_000 % 7}" for i in table["id"].slice(0, 10_000).to_pylist()])
    assert table["name"].slice(0, 10_000).combine_chunks() == names


def test_without_spill_the_same_statement_is_out_of_memory(run: Runner) -> None:
    source = GeneratorSource({"a": rows(2_000_000, 50_000)})
    with pytest.raises(OutOfMemory), run(plan(SORT, fragment(1, "a")), source, Budget(memory=48 * MIB, spill=0)) as result:
        result.read_all()


@pytest.mark.parametrize(
    ("budget", "error"),
    [
        (Budget(rows=2500), TooManyRows),
        (Budget(bytes=20_000), TooManyBytes),
        (Budget(seconds=0.3), TimeExceeded),
    ],
)
def test_limits_name_themselves_and_stop_the_source(run: Runner, budget: Budget, error: type[FedqueryError]) -> None:
    source = GeneratorSource({"endless": rows(10**12)})
    endless = plan('SELECT max(id) AS top FROM "__f1"', fragment(1, "endless"))
    if error is TimeExceeded:
        budget = replace(budget, rows=10**15, bytes=10**15)
    with pytest.raises(error) as caught, run(endless, source, budget) as result:
        result.start()
    assert caught.value.hint
    assert caught.value.query_id == "q0"
    assert (source.opened, source.closed) == (1, 1)
    assert [outcome.error for outcome in run.outcomes] == [caught.value]


def test_the_answer_has_a_limit_of_its_own(run: Runner) -> None:
    source = GeneratorSource({"a": rows(1000)})
    cross = plan('SELECT x.id FROM "__f1" AS x CROSS JOIN "__f2" AS y', fragment(1, "a"), fragment(2, "a"))
    with pytest.raises(TooManyRows, match="The answer"), run(cross, source, Budget(rows=50_000)) as result:
        result.read_all()


def test_a_source_that_dies_fails_the_query_with_its_own_error_and_stops_the_others(run: Runner) -> None:
    gone = SourceUnavailable("The source tax closed the connection.", private="10.0.0.7")

    def dies() -> Iterator[pa.RecordBatch]:
        yield batch(0, 10)
        raise gone

    healthy = GeneratorSource({"endless": rows(10**12)})
    both = plan('SELECT count(*) FROM "__f1" JOIN "__f2" USING (id)', fragment(1, "endless"), fragment(2, "dies", "tax"))
    budget = Budget(rows=10**12, bytes=10**12)
    with pytest.raises(SourceUnavailable) as caught, run(both, healthy, budget, tax=GeneratorSource({"dies": dies})) as result:
        result.read_all()
    assert caught.value is gone
    assert caught.value.source == "tax"
    assert [s.state for s in result.progress()] == ["cancelled", "failed"]
    until(healthy.cancelled.is_set)
    assert healthy.closed == 1


def test_a_connector_that_breaks_is_a_bug_and_keeps_its_text_private(run: Runner) -> None:
    def breaks() -> Iterator[pa.RecordBatch]:
        yield batch(0, 10)
        raise RuntimeError("row 42 of Zhang San")

    with (
        pytest.raises(InvariantBroken) as caught,
        run(plan('SELECT * FROM "__f1"', fragment(1, "a")), GeneratorSource({"a": breaks})) as result,
    ):
        result.read_all()
    assert "Zhang" not in str(caught.value)
    assert caught.value.source == "registry"


def test_a_source_that_lies_about_its_schema_has_drifted(run: Runner) -> None:
    lying = GeneratorSource({"a": rows(10)}, pa.schema([("id", pa.int32()), ("name", pa.string())]))
    with (
        pytest.raises(SourceDrift, match=r"registry.*'id' as int32"),
        run(plan('SELECT * FROM "__f1"', fragment(1, "a")), lying) as result,
    ):
        result.start()


def test_cancel_ends_a_source_that_hangs_within_two_seconds(run: Runner) -> None:
    entered, release = threading.Event(), threading.Event()

    def hangs() -> Iterator[pa.RecordBatch]:
        entered.set()
        release.wait(PATIENCE)
        yield batch(0, 1)

    source = GeneratorSource({"hangs": hangs})
    with run(plan('SELECT * FROM "__f1"', fragment(1, "hangs")), source) as result:
        assert entered.wait(PATIENCE)
        began = time.monotonic()
        result.cancel()
        with pytest.raises(Cancelled):
            result.start()
        assert time.monotonic() - began < 2.5
    assert source.cancelled.is_set()
    assert result.statistics is not None
    assert result.statistics.detached == ("__f1",)
    assert run.slots.held("registry") == 1  # its connection is still in use, and counted
    release.set()


def test_cancel_ends_a_computation_that_reads_nothing(run: Runner) -> None:
    with run(
        plan("SELECT count(*) FROM range(1000000) AS a(i), range(1000000) AS b(j) WHERE i + j = 7"), GeneratorSource({})
    ) as result:
        result.cancel()
        with pytest.raises(Cancelled):
            result.start()
    assert result.statistics is not None
    assert result.statistics.detached == ()


@pytest.mark.parametrize("how", ["close", "drop"])
def test_leaving_early_stops_everything(run: Runner, how: str) -> None:
    source = GeneratorSource({"endless": rows(10**12)})
    result = run(plan('SELECT * FROM "__f1"', fragment(1, "endless")), source, Budget(rows=10**12, bytes=10**12))
    next(result)
    if how == "close":
        result.close()
        result.close()
    else:
        del result
        gc.collect()
    until(lambda: run.outcomes)
    assert isinstance(run.outcomes[0].error, Cancelled)
    until(lambda: source.running == 0)
    assert len(run.outcomes) == 1


def test_no_place_within_the_time_is_too_busy(run: Runner) -> None:
    run.slots.allow({"registry": 1})
    source = GeneratorSource({"a": rows(10), "endless": rows(10**12)})
    unlimited = Budget(rows=10**12, bytes=10**12)
    with run(plan('SELECT * FROM "__f1"', fragment(1, "endless")), source, unlimited) as first:
        first.start()
        with pytest.raises(TooBusy), run(plan('SELECT * FROM "__f1"', fragment(1, "a")), source, Budget(seconds=0.2)) as second:
            second.start()
    assert source.opened == 1


def test_an_end_that_cannot_be_recorded_is_no_good_end(run: Runner) -> None:
    class Full(list[Outcome]):
        def append(self, outcome: Outcome) -> None:
            raise OSError("disk full")

    run.outcomes = Full()
    with (
        pytest.raises(InvariantBroken),
        run(plan('SELECT * FROM "__f1"', fragment(1, "a")), GeneratorSource({"a": rows(10)})) as result,
    ):
        result.read_all()


def test_run_time_errors_hold_no_value(run: Runner) -> None:
    source = GeneratorSource({"a": rows(1000)})
    for sql in (
        'SELECT CAST(name AS INTEGER) FROM "__f1"',
        'SELECT CAST(id AS TINYINT) FROM "__f1"',
        'SELECT id + 9223372036854775000 FROM "__f1"',
        'SELECT (SELECT id FROM "__f1") AS x',
        "SELECT strptime(name, '%Y') FROM \"__f1\"",
    ):
        with pytest.raises(TypeProblem) as caught, run(plan(sql, fragment(1, "a")), source) as result:
            result.read_all()
        text = f"{caught.value} {caught.value.private}"
        assert not any(value in text for value in ("n0", "n1", "128", "922337", "__f1"))
