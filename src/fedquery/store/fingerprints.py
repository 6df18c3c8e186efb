"""The newest fingerprint of each source, with the entry that it was taken under."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from fedquery.spi import Fingerprint
from fedquery.store.database import Store
from fedquery.store.tables import SOURCE_FINGERPRINTS, stamp, time


@dataclass(frozen=True, slots=True)
class Kept:
    """``entry`` is the digest of the source's entry: under another one it may be another system."""

    entry: str
    at: dt.datetime
    fingerprint: Fingerprint


def keep(store: Store, source: str, kept: Kept) -> None:
    """Replace what was known of the source. Raises StoreProblem."""
    found = kept.fingerprint
    facts = json.dumps(dict(found.facts), ensure_ascii=False, sort_keys=True)
    row = {"source": source, "entry": kept.entry, "at": stamp(kept.at), "kind": found.kind}
    with store.write(SOURCE_FINGERPRINTS) as connection:
        connection.execute(delete(SOURCE_FINGERPRINTS).where(SOURCE_FINGERPRINTS.c.source == source))
        connection.execute(insert(SOURCE_FINGERPRINTS), [row | {"version": found.version, "facts": facts}])


def everything(store: Store) -> Mapping[str, Kept]:
    """By source. Raises StoreProblem."""
    with store.read() as connection:
        rows = connection.execute(select(SOURCE_FINGERPRINTS)).all()
    return {
        row.source: Kept(row.entry, time(row.at), Fingerprint(row.kind, row.version, json.loads(row.facts))) for row in rows
    }
