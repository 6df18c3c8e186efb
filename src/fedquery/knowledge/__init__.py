"""What is known of sources beyond their entries: kept in the store, copied in memory, renewed where nobody waits."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from fedquery.catalog.model import Catalog
from fedquery.errors import FedqueryError
from fedquery.experience import Experience, Run
from fedquery.knowledge.fingerprints import Fingerprints
from fedquery.knowledge.lessons import steady
from fedquery.knowledge.statistics import Statistics
from fedquery.plan.estimates import Estimates
from fedquery.spi import Source
from fedquery.store import learned
from fedquery.store.database import Store

log = logging.getLogger("fedquery")

#: Seconds after which what other processes have learned is read.
RENEWED = 60.0
#: Seconds in which what queries teach is gathered, before it is written down.
GATHERED = 5.0


class Knowledge:
    """One installation's. Thread-safe. Nothing here may fail or delay a query: what goes wrong is logged."""

    def __init__(self, store: Store, clock: Callable[[], dt.datetime], hours: float) -> None:
        """``hours`` is how old statistics may grow; 0: they are never asked for from here."""
        self._store = store
        self._clock = clock
        self.fingerprints = Fingerprints(store, clock)
        self.statistics = Statistics(store, clock)
        self._hours = hours
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="fedquery-learns")
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="fedquery-asks")  # a source may be slow to answer
        self._lock = threading.Lock()
        self._experience = Experience()
        self._unwritten: tuple[Run, ...] = ()
        self._closing = threading.Event()
        self._renewed: float | None = None

    def estimates(self, catalog: Catalog, sources: Mapping[str, Source]) -> Estimates:
        """What a plan made now may know. What is old is renewed meanwhile, from the store and from the sources."""
        if self._renewed is None or time.monotonic() > self._renewed + RENEWED:
            first, self._renewed = self._renewed is None, time.monotonic()
            if first:
                self._try(self._renew)
            else:
                self._later(self._writing, self._renew)
            if self._hours:
                self._later(self._asking, lambda: self._ask(catalog, sources))
        experience = self._experience
        speeds = {source: steady(transport) for source, transport in experience.transports.items()}
        return Estimates(self.statistics.known(catalog), experience.fragments, speeds)

    def timed(self, sources: Iterable[str]) -> frozenset[str]:
        """Those of the sources whose speed is known."""
        known = self._experience.transports
        return frozenset(id for id in sources if id in known and known[id].bytes_per_second is not None)

    def learn(self, runs: Iterable[Run]) -> None:
        """Know at once what a finished query taught; it is written down later, with what others teach meanwhile."""
        taught = tuple(runs)
        if not taught:
            return
        with self._lock:
            self._experience = self._experience.replaced(self._experience.taught(taught))
            first, self._unwritten = not self._unwritten, (*self._unwritten, *taught)
        if first:
            self._later(self._writing, self._write)

    def close(self) -> None:
        """Write down what was learned; what sources are still asked for is not waited for."""
        self._closing.set()
        self._asking.shutdown(wait=False, cancel_futures=True)
        self._writing.shutdown()

    def _write(self) -> None:
        self._closing.wait(GATHERED)
        with self._lock:
            runs, self._unwritten = self._unwritten, ()
        changed = learned.record(self._store, runs, self._clock())
        with self._lock:
            self._know(self._experience.replaced(changed))

    def _renew(self) -> None:
        kept = learned.everything(self._store)
        with self._lock:
            self._know(kept)
        self.statistics.load()

    def _know(self, kept: Experience) -> None:
        """What the store has, and what is not yet written there."""
        self._experience = kept.replaced(kept.taught(self._unwritten))

    def _ask(self, catalog: Catalog, sources: Mapping[str, Source]) -> None:
        for id in self.statistics.old(catalog, dt.timedelta(hours=self._hours)):
            self._try(lambda id=id: self.statistics.renew(id, catalog, sources[id]))  # type: ignore[misc]

    def _later(self, thread: ThreadPoolExecutor, work: Callable[[], None]) -> None:
        try:
            thread.submit(self._try, work)
        except RuntimeError:  # closing
            log.debug("nothing is learned any more")

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except FedqueryError as problem:
            log.warning("what is known of sources could not be renewed: %s", problem.private or problem.message)
        except Exception:
            log.exception("what is known of sources could not be renewed")
