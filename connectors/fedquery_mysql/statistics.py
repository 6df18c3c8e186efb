"""What MySQL's and MariaDB's dictionaries keep of tables: rows as InnoDB guesses them, distinct values of indexed columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fedquery.spi import Bound, ColumnStatistics, SourceDrift, SourceRejected, TableStatistics

_TABLES = """
SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ROWS, AVG_ROW_LENGTH FROM information_schema.TABLES
WHERE TABLE_ROWS IS NOT NULL AND (TABLE_SCHEMA, TABLE_NAME) IN ({wanted})
"""
_INDEXED = """
SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, MAX(CARDINALITY) FROM information_schema.STATISTICS
WHERE SEQ_IN_INDEX = 1 AND (TABLE_SCHEMA, TABLE_NAME) IN ({wanted}) GROUP BY TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME
"""
#: What ANALYZE TABLE … PERSISTENT leaves in MariaDB; a login needs a right of its own to read it.
_ANALYSED = """
SELECT s.db_name, s.table_name, s.column_name,
    s.nulls_ratio, s.avg_length, s.avg_frequency, s.min_value, s.max_value, c.DATA_TYPE
FROM mysql.column_stats AS s
JOIN information_schema.COLUMNS AS c
    ON c.TABLE_SCHEMA = s.db_name AND c.TABLE_NAME = s.table_name AND c.COLUMN_NAME = s.column_name
WHERE (s.db_name, s.table_name) IN ({wanted})
"""
_NUMBERS = {"tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double"}
_MOMENTS = {"date", "datetime", "timestamp"}

Rows = Sequence[Sequence[Any]]


def statistics(tables: Sequence[tuple[str, ...]], ask: Callable[[str], Rows]) -> Mapping[tuple[str, ...], TableStatistics]:
    """By path; ``ask`` runs a SELECT, and raises SourceRejected or SourceDrift for what the login may not read."""
    wanted = ", ".join(f"({_text(path[0])}, {_text(path[1])})" for path in tables if len(path) == 2)
    if not wanted:
        return {}
    whole = {(schema, name): (int(rows), int(width or 0)) for schema, name, rows, width in ask(_TABLES.format(wanted=wanted))}
    columns: dict[tuple[str, str], dict[str, ColumnStatistics]] = {path: {} for path in whole}
    for schema, name, column, distinct in ask(_INDEXED.format(wanted=wanted)):
        if (schema, name) in columns:
            columns[schema, name][column] = ColumnStatistics(distinct=float(distinct) if distinct else None)
    for schema, name, column, *found in _analysed(wanted, ask):
        if (schema, name) in columns:
            columns[schema, name][column] = _column(whole[schema, name][0], *found)
    return {
        path: TableStatistics(float(rows), float(width) if width else None, columns[path])
        for path, (rows, width) in whole.items()
    }


def _analysed(wanted: str, ask: Callable[[str], Rows]) -> Rows:
    try:
        return ask(_ANALYSED.format(wanted=wanted))
    except (SourceRejected, SourceDrift):
        return ()


def _column(
    rows: int, nulls: Any, width: Any, frequency: Any, least: str | None, greatest: str | None, type: str
) -> ColumnStatistics:
    """``avg_frequency`` is how many rows have an average value."""
    filled = rows * (1 - float(nulls or 0))
    return ColumnStatistics(
        distinct=filled / float(frequency) if frequency else None,
        nulls=float(nulls) if nulls is not None else None,
        width=float(width) if width is not None else None,
        least=_bound(least, type.lower()),
        greatest=_bound(greatest, type.lower()),
    )


def _bound(text: str | bytes | None, type: str) -> Bound | None:
    if text is None:
        return None
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if type in _NUMBERS:
        return float(plain)
    return plain if type in _MOMENTS else None


def _text(value: str) -> str:
    """Sessions read backslashes as escapes, and the driver reads percent signs as places for values."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''").replace("%", "%%") + "'"
