"""A real source over Python generators, with the faults that real sources have, and a plan over it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from fedquery.plan.model import Fragment, Plan
from fedquery.run import Budget, Engine, Outcome, Result, SourceSlots, execute
from fedquery.spi import BatchStream, Capabilities, RemoteTable, SqlRequest

SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string())])
BUDGET = Budget(seconds=120)
PATIENCE = 20.0  # seconds a wait may take before the test fails; never reached when things work


def batch(first: int, rows: int) -> pa.RecordBatch:
    ids = pa.array(range(first, first + rows), pa.int64())
    return pa.RecordBatch.from_arrays([ids, pa.array([f"n{i % 7}" for i in range(rows)])], schema=SCHEMA)


def rows(count: int, size: int = 1000) -> Callable[[], Iterator[pa.RecordBatch]]:
    return lambda: (batch(first, min(size, count - first)) for first in range(0, count, size))


class GeneratorSource:
    """Answers a statement by the generator of that name; keeps what was asked of it."""

    capabilities = Capabilities(cancel=True)

    def __init__(self, tables: Mapping[str, Callable[[], Iterator[pa.RecordBatch]]], schema: pa.Schema = SCHEMA) -> None:
        self.tables = tables
        self.schema = schema
        self.cancelled = threading.Event()
        self.opened = self.closed = self.running = self.most_at_once = self.batches = 0
        self.lock = threading.Lock()

    def describe(self) -> Iterator[RemoteTable]:
        return iter(())

    def read(self, request: SqlRequest) -> BatchStream:
        batches = self.tables[request.text]()
        with self.lock:
            self.opened += 1
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
        closing = threading.Event()

        def close() -> None:
            with self.lock:
                if not closing.is_set():
                    closing.set()
                    self.closed += 1
                    self.running -= 1

        def counted() -> Iterator[pa.RecordBatch]:
            for found in batches:
                self.batches += 1
                yield found

        return BatchStream(self.schema, counted(), close)

    def cancel(self, query_id: str) -> None:
        self.cancelled.set()

    def ping(self) -> None:
        return

    def close(self) -> None:
        return


def fragment(number: int, text: str, source: str = "registry", repeated: bool = False, schema: pa.Schema = SCHEMA) -> Fragment:
    return Fragment(f"__f{number}", source, "civil", (), text, schema, (), (), text, repeated=repeated)


def plan(residual: str, *fragments: Fragment) -> Plan:
    return Plan("", "grant-1", "audit", "v1", "digest", fragments, residual)


class Runner:
    """Runs plans with one engine and keeps every outcome."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = Engine(folder=folder)
        self.slots = SourceSlots({"registry": 4, "tax": 4})
        self.outcomes: list[Outcome] = []

    def __call__(self, plan: Plan, source: GeneratorSource, budget: Budget = BUDGET, **others: GeneratorSource) -> Result:
        sources = {"registry": source, **others}
        query_id = f"q{len(self.outcomes)}"
        return execute(plan, sources, budget, query_id, engine=self.engine, slots=self.slots, on_end=self.outcomes.append)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Runner]:
    others = set(threading.enumerate())  # of gateways that other tests keep open
    runner = Runner(tmp_path)
    yield runner
    runner.engine.close()
    ours = [t for t in threading.enumerate() if t.name.startswith("fedquery-") and t not in others]
    for thread in ours:
        thread.join(PATIENCE)
    assert [t.name for t in ours if t.is_alive()] == []
    assert [runner.slots.held(source) for source in ("registry", "tax")] == [0, 0]
    assert list(tmp_path.iterdir()) == []  # nothing spilled stays
