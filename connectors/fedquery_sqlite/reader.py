"""Scans tables of one SQLite file: read-only connections, an authorizer that allows SELECT, conditions where they are safe."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote as url_quote

import pyarrow as pa

from fedquery.spi import (
    INTEGERS,
    BatchStream,
    Compare,
    In,
    IsNull,
    PhysicalColumn,
    RemoteTable,
    Sentence,
    SourceRejected,
    SourceUnavailable,
    TableRead,
    TableStatistics,
    ValueOperand,
    faults,
)
from fedquery_sqlite.describe import remote_tables
from fedquery_sqlite.statistics import statistics
from fedquery_sqlite.values import converted

#: Rows of a batch, and those taken from SQLite at once: few enough for the processor's cache, and for no collection of garbage.
ROWS, FEW = 4_096, 512
#: JSON is part of every SQLite from this version on.
_LISTS = sqlite3.sqlite_version_info >= (3, 38)
WAIT = 5.0  # seconds for a writer to let go
_NO_FILE = Sentence("The file of {source} is not there.", "{source} 的文件不存在。")
_CHECK_MOUNT = Sentence("Check that its folder is mounted.", "请检查其文件夹是否已挂载。")
_UNREADABLE = Sentence("The file of {source} cannot be read now.", "{source} 的文件目前无法读取。")
_CHECK_FILE = Sentence(
    "Try again; if it stays so, check that the file is a SQLite database and that nobody holds it locked.",
    "请重试；如仍如此，请检查该文件是否为 SQLite 数据库、是否被长期锁定。",
)
_NOT_UTF8 = Sentence("The source {source} holds a text that is not UTF-8.", "数据源 {source} 中有不是 UTF-8 的文本。")
_TELL = Sentence("Tell its department.", "请告知其部门。")
_ROW = pa.schema([pa.field("__row", pa.bool_())])
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


class SqliteReader:
    """Reads tables of one file; a connection for each state of it that is asked for."""

    def __init__(self, path: Path, source: str) -> None:
        self._path = path
        self._source = source

    def describe(self) -> Iterable[RemoteTable]:
        """Tables and views with their declared types."""
        with closing(self._connect(restricted=False)) as connection:
            try:
                return tuple(remote_tables(connection))
            except sqlite3.Error as problem:
                raise _translated(problem, self._source) from None

    def scan(self, read: TableRead) -> BatchStream:
        """The columns as the entry declares them, on a state of their own."""
        snapshot = self.snapshot()
        stream = snapshot.scan(read)
        return BatchStream(stream.schema, iter(stream), snapshot.close)

    def snapshot(self) -> SqliteSnapshot:
        """The state of now, whoever writes meanwhile."""
        return SqliteSnapshot(self._connect(begin=True), self._source)

    def ping(self) -> None:
        with closing(self._connect()) as connection:
            try:
                connection.execute("SELECT 1")
            except sqlite3.Error as problem:
                raise _translated(problem, self._source) from None

    def value(self, probe: str) -> str | None:
        """The one value of a small SELECT of our own, as a text."""
        with closing(self._connect(restricted=False)) as connection:
            try:
                (value,) = connection.execute(f"SELECT CAST(({probe}) AS TEXT)").fetchone()
            except sqlite3.Error as problem:
                raise _translated(problem, self._source) from None
            return value if value is None else str(value)

    def statistics(self, tables: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], TableStatistics]:
        """What the file knows of these tables."""
        with closing(self._connect(restricted=False)) as connection:
            try:
                return statistics(connection, tables)
            except sqlite3.Error as problem:
                raise _translated(problem, self._source) from None

    def close(self) -> None:
        """Nothing is held."""

    def _connect(self, *, restricted: bool = True, begin: bool = False) -> sqlite3.Connection:
        if not self._path.is_file():
            raise SourceUnavailable(_NO_FILE(source=self._source), hint=_CHECK_MOUNT(), source=self._source)
        try:
            connection = sqlite3.connect(
                f"file:{url_quote(str(self._path.resolve()))}?mode=ro", uri=True, timeout=WAIT, check_same_thread=False
            )
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            if begin:
                connection.execute("BEGIN")
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the transaction's state begins here
            if restricted:
                if _LISTS:  # SQLite declares json_each when it is first used, which the authorizer would not allow
                    connection.execute("SELECT 1 FROM json_each('[]')")
                connection.set_authorizer(_authorize)
        except sqlite3.Error as problem:
            raise _translated(problem, self._source) from None
        return connection


class SqliteSnapshot:
    """One read transaction on one connection: all its scans, in whatever threads, see one state of the file."""

    def __init__(self, connection: sqlite3.Connection, source: str) -> None:
        self._connection, self._source = connection, source
        self._using = threading.Lock()
        self._inside: object = None
        self._cursors: list[sqlite3.Cursor] = []

    def scan(self, read: TableRead) -> BatchStream:
        """The columns as the entry declares them. Raises SourceUnavailable, SourceDrift, InvalidValue."""
        fields = [pa.field(c.name, c.type.arrow) for c in read.columns]
        schema = pa.schema(fields) if fields else _ROW
        mine = object()

        def close() -> None:
            while self._inside is mine:
                self._connection.interrupt()  # for this scan only: it would end the others as well
                if self._using.acquire(timeout=0.02):
                    self._using.release()

        return BatchStream(schema, self._batches(read, schema, mine), close)

    def close(self) -> None:
        """End what still runs, then the transaction: SQLite keeps it open for a statement that nobody has finished."""
        while not self._using.acquire(timeout=0.02):
            self._connection.interrupt()
        for cursor in self._cursors:
            cursor.close()
        self._connection.close()
        self._using.release()

    def _batches(self, read: TableRead, schema: pa.Schema, mine: object) -> Generator[pa.RecordBatch]:
        cursor = None
        while True:
            try:
                with self._using:  # SQLite looks for the first row already in execute, and that may take long
                    self._inside = mine
                    try:
                        if cursor is None:
                            cursor = self._connection.cursor()
                            self._cursors.append(cursor)
                            cursor.execute(*_statement(read))
                        count, values = _taken(cursor)
                    finally:
                        self._inside = None
            except (sqlite3.Error, UnicodeDecodeError) as problem:
                raise _translated(problem, self._source, read) from None
            if not count:
                return
            if not read.columns:
                yield pa.record_batch([pa.nulls(count, pa.bool_())], schema=_ROW)
                continue
            columns = [converted(v, c, self._source) for v, c in zip(values, read.columns, strict=True)]
            yield pa.record_batch(columns, schema=schema)


def _taken(cursor: sqlite3.Cursor) -> tuple[int, list[list[object]]]:
    """How many rows come next, and their values column by column."""
    columns: list[list[object]] = [[] for _ in cursor.description]
    while len(columns[0]) < ROWS and (rows := cursor.fetchmany(FEW)):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
    return len(columns[0]), columns


def _translated(problem: Exception, source: str, read: TableRead | None = None) -> Exception:
    """The error to raise instead of SQLite's."""
    text = str(problem)
    if isinstance(problem, UnicodeDecodeError) or "decode to UTF-8" in text:
        return SourceRejected(_NOT_UTF8(source=source), hint=_TELL(), source=source)
    if "no such table" in text or "no such column" in text:
        return faults.gone(source, ".".join(read.table) if read and "no such table" in text else None, private=text)
    if "interrupted" in text:
        return faults.late(source, private=text)
    if "locked" in text or "unable to open" in text or "not a database" in text or "disk I/O" in text:
        return SourceUnavailable(_UNREADABLE(source=source), hint=_CHECK_FILE(), source=source, private=text)
    return faults.refused(source, private=text)


