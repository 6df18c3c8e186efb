"""Several workers read one answer: their batches as they come, through one bounded queue; the first failure ends all."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa


class Merged(Iterator[pa.RecordBatch]):
    """The batches of all ``workers``, in no order. Each worker has a thread, and at most two batches wait for each.

    ``stop`` must make every worker return or raise soon; it is called when the reader leaves, when one worker fails, and when
    this iterator is forgotten.
    """

    def __init__(self, workers: Sequence[Iterator[pa.RecordBatch]], stop: Callable[[], None], name: str) -> None:
        self._line = line = _Line(2 * len(workers), len(workers), stop)
        self.close = weakref.finalize(self, line.end)
        for number, worker in enumerate(workers):
            threading.Thread(target=line.work, args=(worker,), name=f"{name}-{number}", daemon=True).start()

    def __next__(self) -> pa.RecordBatch:
        return self._line.get()


class _Line:
    """The queue and its workers. Threads hold this, never the iterator: else nobody could forget it."""

    def __init__(self, room: int, workers: int, stop: Callable[[], None]) -> None:
        self._room, self._working, self._stop = room, workers, stop
        self._changed = threading.Condition()
        self._batches: deque[pa.RecordBatch] = deque()
        self._ended = False
        self._failure: BaseException | None = None

    def work(self, worker: Iterator[pa.RecordBatch]) -> None:
        failure: BaseException | None = None
        try:
            for batch in worker:
                if not self._put(batch):
                    break
        except BaseException as problem:
            failure = problem
        with self._changed:
            self._working -= 1
            first = failure is not None and self._failure is None
            if first:
                self._failure = failure
            self._changed.notify_all()
        if first:
            self.end()

    def end(self) -> None:
        with self._changed:
            if self._ended:
                return
            self._ended = True
            self._batches.clear()
            self._changed.notify_all()
        self._stop()

    def get(self) -> pa.RecordBatch:
        with self._changed:
            self._changed.wait_for(lambda: self._batches or self._failure or not self._working)
            if self._failure is not None:
                raise self._failure
            if not self._batches:
                raise StopIteration
            batch = self._batches.popleft()
            self._changed.notify_all()
            return batch

    def _put(self, batch: pa.RecordBatch) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._ended or len(self._batches) < self._room)
            if not self._ended:
                self._batches.append(batch)
                self._changed.notify_all()
            return not self._ended
