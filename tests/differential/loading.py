"""Keeps tables of rows in PostgreSQL, MariaDB, SQLite and Parquet files, with the types that each has for them."""

from __future__ import annotations

import datetime as dt
import math
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet
from psycopg import sql

from fedquery.arrow import LogicalType
from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer
from fedquery.testing.dataset import ReferenceTable
from fedquery_mysql import CONNECTOR as MYSQL
from fedquery_postgres import CONNECTOR as POSTGRES
from fedquery_sqlite import CONNECTOR as SQLITE
from tests.estate import Entry, Place

PASSWORD = "reader"
_DECLARED: Mapping[str, Mapping[str, str]] = {
    "postgres": {"varchar": "text", "double": "double precision", "decimal": "numeric",
                 "timestamp": "timestamp without time zone",
                 "timestamptz": "timestamp with time zone", "time": "time without time zone"},
    "mysql": {"varchar": "varchar(400)", "boolean": "tinyint(1)", "smallint": "smallint(6)", "integer": "int(11)",
              "bigint": "bigint(20)", "time": "time(6)", "timestamp": "datetime(6)", "timestamptz": "timestamp(6)"},
    "sqlite": {"varchar": "text", "decimal": "text_decimal"},
    "files": {},
}  # fmt: skip


def declared(type: LogicalType, kind: str) -> str:
    """The source's own type text for a logical type; files carry their own."""
    if kind == "files":
        return ""
    own = _DECLARED[kind].get(type.name, type.name)
    return f"{own}({type.precision},{type.scale})" if type.name == "decimal" else own


def holds(type: LogicalType, value: object, kind: str) -> bool:
    """Whether a system of this kind can hold the value: MariaDB and SQLite lack some floats, MariaDB's TIMESTAMP some years."""
    if isinstance(value, float) and kind in ("mysql", "sqlite"):
        signed_zero = value == 0 and math.copysign(1, value) < 0
        return not (math.isnan(value) or signed_zero or (kind == "mysql" and math.isinf(value)))
    if type.name == "timestamptz" and kind == "mysql" and isinstance(value, dt.datetime):
        return dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC) <= value < dt.datetime(2038, 1, 19, tzinfo=dt.UTC)
    return True


def fitted(table: ReferenceTable, kind: str) -> ReferenceTable:
    """The table with NULL for each value that a system of this kind cannot hold."""
    rows = tuple(
        tuple(v if v is None or holds(c.type, v, kind) else None for c, v in zip(table.columns, row, strict=True))
        for row in table.rows
    )
    return replace(table, rows=rows)


def in_postgres(server: PostgresServer, database: str, tables: Sequence[ReferenceTable], filters: Mapping[str, str]) -> Place:
    """A new database that a role of its own can read."""
    with psycopg.connect(server.create(database), autocommit=True) as connection:
        for table in tables:
            connection.execute(_sql(table.ddl(POSTGRES.dialect.identifier, _texts(table, "postgres"))))
            marks = sql.SQL(", ").join([sql.Placeholder()] * len(table.columns))
            insert = sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(table.name), marks)
            connection.cursor().executemany(insert, table.rows)
        connection.execute(_sql(f"CREATE ROLE {database}_reader LOGIN PASSWORD '{PASSWORD}'"))
        connection.execute(_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {database}_reader"))
        connection.execute("ANALYZE")
    uri = server.of(database, f"{database}_reader", PASSWORD)
    return Place("postgres", {"uri": f"file:{database}.uri"}, _entries(tables, "postgres", filters, ("public",)),
                 {f"{database}.uri": uri})  # fmt: skip


def in_mariadb(server: MariaDBServer, database: str, tables: Sequence[ReferenceTable], filters: Mapping[str, str]) -> Place:
    """A new database, under the server's own collation, that a user of its own can read."""
    server.database(database)
    with server.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        for table in tables:
            texts = _texts(table, "mysql")
            cursor.execute(table.ddl(MYSQL.dialect.identifier, texts).replace("timestamp(6)", "timestamp(6) null"))
            marks = ", ".join(["%s"] * len(table.columns))
            insert = f"INSERT INTO {MYSQL.dialect.identifier(table.name)} VALUES ({marks})"
            cursor.executemany(insert, [tuple(map(_without_zone, row)) for row in table.rows])
        connection.commit()
    server.reader(f"{database}_reader", PASSWORD, database)
    options = {"host": server.host, "port": server.port, "database": database, "user": f"{database}_reader",
               "password": f"file:{database}.password", "tls": "off"}  # fmt: skip
    return Place("mysql", options, _entries(tables, "mysql", filters, (database,)), {f"{database}.password": PASSWORD})


def in_sqlite(path: Path, tables: Sequence[ReferenceTable], filters: Mapping[str, str]) -> Place:
    """A file; what SQLite has no type for is kept as text."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in tables:
            connection.execute(table.ddl(SQLITE.dialect.identifier, _texts(table, "sqlite")))
            insert = f"INSERT INTO {SQLITE.dialect.identifier(table.name)} VALUES ({', '.join('?' * len(table.columns))})"
            connection.executemany(insert, [tuple(map(_as_text, row)) for row in table.rows])
    return Place("sqlite", {"path": str(path)}, _entries(tables, "sqlite", filters))


def in_parquet(folder: Path, tables: Sequence[ReferenceTable], filters: Mapping[str, str]) -> Place:
    """A file for each table, in row groups of a few rows, so that statistics may leave some out."""
    folder.mkdir(parents=True)
    for table in tables:
        pyarrow.parquet.write_table(table.arrow, folder / f"{table.name}.parquet", row_group_size=5)
    return Place("files", {"folder": str(folder)}, _entries(tables, "files", filters, ending=".parquet"))


def _entries(
    tables: Sequence[ReferenceTable], kind: str, filters: Mapping[str, str], above: tuple[str, ...] = (), ending: str = ""
) -> dict[str, Entry]:
    """The tables as the directory has them; the first column of each is its key."""
    return {
        table.name: Entry(
            (*above, f"{table.name}{ending}"),
            {
                column.name: {"type": str(column.type), "declared": declared(column.type, kind), "key": number == 0,
                              "nullable": number > 0}
                for number, column in enumerate(table.columns)
            },
            filters.get(table.name),
        )
        for table in tables
    }  # fmt: skip


def _texts(table: ReferenceTable, kind: str) -> dict[str, str]:
    return {str(column.type): declared(column.type, kind) for column in table.columns}


def _sql(text: str) -> sql.SQL:
    return sql.SQL(text)  # type: ignore[arg-type, unused-ignore]


def _without_zone(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value


def _as_text(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return str(value) if isinstance(value, (Decimal, dt.date, dt.time)) else value
