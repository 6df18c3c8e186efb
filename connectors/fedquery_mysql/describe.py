"""The tables and views a login can read, from the server's own dictionary."""

from __future__ import annotations

import itertools

from fedquery.spi import RemoteColumn, RemoteTable
from fedquery_mysql.session import Session
from fedquery_mysql.types import TEXT_BASES, propose

_COLUMNS = """
SELECT c.TABLE_SCHEMA, c.TABLE_NAME, t.TABLE_COMMENT, t.TABLE_TYPE, c.COLUMN_NAME, c.COLUMN_TYPE, c.DATA_TYPE, c.COLLATION_NAME,
       c.IS_NULLABLE, c.COLUMN_KEY, c.COLUMN_COMMENT
FROM information_schema.COLUMNS AS c
JOIN information_schema.TABLES AS t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
WHERE c.TABLE_SCHEMA = %s OR (%s IS NULL AND c.TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys'))
ORDER BY c.TABLE_SCHEMA, c.TABLE_NAME, c.ORDINAL_POSITION
"""


def describe(session: Session, database: str | None) -> tuple[RemoteTable, ...]:
    """Every table and view of the database, or of all that are not the server's own."""
    found = session.rows(_COLUMNS, (database, database))
    return tuple(
        RemoteTable(path, tuple(_column(*row[4:]) for row in rows), _comment(rows[0][2], rows[0][3]))
        for path, group in itertools.groupby(found, key=lambda row: (str(row[0]), str(row[1])))
        for rows in [list(group)]
    )


def _comment(comment: str | None, kind: str) -> str:
    """MariaDB gives every view the comment VIEW."""
    return "" if "VIEW" in kind and comment == "VIEW" else comment or ""


def _column(
    name: str, declared: str, base: str, collation: str | None, nullable: str, key: str, comment: str | None
) -> RemoteColumn:
    """A column; the declared type of a text carries its collation, which tells how an index on it compares."""
    type, note = propose(declared)
    if collation and base.lower() in TEXT_BASES:
        declared = f"{declared} collate {collation}"
        if not collation.endswith(("_bin", "binary")):
            note = note or "Compared by its bytes here, not by the source's collation."
    return RemoteColumn(name, declared, type, nullable == "YES", key == "PRI", comment or "", note)
