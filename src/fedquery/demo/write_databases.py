"""Creates and fills a department's tables in PostgreSQL, MariaDB and SQLite, with a login that can only read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv
import pymysql
from psycopg import sql
from pymysql.cursors import Cursor

from fedquery.demo.kept import Kept
from fedquery.demo.mariadb_server import MariaDBServer


def to_postgres(connection: psycopg.Connection[Any], tables: Sequence[Kept], reader: str, password: str) -> None:
    """Everything in one transaction; ``reader`` becomes a role that can connect to this database and read these tables."""
    with connection.transaction(), connection.cursor() as cursor:
        database = sql.Identifier(connection.info.dbname)
        cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(reader)))
        cursor.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(reader), sql.Literal(password)))
        cursor.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(sql.Identifier(reader)))
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        cursor.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(reader)))
        for schema in sorted({kept.entry.table[0] for kept in tables}):
            cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
            cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(schema), sql.Identifier(reader)))
        for kept in tables:
            _postgres_table(cursor, kept)
            name = sql.Identifier(*kept.entry.table)
            cursor.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(name, sql.Identifier(reader)))
    connection.execute("ANALYZE")


def _postgres_table(cursor: psycopg.Cursor[Any], kept: Kept) -> None:
    name = sql.Identifier(*kept.entry.table)
    columns = [sql.SQL(text) for text in _definitions(kept, '"')]
    cursor.execute(sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join(columns)))
    with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(name)) as copy:
        copy.write(_csv(kept.rows))
    cursor.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(name, sql.Literal(kept.entry.title.zh)))
    for column in kept.entry.columns.values():
        place = sql.Identifier(*kept.entry.table, column.physical)
        cursor.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(place, sql.Literal(column.description.zh)))
    for physical in _indexed(kept):
        cursor.execute(sql.SQL("CREATE INDEX ON {} ({})").format(name, sql.Identifier(physical)))


def to_mariadb(server: MariaDBServer, tables: Sequence[Kept], reader: str, password: str) -> None:
    """Creates the database that the tables name; ``reader`` becomes a user that can only read it."""
    (database,) = {kept.entry.table[0] for kept in tables}
    server.database(database)
    with server.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION sql_log_off = 1")  # the rows need not stand in the server's log as well
        for kept in tables:
            _mariadb_table(connection, cursor, kept)
    server.reader(reader, password, database)


def _mariadb_table(connection: pymysql.Connection[Any], cursor: Cursor, kept: Kept) -> None:
    place = ".".join(f"`{part}`" for part in kept.entry.table)
    comments = [connection.escape(column.description.zh) for column in kept.entry.columns.values()]
    columns = [f"{text} COMMENT {comment}" for text, comment in zip(_definitions(kept, "`"), comments, strict=True)]
    columns += [f"INDEX (`{column}`)" for column in _indexed(kept)]
    cursor.execute(f"CREATE TABLE {place} ({', '.join(columns)}) COMMENT {connection.escape(kept.entry.title.zh)}")
    marks = ", ".join(["%s"] * kept.rows.num_columns)
    connection.begin()
    cursor.executemany(f"INSERT INTO {place} VALUES ({marks})", _tuples(kept.rows))
    connection.commit()


def to_sqlite(path: Path, tables: Sequence[Kept]) -> None:
    """A database file; dates are ISO texts and amounts numbers, as SQLite has no types for them."""
    with sqlite3.connect(path) as connection:
        for kept in tables:
            place = ".".join(f'"{part}"' for part in kept.entry.table)
            connection.execute(f"CREATE TABLE {place} ({', '.join(_definitions(kept, chr(34)))})")
            marks = ", ".join("?" * kept.rows.num_columns)
            connection.executemany(f"INSERT INTO {place} VALUES ({marks})", _sqlite_rows(kept.rows))
            for column in _indexed(kept):
                index = f"{kept.entry.table[-1]}_{column}"
                connection.execute(f'CREATE INDEX "{index}" ON {place} ("{column}")')
    connection.close()


def _definitions(kept: Kept, quote: str) -> Iterator[str]:
    """``"SFZH" character(18) PRIMARY KEY`` and so on, as the directory declares the columns."""
    for column in kept.entry.columns.values():
        rule = " PRIMARY KEY" if column.key else "" if column.nullable else " NOT NULL"
        yield f"{quote}{column.physical}{quote} {column.declared}{rule}"


def _indexed(kept: Kept) -> Iterator[str]:
    """What people and firms are looked up by."""
    return (c.physical for c in kept.entry.columns.values() if c.identifier in ("person_id", "uscc") and not c.key)


def _csv(rows: pa.Table) -> bytes:
    """Texts are quoted and NULL is empty, which is how PostgreSQL tells them apart."""
    buffer = BytesIO()
    pa.csv.write_csv(rows, buffer, pa.csv.WriteOptions(include_header=False))
    return buffer.getvalue()


def _tuples(rows: pa.Table) -> Iterable[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in rows.columns), strict=True)


def _sqlite_rows(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    for row in _tuples(rows):
        yield tuple(value if value is None or isinstance(value, int) else str(value) for value in row)
