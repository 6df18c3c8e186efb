"""The hand-over of record batches from one thread to another, bounded in bytes, so that a slow taker holds the giver."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

import pyarrow as pa

from fedquery.errors import FedqueryError

CAPACITY = 8 * 2**20  # bytes of Arrow


class Channel:
    """One giver, one taker. A batch larger than the capacity passes when the channel is empty."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._changed = threading.Condition()
        self._batches: deque[pa.RecordBatch] = deque()
        self._bytes = 0
        self._refused = False
        self._finished = False
        self._error: FedqueryError | None = None

    def put(self, batch: pa.RecordBatch) -> bool:
        """Wait for room and hand the batch over. False when no batch is wanted any more."""
        size: int = batch.nbytes
        with self._changed:
            self._changed.wait_for(lambda: self._refused or not self._batches or self._bytes + size <= self._capacity)
            if self._refused:
                return False
            self._batches.append(batch)
            self._bytes += size
            self._changed.notify_all()
            return True

    def finish(self) -> None:
        """No batch follows."""
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def refuse(self) -> None:
        """Drop what is here and let the giver go; the taker waits for :meth:`finish` or :meth:`fail`."""
        with self._changed:
            self._refused = True
            self._batches.clear()
            self._bytes = 0
            self._changed.notify_all()

    def fail(self, error: FedqueryError) -> None:
        """The taker gets the error instead of what is still here. The first error stays."""
        with self._changed:
            if self._error is None:
                self._error = error
            self.refuse()

    def wait(self) -> None:
        """Wait until a batch is here or the end is reached. Raises what :meth:`fail` was given."""
        with self._changed:
            self._changed.wait_for(lambda: self._batches or self._finished or self._error)
            if self._error is not None:
                raise self._error

    def get(self) -> pa.RecordBatch | None:
        """The next batch; None at the end. Raises what :meth:`fail` was given."""
        with self._changed:
            self.wait()
            if not self._batches:
                return None
            batch = self._batches.popleft()
            self._bytes -= batch.nbytes
            self._changed.notify_all()
            return batch

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self.get()) is not None:
            yield batch
