"""Asks the three systems directly, the fastest way known for each: what plans written by hand are run with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import pyarrow as pa

from benchmarks.tpch import queries
from benchmarks.tpch.load import CRM, READER
from benchmarks.tpch.systems import Systems
from fedquery.arrow import LogicalType
from fedquery.spi import Secrets, Source, SourceConfig, SqlRequest
from fedquery_mysql import CONNECTOR as MYSQL

THREADS, MEMORY = 2, "4GB"


@dataclass
class Departments:
    """Open connections to all three. Parquet is read by DuckDB, which also joins."""

    systems: Systems
    _free: list[adbc.Connection] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @staticmethod
    @contextmanager
    def opened(systems: Systems) -> Iterator[Departments]:
        """Connected beforehand, as a pool would be."""
        departments = Departments(systems)
        departments._free += [adbc.connect(systems.secret("sales.uri")) for _ in range(3)]
        departments.crm("SELECT 1 AS one", {"one": "integer"})
        try:
            yield departments
        finally:
            for connection in departments._free:
                connection.close()
            departments._crm.close()
            departments.engine.close()

    @cached_property
    def engine(self) -> duckdb.DuckDBPyConnection:
        """DuckDB with the Parquet files as views."""
        connection = duckdb.connect(":memory:", config={"threads": THREADS, "memory_limit": MEMORY})
        for table in queries.TABLES["supply"]:
            connection.execute(f"CREATE VIEW {table} AS FROM '{self.systems.folder / 'supply' / table}.parquet'")
        return connection

    @cached_property
    def _crm(self) -> Source:
        where = {"host": self.systems.host, "port": self.systems.port, "database": CRM, "tls": "off"}
        options = MYSQL.options(**where, user=READER, password="file:crm.password")  # noqa: S106 - a reference
        secrets = Secrets(self.systems.folder / "secrets")
        return MYSQL.open(SourceConfig("crm", options, secrets, seconds=600.0))

    def sales(self, statement: str) -> pa.Table:
        """PostgreSQL by ADBC. Numerics come as texts: plans ask for floats or whole numbers instead."""
        with self._lock:
            connection = self._free.pop() if self._free else adbc.connect(self.systems.secret("sales.uri"))
        with connection.cursor() as cursor:
            cursor.execute(statement)
            found: pa.Table = cursor.fetch_arrow_table()
        connection.rollback()
        with self._lock:
            self._free.append(connection)
        return found

    def crm(self, statement: str, types: dict[str, str]) -> pa.Table:
        """MariaDB by the connector, which has to be told what comes."""
        schema = pa.schema([pa.field(name, LogicalType.parse(type).arrow) for name, type in types.items()])
        with self._crm.read(SqlRequest("benchmark", "f1", statement, schema)) as stream:
            return pa.Table.from_batches(list(stream), schema)
