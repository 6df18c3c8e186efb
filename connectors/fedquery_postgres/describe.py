"""What the database's own catalogue says about every table that the login can read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from fedquery.spi import RemoteColumn, RemoteTable
from fedquery_postgres.types import Declared, draft

#: One row for each readable column. A domain is followed down to the type it is based on.
CATALOGUE = """
WITH RECURSIVE "base" ("oid", "type", "typmod", "domain") AS (
    SELECT t.oid, t.oid, -1, NULL::text FROM pg_catalog.pg_type t WHERE t.typtype <> 'd'
  UNION ALL
    SELECT t.oid, b.type, CASE WHEN t.typtypmod <> -1 THEN t.typtypmod ELSE b.typmod END, pg_catalog.format_type(t.oid, NULL)
    FROM pg_catalog.pg_type t JOIN "base" b ON t.typbasetype = b.oid WHERE t.typtype = 'd'
)
SELECT n.nspname::text AS "schema", c.relname::text AS "table", a.attname::text AS "name",
    pg_catalog.format_type(b.type, CASE WHEN a.atttypmod <> -1 THEN a.atttypmod ELSE b.typmod END) AS "declared",
    b.domain AS "domain", NOT (a.attnotnull) AS "nullable",
    EXISTS (SELECT FROM pg_catalog.pg_index i
            WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS "key",
    coalesce(pg_catalog.col_description(c.oid, a.attnum), '') AS "comment",
    coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), '') AS "table_comment"
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN "base" b ON b.oid = a.atttypid
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY n.nspname, c.relname, a.attnum
"""


def tables(rows: list[dict[str, Any]], schemas: frozenset[str]) -> Iterator[RemoteTable]:
    """The tables of those schemas; of all when none is named."""
    wanted = (row for row in rows if not schemas or row["schema"] in schemas)
    for path, columns in groupby(wanted, key=lambda row: (row["schema"], row["table"])):
        listed = list(columns)
        yield RemoteTable(path, tuple(map(_column, listed)), listed[0]["table_comment"])


def _column(row: dict[str, Any]) -> RemoteColumn:
    type, note = draft(Declared.parse(row["declared"]))
    domain = row["domain"] and f"declared by the domain {row['domain']}"
    return RemoteColumn(
        name=row["name"],
        declared=row["declared"],
        type=type,
        nullable=row["nullable"],
        key=row["key"],
        comment=row["comment"],
        note="; ".join(filter(None, (domain, note))),
    )
