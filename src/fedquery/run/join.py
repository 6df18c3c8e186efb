"""The residual statement in a locked, empty DuckDB that sees nothing but the fragments; the one door to DuckDB here."""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from fedquery.plan.model import Between, Constant
from fedquery.run.budget import Budget
from fedquery.run.engine_errors import as_query_error

BATCH_ROWS = 65_536
#: DuckDBs that are kept for the next queries.
SPARES = 4
#: Empty tables that are kept to describe statements over.
KEPT_TABLES = 500
#: Code points of a text that can be shipped as a key: what every source's lists hold.
KEY_LENGTH = 512
#: Bytes of a slice that is kept as it came: making a table of it takes longer than scanning it.
SMALL = 1 << 20

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
    "python_scan_all_frames": False,
    "enable_external_file_cache": False,
}
_SETTINGS: dict[str, object] = {
    "max_expression_depth": 250,
    "pivot_limit": 1000,
    "catalog_error_max_schemas": 0,
    "enable_logging": False,
    "allow_extension_repositories": "forbidden",
    "error_on_division_by_zero": False,  # 1 // 0 and 1 % 0 are NULL
    "produce_arrow_string_view": False,
    "arrow_large_buffer_size": False,
}


class Session:
    """A connection of one query's own. Made by :class:`Engine`; used by one thread, interrupted and closed from any.

    All that is made in it is temporary: it ends with the connection.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._connection = instance.connection.cursor()
        self._small: dict[str, pa.Table] = {}
        self._closed = False
        self._closing = threading.Lock()

    def register(self, name: str, reader: pa.RecordBatchReader, projection: str = "*") -> None:
        """Make a reader the relation ``name``, which can be scanned once; ``projection`` masks what came unmasked."""
        if projection == "*":
            self._connection.register(name, reader)
            return
        self._connection.register(f"{name} stream", reader)
        self._connection.execute(f"CREATE TEMP VIEW {_quoted(name)} AS SELECT {projection} FROM {_quoted(name + ' stream')}")

    def materialise(self, name: str, reader: pa.RecordBatchReader, projection: str = "*") -> None:
        """Read a reader to its end into ``name``, which can be scanned often; if large, as a table that spills."""
        read, size = [], 0
        for batch in reader:
            read.append(batch)
            size += batch.nbytes
            if size > SMALL:
                break
        if size <= SMALL and projection == "*":
            self._small[name] = pa.Table.from_batches(read, reader.schema)
            self._connection.register(name, self._small[name])
            return
        whole = pa.RecordBatchReader.from_batches(reader.schema, chain(read, reader))
        self._connection.register(f"{name} stream", whole)
        self._connection.execute(f"CREATE TEMP TABLE {_quoted(name)} AS SELECT {projection} FROM {_quoted(name + ' stream')}")
        self._connection.unregister(f"{name} stream")

    def keys(self, name: str, column: str, limit: int) -> tuple[object, ...] | None:
        """The distinct values of a column of what was materialised, NULL left out; None when there are more than ``limit``.

        None as well when a text is too long or holds what a source could not take as a key.
        """
        if name in self._small:
            values = pc.unique(self._small[name].column(column)).drop_null()
        else:
            column = _quoted(column)
            distinct = f"SELECT DISTINCT {column} FROM {_quoted(name)} WHERE {column} IS NOT NULL LIMIT {limit + 1}"
            values = self._connection.sql(distinct).to_arrow_table().column(0)
        if len(values) > limit:
            return None
        found: list[object] = values.to_pylist()
        if any(isinstance(key, str) and (len(key) > KEY_LENGTH or "\0" in key) for key in found):
            return None
        return tuple(found)

    def ends(self, name: str, column: str) -> Between | None:
        """The least and the greatest value of a column of what was materialised; None where it has none."""
        extremes = f"SELECT min({_quoted(column)}), max({_quoted(column)}) FROM {_quoted(name)}"
        ((least, greatest),) = self._connection.sql(extremes).fetchall()
        return None if least is None else Between(least, greatest)

    def run(self, sql: str) -> pa.RecordBatchReader:
        """Start the statement; reading pulls it along. Its errors are for ``engine_errors.as_run_error``."""
        relation = self._connection.sql(sql)
        return relation.to_arrow_reader(BATCH_ROWS)

    def interrupt(self) -> None:
        """End what runs, if anything does."""
        with self._closing:
            if not self._closed:
                self._connection.interrupt()

    def close(self) -> None:
        """Free what the query holds."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        self._connection.close()


