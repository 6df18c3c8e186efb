"""The newest fingerprint of a source is what is kept of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from fedquery.spi import Fingerprint
from fedquery.store import fingerprints
from fedquery.store.database import Store
from fedquery.store.fingerprints import Kept

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
KEPT = Kept("e" * 64, NOW, Fingerprint("postgres", "180004", {"division": "2", "icu": None, "collation": "中文"}))


def test_the_newest_fingerprint_replaces_the_last(store: Store) -> None:
    assert fingerprints.everything(store) == {}
    fingerprints.keep(store, "psb.main", replace(KEPT, entry="0" * 64))
    fingerprints.keep(store, "tax.main", KEPT)
    fingerprints.keep(store, "psb.main", KEPT)
    assert fingerprints.everything(store) == {"psb.main": KEPT, "tax.main": KEPT}
    assert fingerprints.everything(store)["psb.main"].fingerprint.digest == KEPT.fingerprint.digest
