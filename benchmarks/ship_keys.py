"""Keys shipped to PostgreSQL: written, bound as an array, joined as a bound list, joined as a temporary table; in turns."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pyarrow as pa

from fedquery.demo.postgres_server import start
from fedquery.predicates import ColumnOperand, In, ParameterOperand
from fedquery.spi import LogicalType, Parameter, PhysicalColumn, Secrets, Source, SourceConfig, SqlRequest
from fedquery_postgres import CONNECTOR

_ROWS, _TIMES = 300_000, 5
_COUNTS = (1_000, 3_000, 10_000, 30_000, 100_000)
#: An array beside a column without an index is compared member by member: beyond this it takes minutes.
_ARRAY_MOST = 1_000
_TABLES = f"""CREATE TABLE big AS
    SELECT i AS id, i AS id_plain, 'C' || lpad(i::text, 12, '0') AS code, 'C' || lpad(i::text, 12, '0') AS code_plain,
    (i * 7919 % 100000)::numeric(12,2) AS amount, repeat('x', (i % 40)::int) AS note
    FROM generate_series(1::bigint, {_ROWS}) AS i ORDER BY i * 7919 % 1000003;
    CREATE TABLE item AS SELECT i % {_ROWS} + 1 AS big_id, i * 3 AS value FROM generate_series(0::bigint, {2 * _ROWS - 1}) AS i;
    CREATE INDEX ON big (id); CREATE INDEX ON big (code); CREATE INDEX ON item (big_id); ANALYZE"""
_ALONE = """WITH "__s1" AS (SELECT "id" AS "id", CAST("amount" AS text) AS "amount", "note" AS "note" FROM "public"."big"
    WHERE {}) SELECT "id" FROM "__s1" WHERE "note" IS NOT NULL"""
_BELOW_A_JOIN = """WITH "__s1" AS (SELECT "id" AS "id", "note" AS "note" FROM "public"."big" WHERE {}),
    "__s2" AS (SELECT "big_id" AS "big_id", "value" AS "value" FROM "public"."item")
    SELECT CAST("__s1"."id" AS bigint) AS "id" FROM "__s1" JOIN "__s2" ON "id" = "big_id" GROUP BY "__s1"."id" """
_SCHEMA = pa.schema([pa.field("id", pa.int64())])
_CASES = (("id", _ALONE), ("id_plain", _ALONE), ("id", _BELOW_A_JOIN), ("code", _ALONE), ("code_plain", _ALONE),
          ("code", _BELOW_A_JOIN))  # fmt: skip


def main() -> None:
    """Print medians in milliseconds, and their ratios to what is done without a temporary table."""
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder) / "data")
        uri = server.create("bench")
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(_TABLES)  # type: ignore[arg-type, unused-ignore]
            connection.execute("ALTER DATABASE bench SET log_statement = 'none'")
        config = SourceConfig("bench", CONNECTOR.options(uri=uri), Secrets(Path(folder)), seconds=600, scratch=True)
        source = CONNECTOR.open(config)
        for count in _COUNTS:
            for column, text in _CASES:
                _compare(source, count, column, text)
        source.close()
        server.stop()


def _compare(source: Source, count: int, column: str, text: str) -> None:
    ways = {name: _read(source, request, count) for name, request in _requests(count, column, text).items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_TIMES):
        for name, run in ways.items():
            times[name].append(_seconds(run))
    medians = {name: statistics.median(found) for name, found in times.items()}
    base = medians.get("written", medians["joined"])
    where = "below a join" if text is _BELOW_A_JOIN else "alone"
    told = ", ".join(f"{name} {1e3 * seconds:.0f} ms ({seconds / base:.2f})" for name, seconds in medians.items())
    print(f"{count} keys of {column} {where}: {told}", flush=True)


def _requests(count: int, name: str, text: str) -> dict[str, SqlRequest]:
    """The ways in which the keys, every so manieth of the table's, can be asked for."""
    numbers = [1 + i * (_ROWS // count) for i in range(count)]
    whole, dialect = name.startswith("id"), CONNECTOR.dialect
    keys: tuple[object, ...] = tuple(numbers) if whole else tuple(f"C{number:012d}" for number in numbers)
    type = LogicalType("bigint" if whole else "varchar")
    column, listed = PhysicalColumn(name, type, "bigint" if whole else "text"), LogicalType("list", item=type)
    parameter = (Parameter("keys", keys, listed),)
    array = dialect.slot(column, In(ColumnOperand(name), ParameterOperand("keys", listed)))
    found = {
        "joined": _request(text, dialect.keys(column, "keys", type), parameters=parameter),
        "stored": _request(text, dialect.stored(column, "keys", type), stored=parameter),
    }
    if not name.endswith("_plain") or count <= _ARRAY_MOST:
        found["array"] = _request(text, array, parameters=parameter)
    if (around := dialect.numbers(column, type)) is not None:
        found["written"] = _request(text, ",".join(map(str, keys)).join(around))
    return found


def _request(
    text: str, condition: str | None, parameters: tuple[Parameter, ...] = (), stored: tuple[Parameter, ...] = ()
) -> SqlRequest:
    return SqlRequest("bench", "f1", text.format(condition), _SCHEMA, parameters, stored)


def _read(source: Source, request: SqlRequest, count: int) -> Callable[[], None]:
    def run() -> None:
        with source.read(request) as stream:
            assert sum(batch.num_rows for batch in stream) == count

    return run


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
