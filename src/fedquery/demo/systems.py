"""The departments' own systems: started in the data folder, filled once, stopped together."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pyarrow as pa

from fedquery.catalog.model import Catalog, Department
from fedquery.demo import mariadb_server, postgres_server
from fedquery.demo.kept import Kept, kept
from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer
from fedquery.demo.write_databases import to_mariadb, to_postgres, to_sqlite
from fedquery.demo.write_files import to_files

#: Where a department's system keeps its data, and where its logins lie, inside the data folder.
DEPARTMENTS, SECRETS = "departments", "secrets"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Systems:
    """The running systems, and the folder that all of them live in."""

    folder: Path
    postgres: PostgresServer
    mariadb: MariaDBServer | None

    def fill(self, catalog: Catalog, tables: Mapping[str, pa.Table], say: Say) -> None:
        """Write each department's rows into its system; one line of progress for each."""
        for department in catalog.departments.values():
            if department.sources:
                began = time.monotonic()
                what = kept(department, tables)
                self._fill(department, what)
                rows = sum(table.rows.num_rows for table in what)
                kind = department.sources["main"].kind
                say(f"  {department.id:8} {kind:9}{len(what)} tables {rows:9,} rows  {time.monotonic() - began:5.1f} s")

    def _fill(self, department: Department, tables: tuple[Kept, ...]) -> None:
        id, source = department.id, department.sources["main"]
        password = secrets.token_urlsafe(24)
        match source.kind:
            case "postgres":
                with psycopg.connect(self.postgres.create(id), autocommit=True) as connection:
                    to_postgres(connection, tables, reader(id), password)
                self._secret(f"{id}.password", password)
            case "mysql":
                assert self.mariadb
                to_mariadb(self.mariadb, tables, reader(id), password)
                self._secret(f"{id}.password", password)
            case "sqlite":
                to_sqlite(self.folder / source.options["path"], tables)
            case "files":
                to_files(self.folder / source.options["folder"], tables)

    def located(self, catalog: Catalog) -> Catalog:
        """The directory with what only this run knows: addresses behind their references, and MariaDB's port."""
        for department in catalog.departments.values():
            for source in department.sources.values():
                if source.kind == "postgres":
                    self._secret(f"{department.id}.uri", self.postgres.of(department.id, reader(department.id)))
        if self.mariadb is None:
            return catalog
        hrss = catalog.departments["hrss"]
        source = hrss.sources["main"]
        options = {name: value for name, value in source.options.items() if name != "unix_socket"}
        options |= {"host": self.mariadb.host, "port": self.mariadb.port}
        return _with(catalog, hrss.model_copy(update={"sources": {"main": source.model_copy(update={"options": options})}}))

    def _secret(self, name: str, text: str) -> None:
        path = self.folder / SECRETS / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def running(folder: Path, catalog: Catalog, say: Say) -> Iterator[Systems]:
    """Start the database servers that the directory's sources need; stop them at the end, whatever happens.

    Raises SettingProblem when one does not start.
    """
    with contextlib.ExitStack() as stack:
        for part in (DEPARTMENTS, SECRETS):
            (folder / part).mkdir(exist_ok=True)
        say("starting the departments' own systems ...")
        postgres = postgres_server.start(folder / DEPARTMENTS / "postgres")
        stack.callback(postgres.stop)
        mariadb = None
        if any(source.kind == "mysql" for _, source in catalog.sources()):
            mariadb = MariaDBServer.start(folder / DEPARTMENTS / "mariadb")
            stack.callback(mariadb.stop)
        yield Systems(folder, postgres, mariadb)


def adapted(catalog: Catalog, say: Say) -> Catalog:
    """The directory for this machine: without MariaDB, its department's tables lie in PostgreSQL."""
    if mariadb_server.installed():
        return catalog
    say("MariaDB is not installed here: the tables of hrss lie in a PostgreSQL database instead.")
    return _with(catalog, _in_postgres(catalog.departments["hrss"]))


def reader(department: str) -> str:
    """The login that fedquery has at a department's system: it can read the department's tables and nothing else."""
    return f"{department}_reader"


def _in_postgres(department: Department) -> Department:
    source = department.sources["main"]
    references = {"uri": f"file:{department.id}.uri", "password": f"file:{department.id}.password"}
    resources = {
        name: entry.model_copy(
            update={
                "columns": {
                    column: item.model_copy(update={"declared": _postgres_type(item.declared)})
                    for column, item in entry.columns.items()
                }
            }
        )
        for name, entry in department.resources.items()
    }
    sources = {"main": source.model_copy(update={"kind": "postgres", "options": references})}
    return department.model_copy(update={"sources": sources, "resources": resources})


def _postgres_type(declared: str) -> str:
    """``char(18) collate ...`` is ``character(18)`` there, and so on."""
    base, opening, size = declared.partition(" collate ")[0].partition("(")
    names = {"char": "character", "varchar": "character varying", "decimal": "numeric", "int": "integer"}
    return names.get(base, base) + (opening + size if base != "int" else "")


def _with(catalog: Catalog, department: Department) -> Catalog:
    return catalog.model_copy(update={"departments": {**catalog.departments, department.id: department}})