@dataclass(frozen=True, slots=True)
class Instance:
    """A locked, empty DuckDB, which serves one query at a time. ``folder`` is made at the first spill."""

    connection: duckdb.DuckDBPyConnection
    limits: tuple[object, ...]
    folder: Path | None

    @property
    def spilled(self) -> bool:
        """Whether rows of a query have been on the disk."""
        return self.folder is not None and self.folder.exists()

    def close(self) -> None:
        """Free memory and spill space."""
        self.connection.close()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


class Engine:
    """DuckDB as the gateway uses it: sessions to join in, and answers about statements over no data at all.

    ``folder`` is where joins may spill; without one they never touch the disk.

    Starting a DuckDB takes about 20 ms, so one whose query came to a good end serves the next. One that was interrupted, that
    raised, or that has spilled, does not.
    """

    def __init__(self, *, time_zone: str = "Asia/Shanghai", threads: int = 2, folder: Path | None = None) -> None:
        self._time_zone = time_zone
        self._threads = threads
        self._folder = folder
        self._spare: list[Instance] = []
        self._closed = False
        self._lock = threading.Lock()

    def describe(self, tables: Mapping[str, pa.Schema], sql: str) -> pa.Schema:
        """What the statement returns over tables of these schemas. Nothing runs, no source is touched; about 1 ms.

        Raises TypeProblem, UnknownName, AmbiguousName, UnsupportedSql, in words that hold the caller's own names only.
        """
        try:
            return _describer(self._time_zone).describe(tables, sql)
        except duckdb.Error as problem:
            raise as_query_error(problem) from None

    def evaluate(self, expressions: Sequence[str]) -> tuple[Constant | None, ...]:
        """The values of constant expressions, computed under the same settings as the join; None for what has no value."""
        different = tuple(dict.fromkeys(expressions))
        if not different:
            return ()
        found: Sequence[Constant | None]
        try:
            found = _describer(self._time_zone).evaluate(different)
        except duckdb.Error:
            found = [value for text in different for value in self.evaluate((text,))] if len(different) > 1 else (None,)
        values = dict(zip(different, found, strict=True))
        return tuple(values[text] for text in expressions)

    def open(self, budget: Budget) -> Session:
        """A session within the budget's memory and spill, locked, that sees nothing of another's."""
        limits = (budget.memory, budget.spill, budget.seconds)
        with self._lock:
            instance = next((spare for spare in self._spare if spare.limits == limits), None)
            if instance is not None:
                self._spare.remove(instance)
        return Session(instance or self._start(budget, limits))

    def retire(self, session: Session, *, clean: bool) -> None:
        """End a session. After a ``clean`` end, its statement read to the last row, its DuckDB may serve another.

        Else it is closed on a thread of its own, which only the process waits for: this is called from a daemon thread, and a
        process that ends inside DuckDB aborts.
        """
        session.close()
        if not (clean and not session.instance.spilled and self._keep(session.instance)):
            threading.Thread(target=session.instance.close, name="fedquery-engine", daemon=False).start()

    def close(self) -> None:
        """Free the spares; sessions that are open stay open."""
        with self._lock:
            spares, self._spare, self._closed = self._spare, [], True
        for spare in spares:
            spare.close()

    def _keep(self, instance: Instance) -> bool:
        with self._lock:
            if self._closed or len(self._spare) >= SPARES:
                return False
            self._spare.append(instance)
            return True

    def _start(self, budget: Budget, limits: tuple[object, ...]) -> Instance:
        folder = self._folder / f"join-{uuid.uuid4().hex}" if self._folder else None
        config = {**_CONFIG, "threads": self._threads, "temp_directory": str(folder or "")}
        connection = duckdb.connect(":memory:", config=config)
        settings = {
            **_SETTINGS,
            "TimeZone": self._time_zone,
            "memory_limit": f"{budget.memory}B",
            "max_temp_directory_size": f"{budget.spill if folder else 0}B",
            "max_execution_time": max(1, round(budget.seconds * 1000)),  # the supervisor ends a query before
        }
        if folder is None:
            settings["disabled_filesystems"] = "LocalFileSystem"  # it would break spilling
        _set(connection, settings)
        _set(connection, {"lock_configuration": True})
        return Instance(connection, limits, folder)


