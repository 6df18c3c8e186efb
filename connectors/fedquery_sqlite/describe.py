"""What a SQLite file declares: tables and views, columns with their type texts, keys."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

from fedquery.spi import LogicalType, RemoteColumn, RemoteTable

_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", re.IGNORECASE)
_UNSIGNED = re.compile(r"UNSIGNED|\bU(TINY|SMALL|BIG)?INT")
#: Word in the declared type -> logical type; the first that fits, as SQLite itself looks for words.
_WORDS = (
    ("BOOL", "boolean"), ("TINYINT", "tinyint"), ("SMALLINT", "smallint"), ("INT", "bigint"), ("CHAR", "varchar"),
    ("CLOB", "varchar"), ("TEXT", "varchar"), ("BLOB", "blob"),
    ("TIMESTAMPTZ", "timestamptz"), ("TIMESTAMP", "timestamp"), ("DATETIME", "timestamp"),
    ("DATE", "date"), ("TIME", "time"), ("REAL", "double"), ("FLOA", "double"), ("DOUB", "double"),
)  # fmt: skip


def remote_tables(connection: sqlite3.Connection) -> Iterator[RemoteTable]:
    """Every table and view, SQLite's own left out."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
    ).fetchall()
    for (name,) in names:
        columns = connection.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (name,)).fetchall()
        yield RemoteTable((name,), tuple(_column(*column) for column in columns))


def _column(name: str, declared: str, not_null: int, key: int) -> RemoteColumn:
    type = _type(declared or "")
    note = "" if type else "the declared type says nothing; look at the values and choose one"
    return RemoteColumn(name, declared or "", type, nullable=not (not_null or key), key=bool(key), note=note)


def _type(declared: str) -> LogicalType | None:
    if found := _DECIMAL.search(declared):
        precision, scale = int(found[1]), int(found[2] or 0)
        return LogicalType("decimal", precision, scale) if 1 <= precision <= 38 and scale <= precision else None
    upper = declared.upper()
    if _UNSIGNED.search(upper):  # SQLite knows no such integers: its own are wide enough for all but the widest
        return LogicalType("bigint")
    return next((LogicalType(type) for word, type in _WORDS if word in upper), None)
