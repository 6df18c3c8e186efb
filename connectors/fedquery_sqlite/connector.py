"""Opens a SQLite file as an embedded source: filters and masks run in a private DuckDB beside the file."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from fedquery.spi import (
    DUCKDB_CAPABILITIES,
    Capabilities,
    Dialect,
    DuckDBDialect,
    Fact,
    Fingerprint,
    Source,
    SourceConfig,
    derived,
)
from fedquery_sqlite.fingerprint import FACTS, SqliteSource
from fedquery_sqlite.reader import SqliteReader


class SqliteOptions(BaseModel):
    """The options of a source of the kind ``sqlite``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(min_length=1, description="The database file; a relative path starts in data_dir")


class SqliteConnector:
    """The kind ``sqlite``."""

    kind = "sqlite"
    options: type[SqliteOptions] = SqliteOptions
    dialect: Dialect = DuckDBDialect()
    capabilities: Capabilities = replace(DUCKDB_CAPABILITIES, snapshot="query")
    facts: tuple[Fact, ...] = FACTS

    def derive(self, fingerprint: Fingerprint | None) -> Capabilities:
        """All of DuckDB's language, where the DuckDB beside the file is as the gateway's."""
        return derived(self.capabilities, FACTS, fingerprint)

    def open(self, config: SourceConfig) -> Source:
        options: SqliteOptions = config.options
        return SqliteSource(config, SqliteReader(config.folder / options.path, config.id), self.capabilities)


CONNECTOR = SqliteConnector()
