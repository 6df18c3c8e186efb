"""MariaDB to Arrow: a million rows of lineitem's sixteen columns against the server's own client and other drivers."""

from __future__ import annotations

import importlib
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pymysql.cursors

from fedquery.demo.mariadb_server import ADMINISTRATOR, MariaDBServer
from fedquery.spi import LogicalType, PhysicalColumn, Secrets, SourceConfig, SqlRequest
from fedquery_mysql import CONNECTOR

_ROWS, _TIMES, _FRACTION = 1_000_000, 3, 10
_TABLE = f"""CREATE TABLE bulk ENGINE = InnoDB AS SELECT CAST(seq DIV 4 + 1 AS INTEGER) AS l_orderkey,
    CAST(seq * 7919 % 200000 AS INTEGER) AS l_partkey, CAST(seq * 31 % 10000 AS INTEGER) AS l_suppkey,
    CAST(seq % 7 + 1 AS INTEGER) AS l_linenumber, CAST(seq % 50 + 1 AS DECIMAL(15,2)) AS l_quantity,
    CAST(900 + seq * 48271 % 10500000 / 100 AS DECIMAL(15,2)) AS l_extendedprice,
    CAST(0.01 * (seq % 11) AS DECIMAL(15,2)) AS l_discount, CAST(0.01 * (seq % 9) AS DECIMAL(15,2)) AS l_tax,
    CAST(ELT(seq % 3 + 1, 'R', 'A', 'N') AS CHAR(1)) AS l_returnflag,
    CAST(ELT(seq % 2 + 1, 'O', 'F') AS CHAR(1)) AS l_linestatus,
    DATE '1992-01-01' + INTERVAL seq % 2500 DAY AS l_shipdate, DATE '1992-01-10' + INTERVAL seq % 2500 DAY AS l_commitdate,
    DATE '1992-01-20' + INTERVAL seq % 2500 DAY AS l_receiptdate,
    CAST(ELT(seq % 4 + 1, 'DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN') AS CHAR(25)) AS l_shipinstruct,
    CAST(ELT(seq % 7 + 1, 'REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB') AS CHAR(10)) AS l_shipmode,
    CONCAT('egular courts above the ', LEFT(MD5(seq), seq % 20 + 1)) AS l_comment FROM seq_1_to_{_ROWS}"""


def main() -> None:
    """Print medians; all are measured in turns. Drivers that are not installed are left out."""
    with MariaDBServer.start() as server:
        server.database("bench")
        with server.connect("bench") as connection, connection.cursor() as cursor:
            cursor.execute(_TABLE)
            cursor.execute("CREATE INDEX by_order ON bulk (l_orderkey)")
        options = CONNECTOR.options(
            host=server.host,
            port=server.port,
            database="bench",
            user=ADMINISTRATOR,
            password="env:P",  # noqa: S106 - a reference
            tls="off",
        )
        source = CONNECTOR.open(SourceConfig("bench", options, Secrets(Path.cwd(), {"P": server.password})))
        (table,) = source.describe()
        columns = [PhysicalColumn(c.name, c.type or LogicalType("varchar"), c.declared) for c in table.columns]
        runs: dict[str, Callable[[], object]] = {
            "mariadb --quick": lambda: _client(server),
            "fedquery_mysql": lambda: _read(source.read(_request(columns, ""))),
            f"pymysql SSCursor, a {_FRACTION}th": lambda: _pymysql(server),
            f"mysql-connector-python, a {_FRACTION}th": lambda: _official(server),
            "connectorx": lambda: _connectorx(server),
        }
        times: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(_TIMES):
            for name, run in runs.items():
                try:
                    times[name].append(_seconds(run))
                except ImportError:
                    continue
        few = [_seconds(lambda: _read(source.read(_request(columns, "WHERE `l_orderkey` = 77")))) for _ in range(300)]
        source.close()
    floor = statistics.median(times["mariadb --quick"])
    for name, found in times.items():
        if found:
            median = statistics.median(found) * (_FRACTION if name.endswith("th") else 1)
            print(f"{name}: {median:.2f} s for {_ROWS} rows, ratio {median / floor:.2f}")
    print(f"four rows by an index: {statistics.median(few) * 1e3:.2f} ms")


def _request(columns: list[PhysicalColumn], condition: str) -> SqlRequest:
    listed = ", ".join(f"{CONNECTOR.dialect.read(c)} AS `{c.name}`" for c in columns)
    text = f"WITH `__s1` AS (SELECT {listed} FROM `bench`.`bulk`) SELECT * FROM `__s1` {condition}"
    return SqlRequest("bench", "f1", text, pa.schema([pa.field(c.name, c.type.arrow) for c in columns]))


def _client(server: MariaDBServer) -> None:
    login = [f"--host={server.host}", f"--port={server.port}", f"--user={ADMINISTRATOR}", f"--password={server.password}"]
    command = ["mariadb", "--no-defaults", *login, "--quick", "--batch", "--execute=SELECT * FROM bench.bulk"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603


def _pymysql(server: MariaDBServer) -> None:
    with server.connect("bench") as connection, connection.cursor(pymysql.cursors.SSCursor) as cursor:
        cursor.execute(f"SELECT * FROM bulk LIMIT {_ROWS // _FRACTION}")
        while cursor.fetchmany(10_000):
            pass


def _official(server: MariaDBServer) -> None:
    driver: Any = importlib.import_module("mysql.connector")
    connection = driver.connect(
        host=server.host, port=server.port, user=ADMINISTRATOR, password=server.password, database="bench", ssl_disabled=True,
        charset="utf8mb4", collation="utf8mb4_general_ci",
    )  # fmt: skip
    cursor = connection.cursor()
    cursor.execute(f"SELECT * FROM bulk LIMIT {_ROWS // _FRACTION}")
    while cursor.fetchmany(10_000):
        pass
    connection.close()


def _connectorx(server: MariaDBServer) -> None:
    driver: Any = importlib.import_module("connectorx")
    uri = f"mysql://{ADMINISTRATOR}:{server.password}@{server.host}:{server.port}/bench"
    driver.read_sql(uri, "SELECT * FROM bulk", return_type="arrow")


def _read(stream: Any) -> int:
    return sum(batch.num_rows for batch in stream)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
