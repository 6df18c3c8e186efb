"""The ways to ask that run in this environment: through fedquery, by plans in files, with all tables in one DuckDB."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pyarrow as pa

from benchmarks.tpch import plans, pull, queries
from benchmarks.tpch.fetching import MEMORY, THREADS, Departments
from benchmarks.tpch.meter import Asker, serve
from benchmarks.tpch.systems import Systems
from benchmarks.tpch.variants import variants


def keep(table: pa.Table, file: str | None) -> None:
    """Write the answer where it was asked for."""
    if file:
        with pa.OSFile(file, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)


@contextlib.contextmanager
def fedquery(systems: Systems, variant: str = "clear") -> Iterator[Asker]:
    """Through the gateway, under a variant of the directory."""
    chosen = variants()[variant]
    with systems.gateway(chosen.catalog) as gateway:
        principal = gateway.principal("analyst")

        def ask(query: str, file: str | None) -> dict[str, int]:
            begun = time.perf_counter_ns()
            with gateway.query(principal, queries.text(query, systems.scale), grant=chosen.grant) as result:
                answer = result.read_all()
            taken = time.perf_counter_ns() - begun
            assert result.statistics
            keep(answer, file)
            return {
                "nanoseconds": taken, "rows": result.statistics.fetched_rows, "bytes": result.statistics.fetched_bytes,
                "fragments": len(result.statistics.sources),
            }  # fmt: skip

        yield ask


@contextlib.contextmanager
def local(systems: Systems) -> Iterator[Asker]:
    """All tables in one DuckDB: the floor of computing."""
    with duckdb.connect(systems.folder / "local.duckdb", config={"threads": THREADS, "memory_limit": MEMORY}) as connection:
        if not connection.sql("SELECT 1 FROM duckdb_tables()").fetchall():
            for department, tables in queries.TABLES.items():
                connection.execute(f"CREATE SCHEMA {department}")
                for table in tables:
                    file = systems.folder / department / f"{table}.parquet"
                    connection.execute(f"CREATE TABLE {department}.{table} AS FROM '{file}'")

        def ask(query: str, file: str | None) -> dict[str, int]:
            begun = time.perf_counter_ns()
            answer = connection.sql(queries.text(query, systems.scale)).to_arrow_table()
            taken = time.perf_counter_ns() - begun
            keep(answer, file)
            return {"nanoseconds": taken, "rows": 0, "bytes": 0}

        yield ask


@contextlib.contextmanager
def by_hand(systems: Systems) -> Iterator[Asker]:
    """By the plans in ``hand/``."""
    with Departments.opened(systems) as departments:

        def ask(query: str, file: str | None) -> dict[str, int]:
            plan = plans.read(query, queries.fraction(systems.scale))
            begun = time.perf_counter_ns()
            answer, rows, size = plans.run(plan, departments)
            taken = time.perf_counter_ns() - begun
            keep(answer, file)
            return {"nanoseconds": taken, "rows": rows, "bytes": size}

        yield ask


@contextlib.contextmanager
def pulled(systems: Systems) -> Iterator[Asker]:
    """By one question for each table, and a join of what they bring."""
    with Departments.opened(systems) as departments:

        def ask(query: str, file: str | None) -> dict[str, int]:
            questions, statement = pull.split(queries.text(query, systems.scale))
            begun = time.perf_counter_ns()
            with ThreadPoolExecutor(max_workers=len(questions)) as pool:
                found = dict(zip(questions, pool.map(lambda q: _pulled(q, departments), questions), strict=True))
            with departments.engine.cursor() as cursor:
                for question, table in found.items():
                    cursor.register(f"{question.name}_raw", table)
                    listed = ", ".join(f"CAST({c} AS {type.sql}) AS {c}" for c, type in question.types)
                    cursor.execute(f"CREATE TEMP VIEW {question.name} AS SELECT {listed} FROM {question.name}_raw")
                answer = cursor.sql(statement).to_arrow_table()
            taken = time.perf_counter_ns() - begun
            keep(answer, file)
            tables = found.values()
            return {"nanoseconds": taken, "rows": sum(t.num_rows for t in tables), "bytes": sum(t.nbytes for t in tables)}

        yield ask


def _pulled(question: pull.Question, departments: Departments) -> pa.Table:
    match question.department:
        case "sales":
            return departments.sales(question.statement)
        case "crm":
            return departments.crm(question.statement, {name: str(type) for name, type in question.types})
    with departments.engine.cursor() as cursor:
        return cursor.sql(question.statement).to_arrow_table()


WAYS = {"hand": by_hand, "pull": pulled, "local": local}


def main(arguments: list[str]) -> None:
    """Serve one way: its name, a variant of the directory, and what :attr:`Systems.arguments` gave."""
    way, variant, *place = arguments
    systems = Systems.of(place)
    with fedquery(systems, variant) if way == "fedquery" else WAYS[way](systems) as ask:
        serve(ask)


if __name__ == "__main__":
    main(sys.argv[1:])
