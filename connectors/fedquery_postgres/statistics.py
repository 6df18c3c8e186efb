"""What ANALYZE left in PostgreSQL's catalogue: rows, and for each column nulls, widths, distinct values, bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from fedquery.spi import Bound, ColumnStatistics, TableStatistics
from fedquery_postgres.dialect import PostgresDialect

#: Types whose bounds are numbers, dates or times, and not texts of people.
_MEASURES = "'int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'date', 'timestamp', 'timestamptz'"
_PAGE = 8192
#: One row for each column that was analysed, or one for the table; a partitioned table's are those of all its parts.
_STATISTICS = """
SELECT n.nspname::text AS "schema", c.relname::text AS "table", CAST(c.reltuples AS float8) AS "rows",
    CAST(c.relpages AS int8) AS "pages", s.attname::text AS "column", CAST(s.null_frac AS float8) AS "nulls",
    CAST(s.avg_width AS float8) AS "width", CAST(s.n_distinct AS float8) AS "distinct", t.typname::text AS "type",
    CASE WHEN t.typname IN ({measures}) THEN array_to_json(s.histogram_bounds)::text END AS "histogram",
    CASE WHEN t.typname IN ({measures}) THEN array_to_json(s.most_common_vals)::text END AS "common"
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stats s
    ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.inherited = (c.relkind = 'p')
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE (n.nspname, c.relname) IN ({wanted}) AND c.relkind IN ('r', 'm', 'p', 'f')
ORDER BY 1, 2
"""


def query(tables: Sequence[tuple[str, ...]]) -> str:
    """The one SELECT for these tables; paths of another length than schema and name are left out."""
    string = PostgresDialect().string
    wanted = ", ".join(f"({string(path[0])}, {string(path[1])})" for path in tables if len(path) == 2)
    return _STATISTICS.format(measures=_MEASURES, wanted=wanted or "('', '')")


def statistics(rows: list[dict[str, Any]]) -> Mapping[tuple[str, ...], TableStatistics]:
    """By path; a table that was never analysed has no row count, and is left out."""
    found: dict[tuple[str, ...], TableStatistics] = {}
    for path, columns in groupby(rows, key=lambda row: (row["schema"], row["table"])):
        listed = list(columns)
        count, pages = listed[0]["rows"], listed[0]["pages"]
        if count > 0 or (count == 0 and pages == 0 and any(row["column"] for row in listed)):
            own = {row["column"]: _column(row, count) for row in listed if row["column"]}
            found[path] = TableStatistics(count, pages * _PAGE / count if count and pages else None, own)
    return found


def _column(row: dict[str, Any], count: float) -> ColumnStatistics:
    """``n_distinct`` below zero is a share of the rows."""
    distinct = row["distinct"]
    values = [value for part in (row["histogram"], row["common"]) if part for value in json.loads(part)]
    measures = [bound for value in values if (bound := _bound(value)) is not None]
    return ColumnStatistics(
        distinct=(-distinct * count if distinct < 0 else distinct) or None,
        nulls=row["nulls"],
        width=row["width"],
        least=min(measures, default=None),
        greatest=max(measures, default=None),
    )


def _bound(value: object) -> Bound | None:
    """Infinities and NaN are texts in JSON, where they would not compare with numbers."""
    if isinstance(value, str):
        return value if value[:1].isdigit() and not value.endswith("BC") else None
    return value if isinstance(value, (int, float)) else None
