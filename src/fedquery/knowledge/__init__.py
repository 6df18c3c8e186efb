"""What is known of sources beyond their entries: kept in the store, copied in memory, renewed where nobody waits."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

from fedquery.catalog.model import Catalog
from fedquery.errors import FedqueryError
from fedquery.knowledge.fingerprints import Fingerprints
from fedquery.knowledge.lessons import steady
from fedquery.plan.estimates import Estimates
from fedquery.store import learned
from fedquery.store.database import Store

log = logging.getLogger("fedquery")

#: Seconds after which what other processes have learned is read.
RENEWED = 60.0


class Knowledge:
    """One installation's. Thread-safe. Nothing here may fail or delay a query: what goes wrong is logged."""

    def __init__(self, store: Store, clock: Callable[[], dt.datetime]) -> None:
        self._store = store
        self._clock = clock
        self.fingerprints = Fingerprints(store, clock)
        self._background = ThreadPoolExecutor(1, thread_name_prefix="fedquery-knowledge")
        self._lock = threading.Lock()
        self._experience = learned.Experience()
        self._renewed: float | None = None

    def estimates(self, catalog: Catalog) -> Estimates:
        """What a plan made now may know."""
        if self._renewed is None:
            self._try(self._renew)
        elif time.monotonic() > self._renewed + RENEWED:
            self._renewed = time.monotonic()
            self._later(self._renew)
        experience = self._experience
        return Estimates(learned=experience.fragments, transports=experience.transports)

    def learn(self, runs: Iterable[learned.Run]) -> None:
        """Keep what a finished query taught; returns at once."""
        taught = tuple(runs)
        if taught:
            self._later(lambda: self._record(taught))

    def close(self) -> None:
        """Finish what was begun."""
        self._background.shutdown()

    def _record(self, runs: tuple[learned.Run, ...]) -> None:
        changed = learned.record(self._store, runs, self._clock())
        self._add(changed)

    def _renew(self) -> None:
        self._add(learned.everything(self._store))
        self._renewed = time.monotonic()

    def _add(self, changed: learned.Experience) -> None:
        steadied = {source: steady(transport) for source, transport in changed.transports.items()}
        with self._lock:
            known = self._experience
            self._experience = learned.Experience(
                MappingProxyType({**known.fragments, **changed.fragments}),
                MappingProxyType({**known.transports, **steadied}),
            )

    def _later(self, work: Callable[[], None]) -> None:
        try:
            self._background.submit(self._try, work)
        except RuntimeError:  # closing
            log.debug("nothing is learned any more")

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except FedqueryError as problem:
            log.warning("what is known of sources could not be renewed: %s", problem.private or problem.message)
        except Exception:
            log.exception("what is known of sources could not be renewed")
