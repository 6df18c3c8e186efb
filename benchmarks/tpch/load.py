"""Loads the tables into PostgreSQL and MariaDB as the directory declares them, with their usual keys and indexes."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.csv
from psycopg import sql

from benchmarks.tpch.data import batches
from fedquery.catalog.model import Department, Resource
from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer

READER = "tpch_reader"
SALES, CRM = "tpch_sales", "tpch_crm"
_INDEXES = {"lineitem": ("l_orderkey", "l_partkey, l_suppkey"), "orders": ("o_custkey",), "customer": ("c_nationkey",)}


def to_postgres(server: PostgresServer, department: Department, folder: Path, password: str) -> None:
    """A database of its own; the reader may read these tables."""
    role = sql.Identifier(READER)
    with psycopg.connect(server.create(SALES), autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} SET log_statement = 'none'").format(sql.Identifier(SALES)))
        connection.execute("SET log_statement = 'none'")
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(password)))
        for name, entry in department.resources.items():
            table = sql.Identifier(*entry.table)
            connection.execute(sql.SQL("CREATE TABLE {} ({})").format(table, sql.SQL(columns(entry, '"'))))
            with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(table)) as copy:
                for batch in batches(folder / f"{name}.parquet"):
                    copy.write(_csv(batch))
            connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(table, sql.SQL(keys(entry))))
            for indexed in _INDEXES.get(name, ()):
                connection.execute(sql.SQL("CREATE INDEX ON {} ({})").format(table, sql.SQL(indexed)))
            connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(table, role))
            connection.execute(sql.SQL("VACUUM ANALYZE {}").format(table))


def to_mariadb(server: MariaDBServer, department: Department, folder: Path) -> None:
    """A database of its own; whoever starts the server makes the reader."""
    server.database(CRM)
    with server.connect(CRM) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION sql_log_off = 1")
        for name, entry in department.resources.items():
            cursor.execute(f"DROP TABLE IF EXISTS `{name}`")
            cursor.execute(f"CREATE TABLE `{name}` ({columns(entry, '`')}, PRIMARY KEY ({keys(entry)}))")
            marks = ", ".join(["%s"] * len(entry.columns))
            for batch in batches(folder / f"{name}.parquet"):
                connection.begin()
                cursor.executemany(f"INSERT INTO `{name}` VALUES ({marks})", list(_rows(batch)))
                connection.commit()
            for indexed in _INDEXES.get(name, ()):
                cursor.execute(f"CREATE INDEX `{name}_{indexed}` ON `{name}` ({indexed})")
            cursor.execute(f"ANALYZE TABLE `{name}` PERSISTENT FOR ALL")


def columns(entry: Resource, quote: str) -> str:
    """What a CREATE TABLE says of them."""
    return ", ".join(f"{quote}{c.physical}{quote} {c.declared} NOT NULL" for c in entry.columns.values())


def keys(entry: Resource) -> str:
    """The columns of the primary key."""
    return ", ".join(c.physical for c in entry.columns.values() if c.key)


def _csv(batch: pa.RecordBatch) -> bytes:
    buffer = BytesIO()
    pa.csv.write_csv(batch, buffer, pa.csv.WriteOptions(include_header=False))
    return buffer.getvalue()


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[object, ...]]:
    return zip(*(column.to_pylist() for column in batch.columns), strict=True)