def _authorize(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _statement(read: TableRead) -> tuple[str, tuple[object, ...]]:
    # with the table's name before it, SQLite takes a vanished column for an error and not for a text
    columns = ", ".join(f"t.{_quoted(column.name)}" for column in read.columns) or "1"
    types = {column.name: column for column in read.columns}
    parts = [part for conjunct in read.conjuncts if (part := _condition(conjunct, types)) is not None]
    where = f" WHERE {' AND '.join(text for text, _ in parts)}" if parts else ""
    table = ".".join(_quoted(part) for part in read.table)
    return f"SELECT {columns} FROM {table} AS t{where}", tuple(value for _, values in parts for value in values)


def _condition(conjunct: Compare | In | IsNull, types: dict[str, PhysicalColumn]) -> tuple[str, tuple[object, ...]] | None:
    """The conjunct in SQLite, where it can leave out no row that matters and hide no invalid value.

    Equality of texts is a superset under every collation; comparisons of whole numbers hold because other values of the
    column are refused when they are read. A condition would hide those, so each keeps values of other storage classes.
    A list is one bound JSON text, however long it is; SQLite would cut a text in it at U+0000.
    """
    operand = conjunct.left if isinstance(conjunct, Compare) else conjunct.operand
    column = types.get(getattr(operand, "name", ""))
    if column is None:
        return None
    name, whole = f"t.{_quoted(column.name)}", column.type.name in INTEGERS
    other = f"typeof({name}) NOT IN ('{'integer' if whole else 'text'}', 'null')"
    match conjunct:
        case Compare(operator, _, ValueOperand(value, _)) if whole and isinstance(value, int) and -(2**63) <= value < 2**63:
            return f"({name} {operator} ? OR {other})", (value,)
        case Compare("=", _, ValueOperand(value, _)) if column.type.name == "varchar" and isinstance(value, str):
            return f"({name} = ? OR {other})", (value,)
        case In(_, tuple() as members) if _LISTS and (whole or column.type.name == "varchar"):
            values = [member.value for member in members]
            if all(type(value) is int if whole else isinstance(value, str) and "\0" not in value for value in values):
                return f"({name} IN (SELECT value FROM json_each(?)) OR {other})", (json.dumps(values, ensure_ascii=False),)
        case IsNull() if column.invalid == "error":
            return f"({name} IS NULL OR {other})", ()
    return None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
