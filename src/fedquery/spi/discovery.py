"""Connectors found by their entry points: kind -> Connector, duplicates refused."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points
from types import MappingProxyType

from fedquery.errors import RegistrationRefused
from fedquery.spi.connector import Connector

GROUP = "fedquery.connectors"


@lru_cache(maxsize=1)
def connectors() -> MappingProxyType[str, Connector]:
    """Every installed connector by its kind."""
    found: dict[str, Connector] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        connector: Connector = point.load()
        if connector.kind in found:
            raise RegistrationRefused(
                f"Two installed packages offer connectors of the kind {connector.kind!r}.", hint="Uninstall one of them."
            )
        found[connector.kind] = connector
    return MappingProxyType(found)