class _Describer:
    """A locked instance that never holds a row. It keeps an empty table for each name and schema that it was asked about."""

    def __init__(self, time_zone: str) -> None:
        config = {**_CONFIG, "threads": 1, "memory_limit": "64MB", "temp_directory": ""}
        self._connection = duckdb.connect(":memory:", config=config)
        settings = {**_SETTINGS, "TimeZone": time_zone, "disabled_filesystems": "LocalFileSystem", "max_execution_time": 1000}
        _set(self._connection, settings)
        _set(self._connection, {"lock_configuration": True})
        self._arrow_types: dict[str, pa.DataType] = {}
        self._tables: dict[tuple[str, pa.Schema], str] = {}
        self._lock = threading.Lock()

    def describe(self, tables: Mapping[str, pa.Schema], sql: str) -> pa.Schema:
        """Over kept tables it takes a fifth of the time; what does not fit is told over relations of the names as given."""
        text, names = sql, self._kept(tables)
        for name, kept in names:
            text = text.replace(_quoted(name), _quoted(kept))  # in a quoted text too, which changes no type
        with closing(self._connection.cursor()) as cursor:
            try:
                relation = cursor.sql(text)
            except duckdb.Error:
                for name, schema in tables.items():
                    cursor.register(name, schema.empty_table())
                relation = cursor.sql(sql)
            types = [self._arrow_type(str(type)) for type in relation.types]
            columns = relation.columns
        for name, kept in names:
            columns = [column.replace(kept, name) for column in columns]
        return pa.schema(list(zip(columns, types, strict=True)))

    def _kept(self, tables: Mapping[str, pa.Schema]) -> list[tuple[str, str]]:
        """Each name with that of its empty table; two names never share one, for they may stand in one FROM."""
        with self._lock:
            if len(self._tables) > KEPT_TABLES:
                for kept in self._tables.values():
                    self._connection.execute(f"DROP TABLE {_quoted(kept)}")
                self._tables.clear()
            found = []
            for name, schema in tables.items():
                key = (name, schema)
                if key not in self._tables:
                    kept = f"{name} {len(self._tables)}"
                    self._connection.register("__empty", schema.empty_table())
                    self._connection.execute(f"CREATE TABLE {_quoted(kept)} AS FROM __empty")
                    self._connection.unregister("__empty")
                    self._tables[key] = kept
                found.append((name, self._tables[key]))
            return found

    def evaluate(self, expressions: Sequence[str]) -> tuple[Constant, ...]:
        given = ", ".join(f"{text} AS v{n}" for n, text in enumerate(expressions))
        asked = ", ".join(f"typeof(v{n}), CAST(v{n} AS VARCHAR)" for n in range(len(expressions)))
        with closing(self._connection.cursor()) as cursor:
            (found,) = cursor.execute(f"SELECT {asked} FROM (SELECT {given})").fetchall()
        return tuple(map(Constant, found[::2], found[1::2]))

    def _arrow_type(self, name: str) -> pa.DataType:
        if name not in self._arrow_types:
            with closing(self._connection.cursor()) as cursor:
                table = cursor.sql(f"SELECT CAST(NULL AS {name}) LIMIT 0").to_arrow_table()
            self._arrow_types[name] = table.schema.field(0).type
        return self._arrow_types[name]


@lru_cache(maxsize=8)
def _describer(time_zone: str) -> _Describer:
    return _Describer(time_zone)


def _set(connection: duckdb.DuckDBPyConnection, settings: Mapping[str, object]) -> None:
    """For every cursor of the instance: a plain SET holds for one connection only, and its cursors would have defaults."""
    connection.execute(";".join(f"SET GLOBAL {name} = {_literal(value)}" for name, value in settings.items()))


def _literal(value: object) -> str:
    return str(value) if isinstance(value, (bool, int)) else "'" + str(value).replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
