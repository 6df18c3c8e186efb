"""What is asked of SQLite itself, beside what is asked of the DuckDB that computes over it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from fedquery.spi import (
    DUCKDB_CAPABILITIES,
    DUCKDB_FACTS,
    Capabilities,
    Fact,
    Fingerprint,
    SourceConfig,
    TableStatistics,
    probed,
)
from fedquery.spi.embedded import EmbeddedSource
from fedquery_sqlite.reader import SqliteReader

SQLITE_FACTS = (
    Fact("sqlite_text_case", "Whether 'a' equals 'A' in SQLite.", "SELECT 'a' = 'A'"),
    Fact("sqlite_like_case", "Whether 'a' is LIKE 'A' in SQLite.", "SELECT 'a' LIKE 'A'"),
    Fact("sqlite_division", "What 5 / 2 is in SQLite.", "SELECT 5 / 2"),
    Fact("sqlite_nan", "What becomes of infinity less infinity in SQLite.", "SELECT 9e999 - 9e999"),
    Fact("sqlite_null_order", "Whether NULL sorts first in SQLite.",
         "SELECT count(x) = 0 FROM (SELECT 1 AS x UNION ALL SELECT NULL ORDER BY x LIMIT 1)"),
    Fact("sqlite_encoding", "The file's encoding.", "SELECT encoding FROM pragma_encoding"),
    Fact("sqlite_json", "Whether lists can be read from JSON in SQLite.", "SELECT value FROM json_each('[\"a\"]')"),
)  # fmt: skip
FACTS = (*DUCKDB_FACTS, *SQLITE_FACTS)


class SqliteSource(EmbeddedSource):
    """A file of SQLite, with a private DuckDB beside it."""

    def __init__(self, config: SourceConfig, reader: SqliteReader, capabilities: Capabilities = DUCKDB_CAPABILITIES) -> None:
        super().__init__(config, reader, capabilities)
        self._sqlite = reader

    @property
    def version(self) -> str | None:
        return f"sqlite {sqlite3.sqlite_version}, {super().version}"

    def fingerprint(self) -> Fingerprint:
        facts = {**super().fingerprint().facts, **probed(SQLITE_FACTS, self._sqlite.value)}
        return Fingerprint("sqlite", self.version or "", facts)

    def statistics(self, tables: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], TableStatistics]:
        return self._sqlite.statistics(tables)
