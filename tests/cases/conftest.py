"""The museum on its real systems, behind a gateway; and all of it, as the directory maps it, in one DuckDB."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet
import pytest
from psycopg import sql

from fedquery.arrow import LogicalType
from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer
from fedquery.spi import Secrets, SourceConfig, connectors
from tests.cases.museum import MARIADB, PARQUET, POSTGRES, SQLITE, Exhibit
from tests.differential.loading import PASSWORD
from tests.differential.ways import Ways
from tests.estate import ZONE, Entry, Place, open_gateway

_DATABASE = "museum"
#: Collations of PostgreSQL that order as people do, the best first; a server may lack all of them.
_LOCALES = ("en-x-icu", "en_US.utf8", "en_US", "und-x-icu", "C.utf8")


@pytest.fixture(scope="session")
def museum(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, mariadb: MariaDBServer | None) -> Iterator[Ways]:
    folder = tmp_path_factory.mktemp("museum")
    everything = duckdb.connect(":memory:", config={"threads": 1})
    everything.execute(f"SET TimeZone = '{ZONE}'; SET error_on_division_by_zero = false")
    _map(everything, {"pg": POSTGRES, "lite": SQLITE, "parquet": PARQUET, **({"my": MARIADB} if mariadb else {})})
    places = {
        "pg": _postgres(postgres),
        "lite": _sqlite(folder / "lite.sqlite"),
        "parquet": _parquet(folder / "parquet", everything),
    }
    if mariadb is not None:
        places["my"] = _mariadb(mariadb)
    gateway = open_gateway(folder / "gateway", {id: _declared(id, place, folder) for id, place in places.items()})
    yield Ways(gateway, everything)
    gateway.close()
    everything.close()


class Ask:
    """Asks three ways, holds the three against each other, and gives the rows."""

    def __init__(self, ways: Ways) -> None:
        self.ways = ways

    def __call__(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of the one answer, sorted unless the statement sorts them."""
        ordered = "ORDER BY" in statement
        answer = self.ways.compare(statement, ordered=ordered)
        assert answer is not None, statement
        rows = list(zip(*([_shown(v) for v in column.to_pylist()] for column in answer.columns), strict=True))
        return rows if ordered else sorted(rows, key=repr)

    def column(self, statement: str) -> list[Any]:
        """The one column of the answer."""
        return [value for (value,) in self(statement)]


@pytest.fixture
def ask(museum: Ways) -> Ask:
    return Ask(museum)


@pytest.fixture
def ask_mariadb(museum: Ways, mariadb: MariaDBServer | None) -> Ask:
    if mariadb is None:
        pytest.skip("MariaDB's server is not installed on this machine")
    return Ask(museum)


def _shown(value: Any) -> Any:
    """Plain values, for expectations that can be read."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else str(value)
    if isinstance(value, (dt.date, dt.time)):
        return str(value)
    return value


def _types(exhibit: Exhibit) -> dict[str, LogicalType]:
    return {
        name: LogicalType.parse(column if isinstance(column, str) else column["type"])
        for name, column in exhibit.columns.items()
    }


def _map(everything: duckdb.DuckDBPyConnection, departments: Mapping[str, Sequence[Exhibit]]) -> None:
    for department, exhibits in departments.items():
        everything.execute(f"CREATE SCHEMA {department}")
        for exhibit in exhibits:
            columns = ", ".join(f"{name} {type.sql}" for name, type in _types(exhibit).items())
            everything.execute(f"CREATE TABLE {department}.{exhibit.name} ({columns})")
            if rows := exhibit.mapped or exhibit.rows:
                everything.execute(f"INSERT INTO {department}.{exhibit.name} VALUES {rows}")
    everything.execute("INSERT INTO parquet.many SELECT * FROM range(1, 20000)")


def _entries(exhibits: Sequence[Exhibit], above: tuple[str, ...] = (), ending: str = "") -> dict[str, Entry]:
    return {
        e.name: Entry(
            (*above, f"{e.table or e.name}{ending}"),
            {name: {"type": column} if isinstance(column, str) else column for name, column in e.columns.items()},
        )
        for e in exhibits
    }


def _made(exhibits: Sequence[Exhibit], identifier: str) -> Iterator[str]:
    """The statements that make the tables."""
    for exhibit in exhibits:
        if exhibit.definition:
            name = identifier + (exhibit.table or exhibit.name).replace(identifier, identifier * 2) + identifier
            yield from exhibit.before
            yield f"CREATE TABLE {name} ({exhibit.definition})"
            yield f"INSERT INTO {name} VALUES {exhibit.rows}"


def _postgres(server: PostgresServer) -> Place:
    with psycopg.connect(server.create(_DATABASE), autocommit=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute("SELECT collname FROM pg_collation WHERE collname = ANY(%s)", [list(_LOCALES)]).fetchall()
        locale = min((name for (name,) in found), key=_LOCALES.index, default="default")
        for statement in (*_made(POSTGRES, '"'), f"CREATE ROLE {_DATABASE}_reader LOGIN PASSWORD '{PASSWORD}'",
                          f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {_DATABASE}_reader"):  # fmt: skip
            connection.execute(sql.SQL(statement.replace("{locale}", locale)))  # type: ignore[arg-type, unused-ignore]
    uri = server.of(_DATABASE, f"{_DATABASE}_reader", PASSWORD)
    return Place("postgres", {"uri": "file:museum.uri"}, _entries(POSTGRES, ("public",)), {"museum.uri": uri})


def _mariadb(server: MariaDBServer) -> Place:
    server.database(_DATABASE)
    with server.connect(_DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00', sql_mode = ''")
        for statement in _made(MARIADB, "`"):
            cursor.execute(statement)
        connection.commit()
    server.reader(f"{_DATABASE}_reader", PASSWORD, _DATABASE)
    options = {"host": server.host, "port": server.port, "database": _DATABASE, "user": f"{_DATABASE}_reader",
               "password": "file:museum.password", "tls": "off"}  # fmt: skip
    return Place("mysql", options, _entries(MARIADB, (_DATABASE,)), {"museum.password": PASSWORD})


def _sqlite(path: Path) -> Place:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in _made(SQLITE, '"'):
            connection.execute(statement)
    return Place("sqlite", {"path": str(path)}, _entries(SQLITE))


def _parquet(folder: Path, everything: duckdb.DuckDBPyConnection) -> Place:
    folder.mkdir()
    for exhibit in PARQUET:
        rows = everything.sql(f"FROM parquet.{exhibit.name}").to_arrow_table()
        pa.parquet.write_table(rows, folder / f"{exhibit.name}.parquet", row_group_size=1000 if rows.num_rows > 100 else 2)
    return Place("files", {"folder": str(folder)}, _entries(PARQUET, ending=".parquet"))


def _declared(id: str, place: Place, folder: Path) -> Place:
    """The place with every column declared as its source describes it, as ``fedquery source describe`` would write it."""
    connector = connectors()[place.kind]
    for name, text in place.secrets.items():
        (folder / name).write_text(text)
    config = SourceConfig(f"{id}.main", connector.options(**place.options), Secrets(folder), folder=folder)
    source = connector.open(config)
    try:
        found = {table.path: {column.name: column.declared for column in table.columns} for table in source.describe()}
    finally:
        source.close()
    entries = {
        name: Entry(
            entry.table,
            {c: {"declared": found[entry.table][more.get("physical", c)], **more} for c, more in entry.columns.items()},
        )
        for name, entry in place.entries.items()
    }
    return Place(place.kind, place.options, entries, place.secrets)
