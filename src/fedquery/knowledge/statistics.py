"""The statistics of each source's tables: kept in the store, asked again where nobody waits once they are old."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from fedquery.catalog.digest import entry_digest
from fedquery.catalog.model import Catalog, Resource
from fedquery.names import ResourceName
from fedquery.spi import Source, TableStatistics
from fedquery.store import statistics
from fedquery.store.database import Store
from fedquery.store.statistics import Kept


class Statistics:
    """Thread-safe: what is kept is replaced whole."""

    def __init__(self, store: Store, clock: Callable[[], dt.datetime]) -> None:
        self._store = store
        self._clock = clock
        self._kept: Mapping[str, Kept] = MappingProxyType({})
        self._made: tuple[Catalog, Mapping[str, Kept], Mapping[ResourceName, TableStatistics]] | None = None

    def load(self) -> None:
        """Read what is kept. Raises StoreProblem."""
        self._kept = MappingProxyType({**self._kept, **statistics.everything(self._store)})

    def known(self, catalog: Catalog) -> Mapping[ResourceName, TableStatistics]:
        """The statistics of each resource, its columns by their directory names."""
        made, kept = self._made, self._kept
        if made is None or made[0] is not catalog or made[1] is not kept:
            made = self._made = (catalog, kept, MappingProxyType(dict(_by_resource(catalog, kept))))
        return made[2]

    def old(self, catalog: Catalog, age: dt.timedelta) -> tuple[str, ...]:
        """The sources that were never asked, or under another entry, or too long ago."""
        due = self._clock() - age
        entries = ((id, entry, self._kept.get(id)) for id, entry in catalog.sources())
        return tuple(id for id, entry, kept in entries if not kept or kept.entry != entry_digest(entry) or kept.at < due)

    def renew(self, id: str, catalog: Catalog, source: Source) -> Kept:
        """Ask the source now of every table that the directory names. Raises what the source raises, and StoreProblem."""
        department, _, name = id.partition(".")
        resources = catalog.departments[department].resources.values()
        paths = sorted({entry.table for entry in resources if entry.source == name})
        kept = Kept(entry_digest(catalog.departments[department].sources[name]), self._clock(), source.statistics(paths))
        statistics.keep(self._store, id, kept)
        self._kept = MappingProxyType({**self._kept, id: kept})
        return kept


def _by_resource(catalog: Catalog, kept: Mapping[str, Kept]) -> Iterator[tuple[ResourceName, TableStatistics]]:
    for name, entry in catalog.resources():
        source = kept.get(f"{name.department}.{entry.source}")
        of_source = catalog.departments[name.department].sources.get(entry.source)
        if source is None or of_source is None or source.entry != entry_digest(of_source):
            continue
        found = source.tables.get(entry.table)
        if found is not None:
            yield name, _renamed(found, entry)


def _renamed(found: TableStatistics, entry: Resource) -> TableStatistics:
    columns = {name: found.columns[c.physical] for name, c in entry.columns.items() if c.physical in found.columns}
    return dataclasses.replace(found, columns=columns)
