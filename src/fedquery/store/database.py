"""The store's database: SQLite (WAL) or PostgreSQL; version check, upgrade with a backup, transactions, errors translated."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Dialect, Engine, Select, Table, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from fedquery.errors import StoreProblem, StoreTooNew, StoreTooOld

MIGRATIONS = Path(__file__).parent / "migrations"
WAIT = 30  # seconds that a writer waits for another one
_UPGRADE_LOCK = 0x66656471  # any number: the same for every upgrade of this store

#: What the database's own words mean, for people. Its words go to the log only.
_CAUSES = (
    (("disk is full", "no space left", "disk full", "53100"), "its disk is full", "Free some space and try again."),
    (("readonly", "read-only", "25006"), "it is read-only", "Make the file and its folder writable for fedquery."),
    (
        ("database is locked", "lock timeout"),
        f"another process held it for {WAIT} seconds",
        "Try again; look for a stuck process.",
    ),
    (("malformed", "not a database"), "the file is damaged", "Restore the newest backup."),
    (  # a disk that is full before SQLite has its helper files open is one of these
        ("disk i/o",),
        "its disk cannot be read or written",
        "Free some space, or have the disk looked at; then try again.",
    ),
    (("unable to open",), "the file cannot be opened", "Check that its folder exists and is writable."),
    (("connection", "could not connect", "authentication"), "the server cannot be reached", "Check store_url and the server."),
)


class Store:
    """An opened store. Thread-safe; every method of this package takes one."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads. Raises StoreProblem."""
        with translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    def glance(self, statement: Select[Any]) -> tuple[Any, ...] | None:
        """The first row of a statement without parameters, by the driver alone: for what every batch asks. Raises StoreProblem.

        A seventh of the time that :meth:`read` takes for it.
        """
        text = _text(statement, self.engine.dialect)
        with translated(), contextlib.closing(self.engine.raw_connection()) as connection:
            try:
                with contextlib.closing(connection.cursor()) as cursor:
                    cursor.execute(text)
                    row = cursor.fetchone()
            except self.engine.dialect.loaded_dbapi.Error as problem:
                raise DBAPIError(text, None, problem) from problem
            return None if row is None else tuple(row)

    @contextlib.contextmanager
    def write(self, *locked: Table) -> Iterator[Connection]:
        """A transaction that is durable when it ends, or leaves nothing. ``locked`` tables have no other writer meanwhile.

        Raises StoreProblem.
        """
        with translated(), self.engine.connect().execution_options(immediate=True) as connection, connection.begin():
            if not self.is_sqlite:
                for table in locked:
                    connection.execute(text(f'LOCK TABLE "{table.name}" IN SHARE ROW EXCLUSIVE MODE'))
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@lru_cache(maxsize=8)
def _text(statement: Select[Any], dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def open_store(url: str, password: str | None = None) -> Store:
    """Open a store whose version is this release's. Raises StoreTooOld, StoreTooNew, StoreProblem."""
    store = _connected(url, password)
    try:
        with store.read() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        _check(found)
    except BaseException:
        store.close()
        raise
    return store


def upgrade_store(url: str, password: str | None = None) -> Path | None:
    """Create the store or bring it to this release's version; safe to call from several processes at once.

    A SQLite store that has data is copied first; the copy's path is returned. Raises StoreTooNew, StoreProblem.
    """
    store = _connected(url, password, create=True)
    backup: Path | None = None
    try:
        with store.read() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        scripts = _scripts()
        head = scripts.get_current_head()
        if found == head:
            return None
        with contextlib.suppress(StoreTooOld):
            _check(found)
        if found is not None and store.is_sqlite:
            backup = _back_up(store, f"before-{head}")
        with store.write() as connection:
            if not store.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
            command.upgrade(_config(connection), "head")
    finally:
        store.close()
    return backup


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """The one place where the database's errors become ours; its own text stays private."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as problem:
        origin = problem.orig if isinstance(problem, DBAPIError) else problem
        words = f"{origin} {getattr(origin, 'sqlstate', '')}".lower()
        cause, hint = next(
            ((cause, hint) for signs, cause, hint in _CAUSES if any(sign in words for sign in signs)),
            ("of an unexpected error", "The log has the details."),
        )
        raise StoreProblem(
            f"The metadata store cannot be used: {cause}.", hint=hint, private=f"{type(origin).__name__}: {origin}"
        ) from problem


def _connected(url: str, password: str | None, create: bool = False) -> Store:
    try:
        address = make_url(url)
        if address.get_backend_name() == "postgresql":
            address = address.set(drivername="postgresql+psycopg", password=password or address.password)
            return Store(create_engine(address, hide_parameters=True, pool_pre_ping=True))
        if address.get_backend_name() != "sqlite" or not address.database:
            raise ArgumentError
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as problem:
        raise StoreProblem(
            "The address of the metadata store is not usable.",
            hint="store_url is sqlite:///PATH, or postgresql://USER@HOST/DATABASE with psycopg installed.",
        ) from problem
    path = Path(address.database)
    if create and not address.query:
        with translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
    elif not address.query and not path.exists():
        raise StoreTooOld(f"There is no metadata store at {path}.", hint="Run `fedquery db upgrade` to create it.")
    engine = create_engine(address, hide_parameters=True, connect_args={"timeout": WAIT})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Store(engine)


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so, with the lock that we need
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(None))


def _check(found: str | None) -> None:
    scripts = _scripts()
    known = {script.revision for script in scripts.walk_revisions()}
    head = scripts.get_current_head()
    if found is not None and found not in known:
        raise StoreTooNew(
            f"The metadata store has the version {found}; this release knows {head} at most.",
            hint="Run the newer release, or restore the backup that was made before the upgrade.",
        )
    if found != head:
        raise StoreTooOld(
            f"The metadata store has the version {found or 'none'}; this release needs {head}.",
            hint="Run `fedquery db upgrade`; it makes a backup first.",
        )


def _back_up(store: Store, suffix: str) -> Path:
    """A consistent copy beside the SQLite file, made by SQLite itself."""
    source = Path(str(store.engine.url.database))
    target = source.with_name(f"{source.name}.{suffix}")
    with translated():
        target.touch(mode=0o600)
        with contextlib.closing(sqlite3.connect(source)) as live, contextlib.closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
    return target
