"""SQLite and Parquet to Arrow: a million rows of eight columns, beside sqlite3's fetchall and DuckDB on the same file."""

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
from fedquery.spi import Connector, LogicalType, PhysicalColumn, Secrets, SourceConfig, SqlRequest, TableRead

_ROWS, _TIMES = 1_000_000, 3
_TYPES = {
    "id": "bigint", "part": "integer", "price": "double", "quantity": "integer", "region": "varchar", "note": "varchar",
    "day": "date", "active": "boolean",
}  # fmt: skip
_TABLE = f"""SELECT i::BIGINT AS id, (i % 5000)::INTEGER AS part, i * 1.37::DOUBLE AS price, (i % 50)::INTEGER AS quantity,
    'region ' || i % 20 AS region, 'note ' || i AS note, DATE '2020-01-01' + (i % 2000)::INTEGER AS day, i % 2 = 0 AS active
    FROM range({_ROWS}) AS r(i)"""


def main() -> None:
    """Print medians; each pair is measured in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bulk = duckdb.sql(_TABLE).to_arrow_table()
        pa.parquet.write_table(bulk, folder / "bulk.parquet")
        with closing(sqlite3.connect(folder / "bulk.db")) as connection, connection:
            connection.execute("CREATE TABLE bulk (id INTEGER PRIMARY KEY, part, price, quantity, region, note, day, active)")
            rows = duckdb.sql("SELECT * REPLACE (day::VARCHAR AS day, active::INTEGER AS active) FROM bulk").fetchall()
            connection.executemany("INSERT INTO bulk VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            del rows
        _compare("SQLite", _reading(fedquery_sqlite.CONNECTOR, folder, "bulk", path="bulk.db"),
                 "sqlite3 fetchall", lambda: _fetchall(folder / "bulk.db"))  # fmt: skip
        _compare("Parquet", _reading(fedquery_files.CONNECTOR, folder, "bulk.parquet", folder="."),
                 "DuckDB read_parquet", lambda: duckdb.sql(f"FROM '{folder}/bulk.parquet'").to_arrow_table())  # fmt: skip


def _compare(what: str, ours: Callable[[], object], beside: str, floor: Callable[[], object]) -> None:
    pairs = [(_seconds(ours), _seconds(floor)) for _ in range(_TIMES)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{what}: {_ROWS} rows in {mine:.2f} s, {beside} {other:.2f} s, ratio {mine / other:.2f}")


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


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
