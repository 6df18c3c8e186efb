"""Opens a folder of files as an embedded source: filters and masks run in a private DuckDB beside the files."""

from __future__ import annotations

from fedquery.spi import (
    DUCKDB_CAPABILITIES,
    DUCKDB_FACTS,
    Capabilities,
    Dialect,
    DuckDBDialect,
    Fact,
    Fingerprint,
    Source,
    SourceConfig,
    derived,
)
from fedquery_files.options import FilesOptions
from fedquery_files.statistics import FilesSource
from fedquery_files.tables import Folder


class FilesConnector:
    """The kind ``files``."""

    kind = "files"
    options: type[FilesOptions] = FilesOptions
    dialect: Dialect = DuckDBDialect()
    capabilities: Capabilities = DUCKDB_CAPABILITIES
    facts: tuple[Fact, ...] = DUCKDB_FACTS

    def derive(self, fingerprint: Fingerprint | None) -> Capabilities:
        """All of DuckDB's language, where the DuckDB beside the files is as the gateway's."""
        return derived(DUCKDB_CAPABILITIES, DUCKDB_FACTS, fingerprint)

    def open(self, config: SourceConfig) -> Source:
        options: FilesOptions = config.options
        return FilesSource(config, Folder(config.folder / options.folder, config.id), options.csv)


CONNECTOR = FilesConnector()
