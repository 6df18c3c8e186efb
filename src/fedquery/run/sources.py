"""The opened sources of a catalogue: opened when a version first needs them, closed when no version has them any more."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from fedquery.catalog.model import Catalog, SourceDef
from fedquery.errors import RegistrationRefused
from fedquery.spi import Connector, Secrets, Source, SourceConfig


class Sources:
    """Opens each source once and keeps it while its entry stays the same. Thread-safe."""

    def __init__(self, connectors: Mapping[str, Connector], secrets: Secrets, time_zone: str, folder: Path) -> None:
        self._connectors = connectors
        self._secrets = secrets
        self._time_zone = time_zone
        self._folder = folder
        self._opened: dict[str, tuple[SourceDef, Source]] = {}
        self._lock = threading.Lock()

    def connector(self, kind: str) -> Connector:
        """The connector of a kind. Raises RegistrationRefused when none is installed."""
        if kind not in self._connectors:
            raise RegistrationRefused(
                f"There is no connector of the kind {kind!r}.", hint=f"Installed: {', '.join(sorted(self._connectors))}."
            )
        return self._connectors[kind]

    def of(self, catalog: Catalog) -> dict[str, Source]:
        """Every source of the catalogue, opened (which does not connect); those that changed are opened anew."""
        with self._lock:
            wanted = dict(catalog.sources())
            for id in [id for id, (entry, _) in self._opened.items() if wanted.get(id) != entry]:
                self._opened.pop(id)[1].close()
            for id, entry in wanted.items():
                if id not in self._opened:
                    self._opened[id] = (entry, self._open(id, entry))
            return {id: source for id, (_, source) in self._opened.items()}

    def _open(self, id: str, entry: SourceDef) -> Source:
        connector = self.connector(entry.kind)
        try:
            options = connector.options(**entry.options)
        except ValidationError as problem:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors(include_input=False))
            raise RegistrationRefused(f"The options of the source {id} are wrong: {faults}.", hint="Mend its entry.") from None
        return connector.open(
            SourceConfig(
                id, options, self._secrets, entry.concurrency, entry.seconds, self._time_zone, entry.scratch, self._folder
            )
        )

    def close(self) -> None:
        """Close all."""
        with self._lock:
            opened, self._opened = self._opened, {}
        for _, source in opened.values():
            source.close()
