"""What a statement may take: joins larger than memory finish on disk, and what does not fit ends by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache

import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import sqlglot
from sqlglot import exp

from fedquery.errors import OutOfMemory
from fedquery.plan.growth import LIMIT, STORED
from fedquery.plan.stage import stage
from fedquery.run import Budget

from .conftest import GeneratorSource, Runner, fragment, plan, rows
from .test_result import until

MIB = 2**20
ROWS = 2_000_000
JOIN = '"__f1" AS x JOIN "__f2" AS y ON x.id = y.id'
SORTED = [
    f"SELECT x.id AS id, y.name AS name FROM {JOIN} ORDER BY name, id",
    f"SELECT x.id AS id, row_number() OVER (ORDER BY y.name, x.id) AS place FROM {JOIN}",
]


@cache
def people() -> tuple[pa.RecordBatch, ...]:
    return tuple(rows(ROWS, 50_000)())


def staged(sql: str) -> str:
    """The statement as the planner hands it over."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Query)
    return stage(tree).sql("duckdb")


@pytest.mark.parametrize("times", range(2))
@pytest.mark.parametrize("memory", [48, 64])
@pytest.mark.parametrize("sql", SORTED)
def test_a_sorted_join_larger_than_memory_finishes(run: Runner, sql: str, memory: int, times: int) -> None:
    """Without the stage between them nearly every one of these runs out of memory."""
    made = plan(staged(sql), fragment(1, "a"), fragment(2, "a"))
    budget = Budget(memory=memory * MIB, spill=2048 * MIB, seconds=120)
    with run(made, GeneratorSource({"a": lambda: iter(people())}), budget) as result:
        result.start()
        assert [path for folder in run.folder.iterdir() for path in folder.iterdir()]
        ids = [batch.column(0) for batch in result]
    assert sum(map(len, ids)) == ROWS
    assert sum(pc.sum(part).as_py() for part in ids) == ROWS * (ROWS - 1) // 2


def test_a_join_that_spills_stays_near_its_budget(run: Runner) -> None:
    """One fiftieth of ``benchmarks/spill.py``, with the larger side kept: what the process grows by beyond the memory given."""
    made = plan('SELECT x.id, x.name AS a, y.name AS b FROM "__f1" AS x JOIN "__f2" AS y ON x.id = y.id',
                fragment(1, "few"), fragment(2, "many"))  # fmt: skip
    source = GeneratorSource({"few": rows(100_000, 50_000), "many": lambda: iter(people())})
    people()
    process, count = psutil.Process(), 0
    before = most = process.memory_info().rss
    with run(made, source, Budget(memory=48 * MIB, spill=2048 * MIB, seconds=120)) as result:
        for part in result:
            count += part.num_rows
            most = max(most, process.memory_info().rss)
    assert count == 100_000
    assert most - before < (48 + 128) * MIB


def test_a_semi_join_that_spills_loses_no_row(run: Runner) -> None:
    """Few keys with many rows each: a filter made from the part of the keys that is in memory would drop the others."""
    schema = pa.schema([("key", pa.int32())])

    def stream() -> Iterator[pa.RecordBatch]:
        for first in range(0, ROWS, 50_000):
            yield pa.RecordBatch.from_arrays(
                [pa.array((n % 25 for n in range(first, first + 50_000)), pa.int32())], schema=schema
            )

    sql = 'SELECT count(*) AS n FROM "__f1" WHERE key IN (SELECT key FROM "__f2")'
    made = plan(sql, *(fragment(n, "keys", repeated=True, schema=schema) for n in (1, 2)))
    with run(made, GeneratorSource({"keys": stream}, schema), Budget(memory=32 * MIB, spill=2048 * MIB)) as result:
        assert result.read_all().to_pylist() == [{"n": ROWS}]


@pytest.mark.parametrize(
    ("budget", "limit", "setting"),
    [
        (Budget(memory=24 * MIB, spill=0), "24 MiB of memory", "memory_limit"),
        (Budget(memory=48 * MIB, spill=8 * MIB), "8 MiB of disk", "spill_limit"),
    ],
)
def test_too_small_a_budget_is_named_with_its_setting(run: Runner, budget: Budget, limit: str, setting: str) -> None:
    made = plan(staged(SORTED[0]), fragment(1, "a"), fragment(2, "a"))
    source = GeneratorSource({"a": lambda: iter(people())})
    with pytest.raises(OutOfMemory, match=limit) as caught, run(made, source, budget) as result:
        result.read_all()
    assert setting in str(caught.value.hint)
    until(lambda: not list(run.folder.iterdir()))  # the session is closed by a thread of its own
    assert source.running == 0


def test_the_longest_texts_that_a_statement_may_make_stay_within_bounds(run: Runner) -> None:
    """64 columns of 4 KiB are joined for every row: what planning lets through, over texts as long as it takes them for."""
    schema = pa.schema([("text", pa.string())])
    some = pa.RecordBatch.from_arrays([pa.array(["a" * 4096] * 2048)], schema=schema)
    sql = f'SELECT max(length(concat({", ".join(["text"] * (LIMIT // STORED))}))) AS n FROM "__f1"'
    process = psutil.Process()
    before, most = process.memory_info().rss, 0
    source = GeneratorSource({"texts": lambda: iter([some] * 8)}, schema)
    with run(plan(sql, fragment(1, "texts", schema=schema)), source, Budget(memory=256 * MIB)) as result:
        while not run.outcomes:
            most = max(most, process.memory_info().rss)
            threading.Event().wait(0.005)
        assert result.read_all().to_pylist() == [{"n": LIMIT}]
    assert most - before < 2048 * MIB


def test_the_text_of_a_whole_group_counts_against_the_limit(run: Runner) -> None:
    made = plan("SELECT string_agg(name, ',') AS names FROM \"__f1\"", fragment(1, "all"))
    source = GeneratorSource({"all": lambda: (part for _ in range(100) for part in people())})
    budget = Budget(memory=64 * MIB, spill=64 * MIB, rows=10**9, bytes=10**12)
    with pytest.raises(OutOfMemory), run(made, source, budget) as result:
        result.read_all()
