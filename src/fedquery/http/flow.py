"""Runs one query on a thread of its own while its request waits, and ends it when the caller leaves."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import pyarrow as pa

from fedquery.errors import Cancelled, FedqueryError, InvariantBroken
from fedquery.run.result import Result

#: Seconds between two looks at whether the caller is still there.
GLANCE = 0.25
#: Batches that may wait for a slow caller; then the query waits, and with it the sources.
AHEAD = 2


class _End:
    def __init__(self, problem: FedqueryError | None) -> None:
        self.problem = problem


class Flow:
    """Batches of a query, for as long as ``present()`` says that the caller is there.

    ``begin`` plans and starts the query; it and all reading happen on the flow's own thread, so a caller who leaves is
    noticed within ``GLANCE`` seconds even while every source is silent. ``done`` is called when the thread has ended: only
    then is the query's place free again.
    """

    def __init__(self, begin: Callable[[], Result], present: Callable[[], bool], done: Callable[[], None]) -> None:
        self._present = present
        self._items: queue.Queue[Result | pa.RecordBatch | _End] = queue.Queue(maxsize=AHEAD)
        self._left = threading.Event()
        self._result: Result | None = None
        self._ended = False
        threading.Thread(target=self._pump, args=(begin, done), name="fedquery-query", daemon=True).start()

    def start(self) -> tuple[Result, Iterator[pa.RecordBatch]]:
        """The result once its first batch (or its end) is there. Raises what failed before that, so that it can be an error."""
        result = self._next()
        if isinstance(result, _End):
            raise result.problem or InvariantBroken("a query ended without a result and without an error")
        first = self._next()
        if isinstance(first, _End) and first.problem:
            raise first.problem
        assert not isinstance(result, pa.RecordBatch)
        return result, self._batches(result, first)

    def _batches(self, result: Result, item: Result | pa.RecordBatch | _End) -> Iterator[pa.RecordBatch]:
        """Each is asked for when what came before it has been written, so that it leaves under a permission of that moment."""
        try:
            while not isinstance(item, _End):
                result.require_permission()
                yield item
                item = self._next()
            if item.problem:
                raise item.problem
        finally:
            self.close()

    def close(self) -> None:
        """End the query wherever it is. May be called more than once, from any thread."""
        self._left.set()
        if self._result is not None and not self._ended:
            self._result.cancel()

    def _next(self) -> Result | pa.RecordBatch | _End:
        while True:
            try:
                return self._items.get(timeout=GLANCE)
            except queue.Empty:
                if not self._present():
                    self.close()
                    raise Cancelled("The caller left; the query was ended.") from None

    def _pump(self, begin: Callable[[], Result], done: Callable[[], None]) -> None:
        problem: FedqueryError | None = None
        try:
            result = begin()
            try:
                self._result = result
                if self._put(result):
                    for batch in result.unasked():
                        if not self._put(batch):
                            result.cancel()
                            break
                else:
                    result.cancel()
            finally:
                result.close()
        except BaseException as caught:
            problem = self._named(caught)
        finally:
            self._ended = True
            done()
            self._put(_End(problem))

    def _named(self, caught: BaseException) -> FedqueryError:
        """The failure under the query's id; what is not an error of ours is a bug of ours."""
        failure = caught if isinstance(caught, FedqueryError) else InvariantBroken(f"unexpected {type(caught).__name__}")
        if failure is not caught:
            failure.__cause__ = caught
        if self._result is not None and failure.query_id is None:
            failure.query_id = self._result.query_id
        return failure

    def _put(self, item: Result | pa.RecordBatch | _End) -> bool:
        while not self._left.is_set():
            try:
                self._items.put(item, timeout=GLANCE)
                return True
            except queue.Full:
                continue
        return False
