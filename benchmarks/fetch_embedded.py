"""SQLite and Parquet to Arrow: a million rows of lineitem's sixteen columns, beside sqlite3's fetchall and DuckDB."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet

import fedquery_files
import fedquery_sqlite
from benchmarks.tpch import peers
from fedquery.spi import Connector, LogicalType, PhysicalColumn, Secrets, SourceConfig, SqlRequest, TableRead

_ROWS, _TIMES = 1_000_000, 3
_TYPES = {
    **dict.fromkeys(("l_orderkey", "l_partkey", "l_suppkey"), "bigint"), "l_linenumber": "integer",
    **dict.fromkeys(("l_quantity", "l_extendedprice", "l_discount", "l_tax"), "decimal(15,2)"),
    **dict.fromkeys(("l_returnflag", "l_linestatus"), "varchar"),
    **dict.fromkeys(("l_shipdate", "l_commitdate", "l_receiptdate"), "date"),
    **dict.fromkeys(("l_shipinstruct", "l_shipmode", "l_comment"), "varchar"),
}  # fmt: skip
_TABLE = f"""SELECT i // 4 + 1 AS l_orderkey, i * 7919 % 200000 AS l_partkey, i * 31 % 10000 AS l_suppkey,
    (i % 7 + 1)::INTEGER AS l_linenumber, (i % 50 + 1)::DECIMAL(15,2) AS l_quantity,
    (900 + i * 48271 % 10500000 / 100)::DECIMAL(15,2) AS l_extendedprice, (0.01 * (i % 11))::DECIMAL(15,2) AS l_discount,
    (0.01 * (i % 9))::DECIMAL(15,2) AS l_tax, ['R', 'A', 'N'][i % 3 + 1] AS l_returnflag, ['O', 'F'][i % 2 + 1] AS l_linestatus,
    DATE '1992-01-01' + (i % 2500)::INTEGER AS l_shipdate, DATE '1992-01-10' + (i % 2500)::INTEGER AS l_commitdate,
    DATE '1992-01-20' + (i % 2500)::INTEGER AS l_receiptdate,
    ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'][i % 4 + 1] AS l_shipinstruct,
    ['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'][i % 7 + 1] AS l_shipmode,
    'egular courts above the ' || left(md5(i::VARCHAR), i % 20 + 1) AS l_comment FROM range({_ROWS}) AS r(i)"""


def main() -> None:
    """Print medians; all that read one file are measured in turns."""
    with tempfile.TemporaryDirectory() as name, duckdb.connect() as database:
        folder = Path(name)
        bulk = database.sql(_TABLE).to_arrow_table()
        database.register("bulk", bulk)
        pa.parquet.write_table(bulk, folder / "bulk.parquet")
        with closing(sqlite3.connect(folder / "bulk.db")) as connection, connection:
            columns = ", ".join(f"{name} {type.replace('varchar', 'text')}" for name, type in _TYPES.items())
            connection.execute(f"CREATE TABLE bulk ({columns})")
            plain = ", ".join(_as_sqlite(name, type) for name, type in _TYPES.items())
            for start in range(0, _ROWS, 100_000):
                some = database.sql(f"SELECT {plain} FROM bulk LIMIT 100000 OFFSET {start}").fetchall()
                connection.executemany(f"INSERT INTO bulk VALUES ({', '.join('?' * len(_TYPES))})", some)
        with peers.scanning(peers.python(folder), folder / "bulk.db", "bulk") as scanner:
            _compare("SQLite", {
                "fedquery_sqlite": _timed(_reading(fedquery_sqlite.CONNECTOR, folder, "bulk", path="bulk.db")),
                "sqlite3 fetchall": _timed(lambda: _fetchall(folder / "bulk.db")),
                "DuckDB 1.5.5 sqlite_scan, two threads": scanner,
            })  # fmt: skip
        _compare("Parquet", {
            "fedquery_files": _timed(_reading(fedquery_files.CONNECTOR, folder, "bulk.parquet", folder=".")),
            "DuckDB read_parquet": _timed(lambda: database.sql(f"FROM '{folder}/bulk.parquet'").to_arrow_table()),
        })  # fmt: skip


def _compare(what: str, runs: dict[str, Callable[[], float]]) -> None:
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(_TIMES):
        for name, run in runs.items():
            times[name].append(run())
    mine = statistics.median(next(iter(times.values())))
    for name, found in times.items():
        median = statistics.median(found)
        print(f"{what}, {name}: {_ROWS} rows in {median:.2f} s; fedquery takes {mine / median:.2f} times as long")


def _as_sqlite(name: str, type: str) -> str:
    return f"CAST({name} AS DOUBLE)" if type.startswith("decimal") else f"CAST({name} AS VARCHAR)" if type == "date" else name


def _reading(connector: Connector, root: Path, table: str, **options: str) -> Callable[[], object]:
    source = connector.open(SourceConfig("bench", connector.options(**options), Secrets(root), folder=root))
    columns = tuple(PhysicalColumn(name, LogicalType.parse(type)) for name, type in _TYPES.items())
    listed = ", ".join(f'"{name}"' for name in _TYPES)
    text = f'WITH "__s1" AS (SELECT {listed} FROM "{table}") SELECT * FROM "__s1"'
    schema = pa.schema([pa.field(c.name, c.type.arrow) for c in columns])
    request = SqlRequest("bench", "f1", text, schema, reads=(TableRead((table,), columns),))

    def read() -> None:
        with source.read(request) as stream:
            assert sum(batch.num_rows for batch in stream) == _ROWS

    return read


def _fetchall(path: Path) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM bulk").fetchall()


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def run() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return run


if __name__ == "__main__":
    main()
