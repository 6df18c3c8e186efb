"""Whole tables in parts: SQLite puts the values of some thousand rows into one list for each column, with no object for each.

A list is JSON, which tells whole numbers from texts, and both from everything else. It is believed where it plainly shows
values of the promised type; whatever it does not show, as blobs and doubles, is left to be read value by value.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from fedquery.spi import LogicalType, PhysicalColumn, TableRead
from fedquery_sqlite.lists import NO_INTEGER, NO_TEXT, NUMBERS, TEXTS, listed_array
from fedquery_sqlite.statement import JSON, quoted
from fedquery_sqlite.whole import DIGITS

#: Rows of the first part, and of any; how large a part should be; and how many columns SQLite surely takes in one statement.
_FIRST, ROWS, _BYTES, _MANY = 512, 8_192, 4 * 2**20, 400
_LAST = 2**63 - 1
#: The word before what a column is computed of: JSON that is computed would stand in a list as itself, and not as a text.
_COMPUTED = re.compile(r"\bAS\b", re.IGNORECASE)

Part = tuple[int, int]


class Parts:
    """Ranges of row ids, their ends included; the last ends where ids end. Thread-safe."""

    def __init__(self, table: str, row_id: str) -> None:
        self._end = f"SELECT {row_id} FROM {table} WHERE {row_id} >= ? ORDER BY {row_id} LIMIT 1 OFFSET ?"
        self._low: int | None = -_LAST - 1
        self._rows = _FIRST
        self._ended = False
        self._taking = threading.Lock()

    @property
    def left(self) -> bool:
        return self._low is not None

    def take(self, connection: sqlite3.Connection) -> Part | None:
        """The next; None when there is no more. After :meth:`end` it raises, so that nobody takes the rest for nothing."""
        with self._taking:
            if self._ended:
                raise sqlite3.OperationalError("interrupted")
            if (low := self._low) is None:
                return None
            (high,) = connection.execute(self._end, (low, self._rows - 1)).fetchone() or (_LAST,)
            self._low = None if high == _LAST else high + 1
            return low, high

    def weigh(self, batch: pa.RecordBatch) -> None:
        """Let the next ones have as many rows as such a batch tells."""
        self._rows = max(1, min(ROWS, batch.num_rows * _BYTES // max(batch.nbytes, 1)))

    def end(self) -> None:
        """Give out no more."""
        with self._taking:
            self._ended = True


@dataclass(frozen=True, slots=True)
class Lists:
    """What SQLite made of one part: JSON for each column, or for none where it cannot list some value."""

    part: Part
    rows: int
    lists: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Gathering:
    """How one table is read in parts: ``listed`` are the columns that SQLite is asked to list."""

    table: str
    row_id: str
    listed: tuple[PhysicalColumn, ...]

    def parts(self) -> Parts:
        """All that there are."""
        return Parts(self.table, self.row_id)

    def take(self, connection: sqlite3.Connection, parts: Parts) -> Lists | None:
        """The lists of the next part; None after the last."""
        part = parts.take(connection)
        if part is None:
            return None
        try:
            rows, *lists = connection.execute(self._statement, part).fetchone()
        except sqlite3.DataError:  # too large for one value
            return Lists(part, 0, ())
        except sqlite3.OperationalError as problem:
            if "JSON" not in str(problem):  # which holds no blobs
                raise
            return Lists(part, 0, ())
        return Lists(part, rows, tuple(lists))

    def arrays(self, lists: Lists) -> dict[str, pa.Array]:
        """The columns whose lists can be believed, by name."""
        found = {}
        for column, listed in zip(self.listed, lists.lists, strict=False):
            array = listed_array(listed, lists.rows, column.type)
            if array is not None:
                found[column.name] = array
        return found

    def only(self, names: Container[str]) -> Gathering:
        """The same with these columns alone: a list that was made for nothing once would be again."""
        return replace(self, listed=tuple(column for column in self.listed if column.name in names))

    def one_by_one(self, columns: Sequence[PhysicalColumn]) -> str:
        """The statement that reads the values of these columns, the rows in the same order."""
        names = ", ".join(f"t.{quoted(column.name)}" for column in columns)
        return f"SELECT {names} FROM {self.table} NOT INDEXED WHERE {self.row_id} BETWEEN ? AND ? ORDER BY {self.row_id}"

    @property
    def _statement(self) -> str:
        asked = ", ".join(["count(*)", *map(_asked, self.listed)])
        return f"SELECT {asked} FROM {self.table} NOT INDEXED WHERE {self.row_id} BETWEEN ? AND ?"


def gathering(connection: sqlite3.Connection, read: TableRead) -> Gathering | None:
    """How to read the whole of a table; None where its rows have no ids that can be asked for, or a column is computed."""
    if not JSON or len(read.columns) > _MANY:
        return None
    made = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name = ? COLLATE NOCASE", (read.table[-1],)
    ).fetchone()
    if made is None or _COMPUTED.search(made[0] or ""):
        return None
    table = f"{quoted(read.table[-1])} AS t"
    names = {str(column[0]).casefold() for column in connection.execute(f"SELECT * FROM {table} LIMIT 0").description}
    row_id = next((f"t.{name}" for name in ("rowid", "_rowid_", "oid") if name not in names), None)
    try:
        connection.execute(f"SELECT {row_id} FROM {table} LIMIT 0")
    except sqlite3.OperationalError:  # WITHOUT ROWID, or columns of all three names
        return None
    listed = tuple(column for column in read.columns if _can_be_listed(column.type))
    return Gathering(table, row_id or "", listed)


def _asked(column: PhysicalColumn) -> str:
    """A column's list: decimals as whole numbers of their smallest place, where that is what a double stands for."""
    value = f"t.{quoted(column.name)}"
    if column.type.name == "decimal":
        one = 10**column.type.scale
        places = f"round({value} * {one})"
        value = (
            f"CASE WHEN {places} / {one}.0 = {value} THEN CAST({places} AS INTEGER)"
            f" WHEN {value} IS NULL THEN NULL ELSE {NO_INTEGER} END"
        )
    elif column.type.name in TEXTS:
        value = f"ifnull({value}, json('{NO_TEXT}'))"
    return f"CAST(json_group_array({value}) AS BLOB)"


def _can_be_listed(type: LogicalType) -> bool:
    return type.name in TEXTS | NUMBERS or (type.name == "decimal" and type.scale <= DIGITS)
