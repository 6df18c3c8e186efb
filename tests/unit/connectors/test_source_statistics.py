"""What real systems tell of their tables without reading them: close to the truth, quickly, nothing where nothing is known."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from fedquery.demo.mariadb_server import MariaDBServer, installed
from fedquery.demo.postgres_server import PostgresServer
from fedquery.spi import Connector, Secrets, SourceConfig, TableStatistics
from fedquery_files import CONNECTOR as FILES
from fedquery_mysql import CONNECTOR as MYSQL
from fedquery_postgres import CONNECTOR as POSTGRES
from fedquery_sqlite import CONNECTOR as SQLITE

ROWS = 20_000
#: id is a key; town has 7 values, a quarter of them missing; paid is between 1 and 500, in cents.
TOWNS = [None if n % 4 == 0 else f"town {n % 7}" for n in range(ROWS)]
PAID = [1 + n % 500 for n in range(ROWS)]
DAYS = [f"20{n % 26:02d}-01-02" for n in range(ROWS)]


def ask(connector: Connector, config: SourceConfig, *tables: tuple[str, ...]) -> dict[tuple[str, ...], TableStatistics]:
    """The answer, which the second time must take less than 100 ms of this process."""
    source = connector.open(config)
    try:
        source.statistics(tables)
        began = time.process_time()
        found = source.statistics(tables)
        assert time.process_time() - began < 0.1
    finally:
        source.close()
    return dict(found)


def close(found: float | None, truth: float, within: float = 0.2) -> bool:
    return found is not None and abs(found - truth) <= within * truth


def test_postgres(postgres: PostgresServer, tmp_path: Path) -> None:
    (tmp_path / "uri").write_text(postgres.create("statistics"))
    config = SourceConfig("test.pg", POSTGRES.options(uri="file:uri"), Secrets(tmp_path))
    wage, fresh, view, parts = (("public", name) for name in ("wage", "it's new", "seen", "parted"))
    with psycopg.connect(postgres.of("statistics"), autocommit=True) as connection:
        connection.execute("CREATE TABLE wage (id int PRIMARY KEY, town text, paid numeric(10,2), day date)")
        with connection.cursor().copy("COPY wage FROM STDIN") as copy:
            for row in zip(range(ROWS), TOWNS, PAID, DAYS, strict=True):
                copy.write_row(row)
        connection.execute('CREATE TABLE "it\'s new" (id int)')
        connection.execute("CREATE VIEW seen AS SELECT * FROM wage")
        connection.execute("CREATE TABLE parted (id int, part int) PARTITION BY LIST (part)")
        connection.execute("CREATE TABLE parted_0 PARTITION OF parted FOR VALUES IN (0)")
        connection.execute("CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1)")
        connection.execute("INSERT INTO parted SELECT id, id % 2 FROM wage")
        connection.execute("ANALYZE wage, parted")
    found = ask(POSTGRES, config, wage, fresh, view, parts, ("public", "gone"), ("odd",))
    postgres.drop("statistics")
    assert set(found) == {wage, parts}
    assert close(found[wage].rows, ROWS)
    assert close(found[parts].rows, ROWS)
    columns = found[wage].columns
    assert close(columns["id"].distinct, ROWS)
    assert (columns["id"].least, columns["id"].nulls, columns["id"].width) == (0, 0, 4)
    assert (columns["town"].distinct, columns["town"].least) == (7, None)
    assert close(columns["town"].nulls, 0.25)
    assert (columns["paid"].least, columns["paid"].greatest) == (1, 500)
    assert (columns["day"].least, columns["day"].greatest) == ("2000-01-02", "2025-01-02")


@pytest.fixture(scope="module")
def mariadb_table(mariadb: MariaDBServer | None) -> Iterator[MariaDBServer]:
    if mariadb is None:
        pytest.skip("MariaDB's server is not installed on this machine")
    mariadb.database("statistics")
    mariadb.reader("statistics_reader", "secret", "statistics")
    with mariadb.connect("statistics") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE wage (id INT PRIMARY KEY, town VARCHAR(20), paid DECIMAL(10,2), day DATE, KEY (town))")
        cursor.executemany("INSERT INTO wage VALUES (%s, %s, %s, %s)", list(zip(range(ROWS), TOWNS, PAID, DAYS, strict=True)))
        cursor.execute("CREATE VIEW seen AS SELECT * FROM wage")
        cursor.execute("ANALYZE TABLE wage PERSISTENT FOR ALL")
    yield mariadb


@pytest.mark.skipif(not installed() and os.environ.get("CI") != "true", reason="MariaDB's server is not installed")
def test_mariadb(mariadb_table: MariaDBServer, tmp_path: Path) -> None:
    options = {"host": "127.0.0.1", "port": mariadb_table.port, "user": "statistics_reader", "password": "env:P", "tls": "off"}
    config = SourceConfig("test.my", MYSQL.options(**options), Secrets(tmp_path, {"P": "secret"}))
    wage, view = ("statistics", "wage"), ("statistics", "seen")
    found = ask(MYSQL, config, wage, view, ("statistics", "100%_'gone\\"), ("odd",))
    assert set(found) == {wage}
    assert close(found[wage].rows, ROWS)
    assert close(found[wage].columns["id"].distinct, ROWS)
    assert close(found[wage].columns["town"].distinct, 8)  # NULL counts as one
    assert "paid" not in found[wage].columns
    with mariadb_table.connect() as connection, connection.cursor() as cursor:
        cursor.execute("GRANT SELECT ON mysql.column_stats TO statistics_reader@`%`")
    columns = ask(MYSQL, config, wage)[wage].columns
    assert close(columns["town"].distinct, 7)
    assert close(columns["town"].nulls, 0.25)
    assert (columns["town"].least, columns["paid"].least, columns["paid"].greatest) == (None, 1, 500)
    assert (columns["day"].least, columns["day"].greatest) == ("2000-01-02", "2025-01-02")


def test_sqlite(tmp_path: Path) -> None:
    config = SourceConfig("test.lite", SQLITE.options(path="x.db"), Secrets(tmp_path), folder=tmp_path)
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection, connection:
        connection.execute("CREATE TABLE wage (id INTEGER PRIMARY KEY, town TEXT)")
        connection.executemany("INSERT INTO wage VALUES (?, ?)", list(zip(range(1, ROWS + 1), TOWNS, strict=True)))
        connection.execute("CREATE VIEW seen AS SELECT * FROM wage")
        connection.execute('CREATE TABLE "it""s empty" (a)')
        connection.execute("CREATE TABLE bare (a PRIMARY KEY) WITHOUT ROWID")
    tables = [(name,) for name in ("wage", "seen", 'it"s empty', "bare", "gone")]
    assert ask(SQLITE, config, *tables) == {("wage",): TableStatistics(ROWS), ('it"s empty',): TableStatistics(0)}
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection, connection:
        connection.execute("CREATE INDEX towns ON wage (town)")
        connection.execute("DELETE FROM wage WHERE id % 2 = 0")
        connection.execute("ANALYZE")
    found = ask(SQLITE, config, *tables)[("wage",)]
    assert found.rows == ROWS / 2
    assert close(found.columns["town"].distinct, 8)


def test_files(tmp_path: Path) -> None:
    table = pa.table({"id": range(ROWS), "town": TOWNS, "paid": pa.array(PAID, pa.decimal128(10, 2)), "day": DAYS})
    table = table.set_column(3, "day", table.column("day").cast(pa.date32()))
    config = SourceConfig("test.files", FILES.options(folder="."), Secrets(tmp_path), folder=tmp_path)
    pa.parquet.write_table(table, tmp_path / "wage.parquet", row_group_size=3000)
    (tmp_path / "many").mkdir()
    for number in range(40):
        pa.parquet.write_table(table.slice(number * 500, 500), tmp_path / "many" / f"{number}.parquet")
    pa.csv.write_csv(table, tmp_path / "wage.csv")
    pa.csv.write_csv(table.slice(0, 10), tmp_path / "small.csv")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    names = ("wage.parquet", "many", "wage.csv", "small.csv", "broken.parquet", "gone.csv")
    found = ask(FILES, config, *((name,) for name in names))
    assert set(found) == {("wage.parquet",), ("many",), ("wage.csv",), ("small.csv",)}
    whole = found[("wage.parquet",)]
    assert whole.rows == ROWS
    assert (whole.columns["id"].least, whole.columns["id"].greatest) == (0, ROWS - 1)
    assert (whole.columns["paid"].least, whole.columns["paid"].greatest) == (1, 500)
    assert (whole.columns["day"].least, whole.columns["day"].greatest) == ("2000-01-02", "2025-01-02")
    assert (whole.columns["town"].nulls, whole.columns["town"].least) == (0.25, None)
    assert close(found[("many",)].rows, ROWS, 0.05)
    assert found[("many",)].columns["id"].greatest is None  # not every file was looked at
    assert close(found[("wage.csv",)].rows, ROWS, 0.1)
    assert found[("small.csv",)].rows == 10
