"""DuckDB's own federation: ATTACH of PostgreSQL and MySQL, Parquet as views. Runs in the peers' environment, alone.

DuckDB 1.5.5, because its extensions for 2.0 cannot be installed without its own repository. Connected beforehand.
"""

from __future__ import annotations

import sys
import time
from importlib.resources import files
from pathlib import Path

import duckdb

from benchmarks.tpch import queries
from benchmarks.tpch.meter import serve

EXTENSIONS = ("postgres_scanner", "mysql_scanner")


def main(arguments: list[str]) -> None:
    """Serve: the arguments are those of :attr:`Systems.arguments`."""
    folder, scale = Path(arguments[0]), float(arguments[1])
    host, port = arguments[2:4]
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "4GB"})
    for name in EXTENSIONS:
        load_extension(connection, name)
    uri = (folder / "secrets" / "sales.uri").read_text(encoding="utf-8")
    password = (folder / "secrets" / "crm.password").read_text(encoding="utf-8")
    login = f"host={host} port={port} user=tpch_reader password={password} database=tpch_crm"
    connection.execute(f"ATTACH '{uri}' AS sales_server (TYPE postgres, READ_ONLY)")
    connection.execute(f"ATTACH '{login}' AS crm_server (TYPE mysql, READ_ONLY)")
    places = {
        "sales": "sales_server.public.{}",
        "crm": "crm_server.tpch_crm.{}",
        "supply": f"'{folder / 'supply'}/{{}}.parquet'",
    }
    for department, tables in queries.TABLES.items():
        connection.execute(f"CREATE SCHEMA {department}")
        for table in tables:
            connection.execute(f"CREATE VIEW {department}.{table} AS FROM {places[department].format(table)}")

    def ask(query: str, file: str | None) -> dict[str, int]:
        begun = time.perf_counter_ns()
        connection.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {queries.text(query, scale)}")
        taken = time.perf_counter_ns() - begun
        if file:
            connection.execute(f"COPY answer TO '{file}' (FORMAT parquet)")
        return {"nanoseconds": taken}

    serve(ask)


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """From the wheel of the extension; nothing is downloaded."""
    package = str(files(f"duckdb_extension_{name}"))
    (found,) = Path(package).rglob("*.duckdb_extension")
    connection.execute(f"LOAD '{found}'")


if __name__ == "__main__":
    main(sys.argv[1:])
