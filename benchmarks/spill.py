"""A join of 50 million rows by 5 million within 1 GiB: what it takes of memory and disk, from both sides."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.compute as pc

from fedquery.plan.model import Fragment, Plan
from fedquery.run import Budget, Engine, SourceSlots, execute
from fedquery.spi import BatchStream, Capabilities, Fingerprint, RemoteTable, SqlRequest, TableStatistics

MANY, FEW, STEP = 50_000_000, 5_000_000, 100_000
MEMORY = 1024 * 2**20
_SCHEMA = pa.schema([("id", pa.int64()), ("note", pa.string())])


class Numbers:
    """A source whose statements are numbers of rows: ids from 0, the larger ones over those of the smaller again and again."""

    capabilities = Capabilities()
    version = None

    def __init__(self) -> None:
        self._ids = pa.array(range(STEP), pa.int64())
        self._notes = pc.binary_join_element_wise("note ", pc.cast(self._ids, pa.string()), "")

    def read(self, request: SqlRequest) -> BatchStream:
        """The batches of so many rows."""
        return BatchStream(_SCHEMA, self._batches(int(request.text)), lambda: None)

    def _batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        for first in range(0, rows, STEP):
            yield pa.RecordBatch.from_arrays([pc.add(self._ids, first % FEW), self._notes], schema=_SCHEMA)

    def fingerprint(self) -> Fingerprint:
        """Nothing to ask."""
        return Fingerprint("numbers", "")

    def statistics(self, tables: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], TableStatistics]:
        """Nothing is known."""
        return {}

    def describe(self) -> Iterator[RemoteTable]:
        """None: nothing asks."""
        return iter(())

    def cancel(self, query_id: str) -> None:
        """Nothing to end."""

    def ping(self) -> None:
        """Always there."""

    def close(self) -> None:
        """Nothing to free."""


def main() -> None:
    """Print both orders: DuckDB keeps one side of the join, here the smaller one, then the larger one."""
    for kept, passed in ((FEW, MANY), (MANY, FEW)):
        with tempfile.TemporaryDirectory() as folder:
            print(_line(kept, passed, Path(folder)), flush=True)


def _line(kept: int, passed: int, folder: Path) -> str:
    sql = 'SELECT x.id AS id, x.note AS a, y.note AS b FROM "__f1" AS x JOIN "__f2" AS y ON x.id = y.id'
    plan = Plan("", "bench", "bench", "v", "d", (_fragment(1, passed), _fragment(2, kept)), sql)
    budget = Budget(rows=10**9, bytes=10**12, seconds=3600, memory=MEMORY, spill=64 * 2**30)
    engine, process = Engine(folder=folder), psutil.Process()
    began, before, most, disk, over = time.perf_counter(), process.memory_info().rss, 0, 0, threading.Event()

    def watch() -> None:
        nonlocal most, disk
        while not over.wait(0.1):
            most = max(most, process.memory_info().rss)
            disk = max(disk, sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        slots = SourceSlots({"numbers": 2})
        with execute(plan, {"numbers": Numbers()}, budget, "bench", engine=engine, slots=slots) as result:
            rows = sum(batch.num_rows for batch in result)
    finally:
        over.set()
        watcher.join()
        engine.close()
        for thread in threading.enumerate():
            if thread.name == "fedquery-engine":  # it closes the session that the query used
                thread.join()
    left = [path for path in folder.rglob("*") if path.is_file()]
    return (
        f"{passed:,} rows by {kept:,} kept: {rows:,} rows in {time.perf_counter() - began:.0f} s within {MEMORY // 2**20} MiB;"
        f" the process grew by {(most - before) // 2**20} MiB, {disk // 2**20} MiB on disk, {len(left)} files left"
    )


def _fragment(number: int, rows: int) -> Fragment:
    return Fragment(f"__f{number}", "numbers", "bench", (), str(rows), _SCHEMA, (), (), str(rows))


if __name__ == "__main__":
    main()
