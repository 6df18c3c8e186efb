"""One row by its key: through the gateway, and by the source's own client on an open connection, in turns."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import pymysql

from benchmarks.tpch.archive import archived, with_archive
from benchmarks.tpch.fetching import THREADS
from benchmarks.tpch.load import CRM, READER
from benchmarks.tpch.systems import Systems

_TIMES, _WARM = 100, 10
#: What is asked of the gateway -> the same in the source's words, with its client.
_ASKED = {
    "SELECT * FROM sales.orders WHERE o_orderkey = 7": ("ADBC", "SELECT * FROM orders WHERE o_orderkey = 7"),
    "SELECT * FROM crm.customer WHERE c_custkey = 7": ("PyMySQL", "SELECT * FROM customer WHERE c_custkey = 7"),
    "SELECT * FROM supply.part WHERE p_partkey = 7": ("DuckDB read_parquet", "SELECT * FROM part WHERE p_partkey = 7"),
    "SELECT * FROM archive.lineitem WHERE l_orderkey = 7 AND l_linenumber = 1": (
        "sqlite3", "SELECT * FROM lineitem WHERE l_orderkey = 7 AND l_linenumber = 1",
    ),
}  # fmt: skip


def points(systems: Systems) -> dict[str, Any]:
    """Median milliseconds by statement."""
    found: dict[str, Any] = {}
    with systems.gateway(with_archive(systems.folder)) as gateway, _clients(systems) as clients:
        principal = gateway.principal("analyst")

        def through(sql: str) -> None:
            with gateway.query(principal, sql, grant="clear") as result:
                assert result.read_all().num_rows == 1

        for sql, (client, same) in _ASKED.items():
            runs = [(_milliseconds(clients[client], same), _milliseconds(through, sql)) for _ in range(_WARM + _TIMES)]
            alone, ours = (statistics.median(times) for times in zip(*runs[_WARM:], strict=True))
            found[sql] = {"beside": client, "floor": alone, "ours": ours}
    return found


@contextmanager
def _clients(systems: Systems) -> Iterator[Mapping[str, Callable[[str], object]]]:
    """By name, each with a connection that is open."""
    with ExitStack() as stack:
        sales = stack.enter_context(closing(adbc.connect(systems.secret("sales.uri"), autocommit=True)))
        login = {"user": READER, "password": systems.secret("crm.password"), "database": CRM}
        crm = stack.enter_context(closing(pymysql.connect(host=systems.host, port=systems.port, **login)))
        supply = stack.enter_context(duckdb.connect(":memory:", config={"threads": THREADS}))
        supply.execute(f"CREATE VIEW part AS FROM '{systems.folder / 'supply' / 'part.parquet'}'")
        archive = stack.enter_context(
            closing(sqlite3.connect(f"{archived(systems.folder).absolute().as_uri()}?mode=ro", uri=True))
        )

        def by_adbc(sql: str) -> object:
            with sales.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetch_arrow_table()

        def by_pymysql(sql: str) -> object:
            with crm.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()

        yield {
            "ADBC": by_adbc, "PyMySQL": by_pymysql, "DuckDB read_parquet": lambda sql: supply.sql(sql).to_arrow_table(),
            "sqlite3": lambda sql: archive.execute(sql).fetchall(),
        }  # fmt: skip


def _milliseconds(ask: Callable[[str], object], sql: str) -> float:
    begun = time.perf_counter()
    ask(sql)
    return (time.perf_counter() - begun) * 1e3
