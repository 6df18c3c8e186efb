"""The fingerprint of each source, and what is derived from it; a source that has none yet, or has changed, is asked."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable

from fedquery.catalog.digest import entry_digest
from fedquery.catalog.model import SourceDef
from fedquery.errors import FedqueryError
from fedquery.plan.model import Profile
from fedquery.spi import Connector, Source
from fedquery.store import fingerprints
from fedquery.store.database import Store
from fedquery.store.fingerprints import Kept

log = logging.getLogger("fedquery")

#: Seconds before a source that could not be asked is asked again.
PATIENCE = 30.0


class Fingerprints:
    """Thread-safe. Kept in the store, so that a restart asks nothing."""

    def __init__(self, store: Store, clock: Callable[[], dt.datetime]) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[str, Kept] | None = None
        self._failed: dict[str, float] = {}
        self._profiles: dict[tuple[str, str, bool], tuple[Kept | None, Profile]] = {}
        self._digests: dict[str, tuple[SourceDef, str]] = {}
        self._asking: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def profile(self, id: str, entry: SourceDef, connector: Connector, source: Source) -> Profile:
        """What planning may use of the source now: at one that cannot be asked, what every source of its kind does."""
        kept = self._known(id, entry, connector, source)
        if kept is None:
            with self._asking[id]:  # a source is asked once, however many queries wait for it
                kept = self._known(id, entry, connector, source)
                if kept is None and time.monotonic() > self._failed.get(id, 0.0):
                    kept = self._ask(id, entry, source)
        made = self._profiles.get((id, entry.kind, entry.scratch))
        if made is None or made[0] is not kept:
            fingerprint = kept.fingerprint if kept else None
            version = fingerprint.digest if fingerprint else ""
            profile = Profile(connector.dialect, connector.derive(fingerprint), version)
            profile = profile if entry.scratch else profile.without_scratch()
            made = self._profiles[id, entry.kind, entry.scratch] = (kept, profile)
        return made[1]

    def renew(self, id: str, entry: SourceDef, source: Source) -> Kept:
        """Ask the source now, and keep what it answers. Raises what the source raises, and StoreProblem."""
        kept = Kept(entry_digest(entry), self._clock(), source.fingerprint())
        fingerprints.keep(self._store, id, kept)
        self._all()[id] = kept
        return kept

    def _known(self, id: str, entry: SourceDef, connector: Connector, source: Source) -> Kept | None:
        """What is kept, if it is of this entry, answers every fact, and is of the version that the source last reported."""
        kept = self._all().get(id)
        if kept is None or kept.entry != self._digest(id, entry):
            return None
        if kept.fingerprint.facts.keys() != {fact.name for fact in connector.facts}:
            return None
        return kept if source.version in (None, kept.fingerprint.version) else None

    def _digest(self, id: str, entry: SourceDef) -> str:
        """The entry's digest; entries are frozen, so that the same one need not be read twice."""
        found = self._digests.get(id)
        if found is None or found[0] is not entry:
            found = self._digests[id] = (entry, entry_digest(entry))
        return found[1]

    def _ask(self, id: str, entry: SourceDef, source: Source) -> Kept | None:
        try:
            return self.renew(id, entry, source)
        except FedqueryError as problem:
            log.warning("the source %s could not be asked for its facts: %s", id, problem.private or problem.message)
            self._failed[id] = time.monotonic() + PATIENCE
            return None

    def _all(self) -> dict[str, Kept]:
        if self._kept is None:
            self._kept = dict(fingerprints.everything(self._store))
        return self._kept
