"""The connector for PostgreSQL and what speaks its protocol: ADBC, streamed, read-only."""

from __future__ import annotations

from fedquery.spi import Capabilities, Fact, Fingerprint, Source, SourceConfig, derived
from fedquery_postgres.capabilities import CAPABILITIES
from fedquery_postgres.dialect import PostgresDialect
from fedquery_postgres.fingerprint import FACTS
from fedquery_postgres.options import PostgresOptions
from fedquery_postgres.source import PostgresSource


class PostgresConnector:
    """The kind ``postgres``."""

    kind: str = "postgres"
    options: type[PostgresOptions] = PostgresOptions
    dialect: PostgresDialect = PostgresDialect()
    capabilities: Capabilities = CAPABILITIES
    facts: tuple[Fact, ...] = FACTS

    def derive(self, fingerprint: Fingerprint | None) -> Capabilities:
        """What is left after the answers to :data:`FACTS`."""
        return derived(CAPABILITIES, FACTS, fingerprint)

    def open(self, config: SourceConfig) -> Source:
        """The source, not connected yet."""
        return PostgresSource(config)


CONNECTOR = PostgresConnector()
