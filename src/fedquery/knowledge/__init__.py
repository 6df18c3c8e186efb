"""What is known of sources beyond their entries: kept in the store, copied in memory, renewed where nobody waits."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

from fedquery.catalog.model import Catalog
from fedquery.errors import FedqueryError
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
        self._experience = learned.Experience()
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
        return Estimates(self.statistics.known(catalog), experience.fragments, experience.transports)

    def timed(self, sources: Iterable[str]) -> frozenset[str]:
        """Those of the sources whose speed is known."""
        known = self._experience.transports
        return frozenset(id for id in sources if id in known and known[id].bytes_per_second is not None)

    def learn(self, runs: Iterable[learned.Run]) -> None:
        """Keep what a finished query taught; returns at once."""
        taught = tuple(runs)
        if taught:
            self._later(self._writing, lambda: self._record(taught))

    def close(self) -> None:
        """Write down what was learned; what sources are still asked for is not waited for."""
        self._asking.shutdown(wait=False, cancel_futures=True)
        self._writing.shutdown()

    def _record(self, runs: tuple[learned.Run, ...]) -> None:
        changed = learned.record(self._store, runs, self._clock())
        self._add(changed)

    def _renew(self) -> None:
        self._add(learned.everything(self._store))
        self.statistics.load()

    def _ask(self, catalog: Catalog, sources: Mapping[str, Source]) -> None:
        for id in self.statistics.old(catalog, dt.timedelta(hours=self._hours)):
            self._try(lambda id=id: self.statistics.renew(id, catalog, sources[id]))  # type: ignore[misc]

    def _add(self, changed: learned.Experience) -> None:
        steadied = {source: steady(transport) for source, transport in changed.transports.items()}
        with self._lock:
            known = self._experience
            self._experience = learned.Experience(
                MappingProxyType({**known.fragments, **changed.fragments}),
                MappingProxyType({**known.transports, **steadied}),
            )

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
