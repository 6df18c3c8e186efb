"""Connectors of kinds of their own that declare no mask; the systems behind them are the real ones."""

from __future__ import annotations

import dataclasses
from typing import Any

from fedquery.spi import Capabilities, Connector, Dialect, Fact, Fingerprint, Source, SourceConfig
from fedquery_files import CONNECTOR as REAL_FILES
from fedquery_mysql import CONNECTOR as REAL_MYSQL
from fedquery_postgres import CONNECTOR as REAL_POSTGRES
from fedquery_sqlite import CONNECTOR as REAL_SQLITE


class Weak:
    """The real connector, with no mask declared: nothing that a plan may ask it to mask."""

    def __init__(self, real: Connector) -> None:
        self._real = real
        self.kind = f"weak_{real.kind}"
        self.options: type[Any] = real.options
        self.dialect: Dialect = real.dialect
        self.capabilities: Capabilities = dataclasses.replace(real.capabilities, masks=frozenset())
        self.facts: tuple[Fact, ...] = real.facts

    def derive(self, fingerprint: Fingerprint | None) -> Capabilities:
        return dataclasses.replace(self._real.derive(fingerprint), masks=frozenset())

    def open(self, config: SourceConfig) -> Source:
        return self._real.open(config)


FILES, MYSQL, POSTGRES, SQLITE = map(Weak, (REAL_FILES, REAL_MYSQL, REAL_POSTGRES, REAL_SQLITE))
