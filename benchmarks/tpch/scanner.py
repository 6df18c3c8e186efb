"""For each line that comes in, DuckDB's scanner of SQLite reads a whole table to Arrow. For the peers' environment."""

from __future__ import annotations

import sys
import time

import duckdb

from benchmarks.tpch.attach import load_extension

ROWS = 16_384


def main(file: str, table: str) -> None:
    """Writes the seconds of each reading."""
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "4GB"})
    load_extension(connection, "sqlite_scanner")
    connection.execute(f"ATTACH '{file}' AS archive (TYPE sqlite, READ_ONLY)")
    for _ in sys.stdin:
        begun = time.perf_counter()
        for _batch in connection.sql(f"FROM archive.{table}").to_arrow_reader(ROWS):
            pass
        sys.stdout.write(f"{time.perf_counter() - begun}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
