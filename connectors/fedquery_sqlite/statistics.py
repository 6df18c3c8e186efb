"""What a SQLite file knows of its tables: what ANALYZE left in ``sqlite_stat1``, else the greatest row id."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from fedquery.spi import ColumnStatistics, TableStatistics


def statistics(connection: sqlite3.Connection, tables: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], TableStatistics]:
    """By path; views, and tables without row ids that were never analysed, are left out."""
    found = {}
    for path in tables:
        known = _table(connection, path[-1]) if len(path) == 1 else None
        if known is not None:
            found[path] = known
    return found


def _table(connection: sqlite3.Connection, name: str) -> TableStatistics | None:
    rows, columns = None, {}
    for index, text in _analysed(connection, name):
        numbers = [int(word) for word in text.split() if word.isdigit()]
        if not numbers:
            continue
        rows = float(numbers[0])
        if index is not None and len(numbers) > 1:  # rows for each value of the first column
            first = connection.execute("SELECT name FROM pragma_index_info(?) WHERE seqno = 0", (index,)).fetchone()
            if first and first[0]:
                columns[str(first[0])] = ColumnStatistics(distinct=numbers[0] / max(numbers[1], 1))
    if rows is None:
        rows = _greatest_row_id(connection, name)
    return TableStatistics(rows, None, columns) if rows is not None else None


def _analysed(connection: sqlite3.Connection, name: str) -> list[tuple[str | None, str]]:
    try:
        return connection.execute("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = ?", (name,)).fetchall()
    except sqlite3.OperationalError:  # never analysed
        return []


def _greatest_row_id(connection: sqlite3.Connection, name: str) -> float | None:
    """The last leaf of the table's tree, whatever its size; too high where rows were deleted."""
    quoted = '"' + name.replace('"', '""') + '"'
    kind = connection.execute("SELECT type FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    if kind != ("table",):
        return None
    try:
        (greatest,) = connection.execute(f"SELECT max(rowid) FROM {quoted}").fetchone()
    except sqlite3.OperationalError:  # WITHOUT ROWID
        return None
    return float(greatest or 0) if greatest is None or greatest >= 0 else None
