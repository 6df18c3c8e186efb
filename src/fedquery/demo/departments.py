"""Brings up the departments' own systems in a folder, filled from the city, and the directory that tells of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pyarrow as pa

from fedquery._paths import CATALOG
from fedquery.catalog.load import load
from fedquery.catalog.model import Catalog, Department, SourceDef
from fedquery.demo import mariadb_server, postgres_server
from fedquery.demo.cases import with_cases
from fedquery.demo.city import City
from fedquery.demo.kept import kept
from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer
from fedquery.demo.write_databases import to_mariadb, to_postgres, to_sqlite
from fedquery.demo.write_files import to_files

#: Says what is being done, for which department.
Tell = Callable[[str, str], None]
_PASSWORDS = "{}.password"


@dataclass(slots=True)
class Departments:
    """The systems of a city, running. ``catalog`` is the directory with this folder's connections and the city's cases."""

    folder: Path
    catalog: Catalog
    postgres: PostgresServer | None = None
    mariadb: MariaDBServer | None = None

    def stop(self) -> None:
        """Stop every server that was started; files stay."""
        if self.mariadb is not None:
            self.mariadb.stop()
        if self.postgres is not None:
            self.postgres.stop()


def bring_up(folder: Path, city: City, tell: Tell, *, filled: bool) -> Departments:
    """Start the departments' systems in ``folder``; fill them unless they are ``filled`` already.

    Raises SettingProblem when a system does not start; what had started is stopped again.
    """
    city_departments = Departments(folder, load(CATALOG / "demo"))
    places = folder / "secrets"
    places.mkdir(mode=0o700, exist_ok=True)
    try:
        found: dict[str, Department] = {}
        for id, department in city_departments.catalog.departments.items():
            found[id] = _bring_up(city_departments, department, {} if filled else city.tables, places, tell)
        city_departments.catalog = with_cases(city_departments.catalog.model_copy(update={"departments": found}), city.tables)
    except BaseException:
        city_departments.stop()
        raise
    return city_departments


def _bring_up(
    running: Departments, department: Department, tables: Mapping[str, pa.Table], places: Path, tell: Tell
) -> Department:
    """One department's system; returns its entry with this folder's connection."""
    source = department.sources.get("main")
    if source is None:
        return department
    if source.kind == "mysql" and not mariadb_server.installed():
        tell(department.id, "keeps its data in PostgreSQL here: MariaDB's server (package mariadb-server) is not installed")
        uri, password = f"file:{department.id}.uri", f"file:{_PASSWORDS.format(department.id)}"
        source = SourceDef(kind="postgres", options={"uri": uri, "password": password})
    rows = kept(department, tables) if tables else ()
    tell(department.id, {"postgres": "PostgreSQL", "mysql": "MariaDB", "sqlite": "SQLite"}.get(source.kind, "files"))
    match source.kind:
        case "postgres":
            running.postgres = running.postgres or postgres_server.start(running.folder / "postgres")
            login = f"{department.id}_reader"
            if rows:
                secret = _secret(places / _PASSWORDS.format(department.id))
                with psycopg.connect(running.postgres.create(department.id), autocommit=True) as connection:
                    to_postgres(connection, rows, login, secret)
            _write(places / f"{department.id}.uri", running.postgres.of(department.id, login))
        case "mysql":
            running.mariadb = running.mariadb or MariaDBServer.start(running.folder / "mariadb")
            if rows:
                secret = _secret(places / _PASSWORDS.format(department.id))
                to_mariadb(running.mariadb, rows, str(source.options["user"]), secret)
            options = {k: v for k, v in source.options.items() if k != "unix_socket"}
            options |= {"host": running.mariadb.host, "port": running.mariadb.port}
            source = source.model_copy(update={"options": options})
        case "sqlite":
            if rows:
                to_sqlite(_place(running.folder / str(source.options["path"])), rows)
        case _:
            if rows:
                to_files(_place(running.folder / str(source.options["folder"])), rows)
    return department.model_copy(update={"sources": {"main": source}})


def _place(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _secret(path: Path) -> str:
    secret = secrets.token_hex(16)
    _write(path, secret)
    return secret


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
