"""What a source did whole is handed on: in the answer's types, the first batch at once, the rest in pieces worth sending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pyarrow as pa

from fedquery.plan import explain
from fedquery.run.passing import ENOUGH, HEAVY, passed_on
from tests.unit.plan.town import planned

NOON = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)


def test_columns_are_chosen_and_moments_shown_in_the_answers_zone() -> None:
    schema = pa.schema([("at", pa.timestamp("us", "Asia/Shanghai")), ("again", pa.int64())])
    came = pa.record_batch({"again": [1, None], "left": ["a", "b"], "at": pa.array([NOON, None], pa.timestamp("us", "UTC"))})
    (batch,) = passed_on([came], schema)
    assert batch.schema == schema
    assert [row["again"] for row in batch.to_pylist()] == [1, None]
    assert batch.column("at")[0].as_py() == NOON and batch.column("at")[0].as_py().utcoffset() == dt.timedelta(hours=8)


def test_the_first_batch_does_not_wait_and_crumbs_do() -> None:
    taken = 0

    def crumbs() -> Iterator[pa.RecordBatch]:
        nonlocal taken
        for start in range(0, 4 * ENOUGH, 64):
            taken += 1
            yield pa.record_batch({"n": list(range(start, start + 64))})

    answer = passed_on(crumbs(), pa.schema([("n", pa.int64())]))
    first = next(answer)
    assert (first.num_rows, taken) == (64, 1)
    rest = list(answer)
    assert all(batch.num_rows == ENOUGH for batch in rest[:-1]) and len(rest) == 4
    assert pa.Table.from_batches([first, *rest]).column("n").to_pylist() == list(range(4 * ENOUGH))


def test_large_rows_are_not_gathered() -> None:
    rows = [pa.record_batch({"t": ["x" * (HEAVY // 3)]}) for _ in range(10)]
    assert [batch.num_rows for batch in passed_on(rows, rows[0].schema)] == [1, 3, 3, 3]


def test_only_a_residual_that_hands_on_is_left_out() -> None:
    filtered = "select score, district from psb.resident where score = 5"
    assert [name for name, _ in planned(filtered).passed_on] == ["score", "district"]
    assert not planned(filtered, push=False).passed_on, "the gateway filters"
    assert not planned(filtered + " limit 3", push=False).passed_on
    assert not planned("select score + 1 from psb.resident", push=False).passed_on
    assert not planned("select r.score from psb.resident r join tax.wage w on w.person_id = r.person_id").passed_on


def test_the_explanation_says_so() -> None:
    alone, joined = (
        planned(sql)
        for sql in ("select score from psb.resident", "select score from psb.resident join tax.wage using (person_id)")
    )
    assert (explain.document(alone)["handed_on"], explain.document(joined)["handed_on"]) == (True, False)
    assert "Handed on by the gateway as it comes:" in explain.text(alone)
    assert "Joined at the gateway:" in explain.text(joined)
