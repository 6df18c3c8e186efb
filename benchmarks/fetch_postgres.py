"""PostgreSQL to Arrow: a million rows with decimals against COPY BINARY, and what one row costs."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pyarrow as pa

from fedquery.demo.postgres_server import start
from fedquery.spi import LogicalType, PhysicalColumn, Secrets, SourceConfig, SqlRequest
from fedquery_postgres import CONNECTOR

_ROWS, _TIMES = 1_000_000, 5
_TABLE = """CREATE TABLE bulk AS SELECT i::bigint AS id, (i % 5000)::integer AS part, (i * 1.37)::numeric(15,2) AS price,
    (i % 50)::numeric(15,2) AS quantity, (0.01 * (i % 10))::numeric(15,2) AS discount, 'note ' || i AS note,
    DATE '2020-01-01' + i % 2000 AS day FROM generate_series(1, %s) AS i"""
_COLUMNS = {
    "id": ("bigint", "bigint"),
    "part": ("integer", "integer"),
    "price": ("decimal(15,2)", "numeric(15,2)"),
    "quantity": ("decimal(15,2)", "numeric(15,2)"),
    "discount": ("decimal(15,2)", "numeric(15,2)"),
    "note": ("varchar", "text"),
    "day": ("date", "date"),
}  # fmt: skip


def main() -> None:
    """Print medians; each pair is measured in turns."""
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder) / "data")
        uri = server.create("bench")
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(_TABLE.replace("%s", str(_ROWS)))  # type: ignore[arg-type, unused-ignore]
            connection.execute("ALTER TABLE bulk ADD PRIMARY KEY (id)")
            connection.execute("VACUUM ANALYZE bulk")
            source = CONNECTOR.open(SourceConfig("bench", CONNECTOR.options(uri=uri), Secrets(Path(folder))))
            copy, read = [], []
            for _ in range(_TIMES):
                copy.append(_seconds(lambda: _copy(connection)))
                read.append(_seconds(lambda: _read(source.read(_request("")))))
            one = [_seconds(lambda: _read(source.read(_request('WHERE "id" = 77')))) for _ in range(300)]
            own = [_seconds(lambda: connection.execute("SELECT * FROM bulk WHERE id = 77").fetchall()) for _ in range(300)]
            source.close()
        server.stop()
    floor, ours = statistics.median(copy), statistics.median(read)
    print(f"{_ROWS} rows: COPY BINARY {floor:.2f} s, fedquery_postgres {ours:.2f} s, ratio {ours / floor:.2f}")
    print(f"one row: {statistics.median(one) * 1e3:.2f} ms, psycopg {statistics.median(own) * 1e3:.2f} ms")


def _request(condition: str) -> SqlRequest:
    columns = [PhysicalColumn(name, LogicalType.parse(type), declared) for name, (type, declared) in _COLUMNS.items()]
    listed = ", ".join(f'{CONNECTOR.dialect.read(c)} AS "{c.name}"' for c in columns)
    text = f'WITH "__s1" AS (SELECT {listed} FROM "public"."bulk") SELECT * FROM "__s1" {condition}'
    return SqlRequest("bench", "f1", text, pa.schema([pa.field(c.name, c.type.arrow) for c in columns]))


def _copy(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    with connection.cursor().copy("COPY bulk TO STDOUT (FORMAT binary)") as copy:
        for _ in copy:
            pass


def _read(stream: object) -> int:
    return sum(batch.num_rows for batch in stream)  # type: ignore[attr-defined]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
