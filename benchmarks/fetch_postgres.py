"""PostgreSQL to Arrow: lineitem's sixteen columns against COPY BINARY, by one session and in parts; and what one row costs."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pyarrow as pa

from fedquery.demo.postgres_server import start
from fedquery.spi import LogicalType, PhysicalColumn, Secrets, SourceConfig, SqlRequest, TableRead, Visit
from fedquery_postgres import CONNECTOR

_ROWS, _TIMES = 1_500_000, 3
_TABLE = f"""CREATE TABLE lineitem AS
    SELECT i / 4 + 1 AS l_orderkey, i * 7919 % 200000 AS l_partkey, i * 31 % 10000 AS l_suppkey,
    (i % 7 + 1)::integer AS l_linenumber, (i % 50 + 1)::numeric(15,2) AS l_quantity,
    (900 + (i * 48271 % 10500000) / 100.0)::numeric(15,2) AS l_extendedprice, (0.01 * (i % 11))::numeric(15,2) AS l_discount,
    (0.01 * (i % 9))::numeric(15,2) AS l_tax, (array['R', 'A', 'N'])[(i % 3 + 1)::int]::character(1) AS l_returnflag,
    (array['O', 'F'])[(i % 2 + 1)::int]::character(1) AS l_linestatus, DATE '1992-01-01' + (i % 2500)::int AS l_shipdate,
    DATE '1992-01-10' + (i % 2500)::int AS l_commitdate, DATE '1992-01-20' + (i % 2500)::int AS l_receiptdate,
    (array['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'])[(i % 4 + 1)::int]::character(25) AS l_shipinstruct,
    (array['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'])[(i % 7 + 1)::int]::character(10) AS l_shipmode,
    ('egular courts above the ' || substr(md5(i::text), 1, (i % 20 + 1)::int))::varchar(44) AS l_comment
    FROM generate_series(0::bigint, {_ROWS - 1}) AS i"""


def main() -> None:
    """Print medians; all are measured in turns."""
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder) / "data")
        uri = server.create("bench")
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(_TABLE)  # type: ignore[arg-type, unused-ignore]
            connection.execute("CREATE INDEX ON lineitem (l_orderkey)")
            connection.execute("VACUUM ANALYZE lineitem")
            options = CONNECTOR.options(uri=uri)
            source = CONNECTOR.open(SourceConfig("bench", options, Secrets(Path(folder)), concurrency=4, seconds=600))
            (table,) = source.describe()
            columns = tuple(PhysicalColumn(c.name, c.type or LogicalType("varchar"), c.declared) for c in table.columns)
            runs: dict[str, Callable[[], object]] = {
                "COPY BINARY to nothing": lambda: _copy(connection),
                "fedquery_postgres, one session": lambda: _read(source.read(_request(columns, 0))),
                "fedquery_postgres, in parts by two": lambda: _read(source.read(_request(columns, 1))),
                "fedquery_postgres, in parts by four": lambda: _read(source.read(_request(columns, 3))),
            }
            times: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
            for _ in range(_TIMES):
                for name, run in runs.items():
                    times[name].append(_seconds(run))
            few = [_seconds(lambda: _read(source.read(_request(columns, 3, 'WHERE "l_orderkey" = 77'))))[0] for _ in range(300)]
            query = "SELECT * FROM lineitem WHERE l_orderkey = 77"
            own = [_seconds(lambda: connection.execute(query).fetchall())[0] for _ in range(300)]
            source.close()
        server.stop()
    floor = statistics.median(wall for wall, _ in times["COPY BINARY to nothing"])
    for name, found in times.items():
        wall, cpu = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"{name}: {_ROWS} rows in {wall:.2f} s, ratio {wall / floor:.2f}, client CPU {cpu:.2f} s")
    print(f"four rows by an index: {statistics.median(few) * 1e3:.2f} ms, psycopg {statistics.median(own) * 1e3:.2f} ms")


def _request(columns: tuple[PhysicalColumn, ...], spare: int, condition: str = "") -> SqlRequest:
    """All columns, as the gateway would ask for them with so many places to spare."""
    dialect = CONNECTOR.dialect
    listed = ", ".join(f"{dialect.read(c)} AS {dialect.identifier(c.name)}" for c in columns)

    def text(part: str) -> str:
        return f'WITH "__s1" AS (SELECT {listed} FROM "public"."lineitem"{part}) SELECT * FROM "__s1" {condition}'

    return SqlRequest(
        "bench",
        "f1",
        text(""),
        pa.schema([pa.field(c.name, c.type.arrow) for c in columns]),
        reads=(TableRead(("public", "lineitem"), columns),),
        split=text(f" WHERE {dialect.split()}"),
        visit=Visit(spare=lambda wanted: min(wanted, spare)),
    )


def _copy(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    with connection.cursor().copy("COPY lineitem TO STDOUT (FORMAT binary)") as copy:
        for _ in copy:
            pass


def _read(stream: object) -> int:
    return sum(batch.num_rows for batch in stream)  # type: ignore[attr-defined]


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and this process's CPU."""
    begun, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - cpu


if __name__ == "__main__":
    main()
