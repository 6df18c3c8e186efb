"""MariaDB to Arrow: a million rows against the server's own client and other drivers, and what one row costs."""

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

_ROWS, _TIMES, _FRACTION = 1_000_000, 5, 10
_TABLE = f"""CREATE TABLE bulk ENGINE = InnoDB AS SELECT seq AS id, CAST(seq % 5000 AS INT) AS part,
    CAST(seq * 1.37 AS DECIMAL(15,2)) AS price, CAST(seq % 50 AS DECIMAL(15,2)) AS quantity,
    CAST(0.01 * (seq % 10) AS DECIMAL(15,2)) AS discount, CONCAT('note ', seq) AS note,
    DATE '2020-01-01' + INTERVAL seq % 2000 DAY AS day FROM seq_1_to_{_ROWS}"""
_COLUMNS = {
    "id": ("ubigint", "bigint(20) unsigned"),
    "part": ("integer", "int(11)"),
    "price": ("decimal(15,2)", "decimal(15,2)"),
    "quantity": ("decimal(15,2)", "decimal(15,2)"),
    "discount": ("decimal(15,2)", "decimal(15,2)"),
    "note": ("varchar", "varchar(40)"),
    "day": ("date", "date"),
}  # fmt: skip


def main() -> None:
    """Print medians; all are measured in turns. Drivers that are not installed are left out."""
    with MariaDBServer.start() as server:
        server.database("bench")
        with server.connect("bench") as connection, connection.cursor() as cursor:
            cursor.execute(_TABLE)
            cursor.execute("ALTER TABLE bulk ADD PRIMARY KEY (id)")
        options = CONNECTOR.options(
            host=server.host,
            port=server.port,
            database="bench",
            user=ADMINISTRATOR,
            password="env:P",  # noqa: S106 - a reference
            tls="off",
        )
        source = CONNECTOR.open(SourceConfig("bench", options, Secrets(Path.cwd(), {"P": server.password})))
        runs: dict[str, Callable[[], object]] = {
            "mariadb --quick": lambda: _client(server),
            "fedquery_mysql": lambda: _read(source.read(_request(""))),
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
        one = [_seconds(lambda: _read(source.read(_request("WHERE `id` = 77")))) for _ in range(300)]
        source.close()
    floor = statistics.median(times["mariadb --quick"])
    for name, found in times.items():
        if found:
            median = statistics.median(found) * (_FRACTION if name.endswith("th") else 1)
            print(f"{name}: {median:.2f} s for {_ROWS} rows, ratio {median / floor:.2f}")
    print(f"one row: {statistics.median(one) * 1e3:.2f} ms")


def _request(condition: str) -> SqlRequest:
    columns = [PhysicalColumn(name, LogicalType.parse(type), declared) for name, (type, declared) in _COLUMNS.items()]
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
