"""PostgreSQL read in parts and on one snapshot: every row once, one state of the data, every session ended."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from fedquery.demo.postgres_server import PostgresServer, start
from fedquery.plan.model import Fragment, Plan
from fedquery.run import Budget, Engine, SourceSlots, execute
from fedquery.spi import (
    Cancelled,
    InvalidValue,
    Limits,
    LogicalType,
    PhysicalColumn,
    Secrets,
    Source,
    SourceConfig,
    SqlRequest,
    TableRead,
    TooManyRows,
    Visit,
)
from fedquery_postgres import CONNECTOR
from fedquery_postgres.parameters import LOW
from fedquery_postgres.parts import FIRST, STEP, TURNS, pages, ranges

_DATABASE, _ROWS = "fedquery_parts", 300_000
_COLUMNS = (
    PhysicalColumn("id", LogicalType("bigint"), "bigint"),
    PhysicalColumn("price", LogicalType("decimal", 15, 2), "numeric(15,2)"),
    PhysicalColumn("day", LogicalType("date"), "date"),
    PhysicalColumn("fill", LogicalType("varchar"), "text"),
)
_SCHEMA = pa.schema([pa.field(c.name, c.type.arrow) for c in _COLUMNS])
_WIDE = """SELECT i::bigint AS id, (i * 1.37)::numeric(15,2) AS price, DATE '2020-01-01' + i % 2000 AS day,
    repeat('x', 200) AS fill"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    running = start(tmp_path_factory.mktemp("postgres") / "data")
    running.create(_DATABASE)
    with psycopg.connect(running.of(_DATABASE), autocommit=True) as connection:
        connection.execute(f"CREATE TABLE large AS {_WIDE} FROM generate_series(1, {_ROWS}) AS i")
        connection.execute("CREATE INDEX ON large (id)")
        connection.execute("CREATE TABLE small (id bigint, price numeric(15,2), day date, fill text)")
        connection.execute("CREATE VIEW seen AS SELECT * FROM large")
        connection.execute(f"CREATE TABLE twice AS {_WIDE.replace('i::', '(i / 2)::')} FROM generate_series(1, {_ROWS}) AS i")
        connection.execute("ALTER TABLE twice ALTER id SET NOT NULL; CREATE INDEX ON twice (id)")
        connection.execute("CREATE TABLE unindexed AS SELECT * FROM twice; ALTER TABLE unindexed ALTER id SET NOT NULL")
        connection.execute("CREATE TABLE years (LIKE large) PARTITION BY HASH (id)")
        for number in range(2):
            connection.execute(f"CREATE TABLE y{number} PARTITION OF years FOR VALUES WITH (MODULUS 2, REMAINDER {number})")
        connection.execute("INSERT INTO years SELECT * FROM large")
        for name, column, value in (("nan", "price", "NaN"), ("endless", "day", "infinity")):
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM large")
            connection.execute(f"UPDATE {name} SET {column} = '{value}' WHERE id = 299999")
        connection.execute("VACUUM ANALYZE")
    yield running
    running.drop(_DATABASE)
    running.stop()


@pytest.fixture
def source(server: PostgresServer, tmp_path: Path) -> Iterator[Source]:
    config = SourceConfig("test.db", CONNECTOR.options(uri=server.of(_DATABASE)), Secrets(tmp_path), concurrency=4)
    opened = CONNECTOR.open(config)
    yield opened
    opened.close()


class Places:
    """Places at a source as a query is lent them."""

    def __init__(self, free: int) -> None:
        self.lent, self.back = 0, 0
        self._free = free

    def visit(self, statements: int = 1) -> Visit:
        return Visit(statements, self._spare, self._give_back)

    def _spare(self, wanted: int) -> int:
        self.lent = min(wanted, self._free)
        return self.lent

    def _give_back(self, count: int) -> None:
        self.back += count


def _wait_for(condition: Callable[[], bool]) -> None:
    """Places come back from the threads that held them, after their statement has failed."""
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, "it never happened"
        threading.Event().wait(0.01)


def _request(table: str, visit: Visit | None = None, where: str = "", rows: int | None = None, query: str = "q") -> SqlRequest:
    listed = ", ".join(f'{CONNECTOR.dialect.read(c)} AS "{c.name}"' for c in _COLUMNS)

    def text(condition: str) -> str:
        return f'WITH "__s1" AS (SELECT {listed} FROM "public"."{table}"{condition}) SELECT * FROM "__s1"{where}'

    split = text(f" WHERE {CONNECTOR.dialect.split()}")
    reads = (TableRead(("public", table), _COLUMNS),)
    return SqlRequest(query, "f1", text(""), _SCHEMA, reads=reads, limits=Limits(rows=rows), split=split, visit=visit)


def _run(server: PostgresServer, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.of(_DATABASE), autocommit=True) as connection:
        answer = connection.execute(sql.SQL(text))  # type: ignore[arg-type, unused-ignore]
        return answer.fetchall() if answer.description else []


def _sessions(server: PostgresServer, name: str, fragment: str = "f1") -> set[int]:
    """Server processes that received a statement of this query, by the log."""
    assert server.log is not None
    text = server.log.read_text(encoding="utf-8", errors="replace")
    return {int(line.split("|")[2]) for line in text.splitlines() if f"/* fedquery {name} {fragment} */" in line}


def _settled(server: PostgresServer) -> bool:
    """Whether no session of ours has a transaction any more."""
    until = time.monotonic() + 2
    open_ones = "application_name = 'fedquery' AND state <> 'idle' AND pid <> pg_backend_pid()"
    while _run(server, f"SELECT count(*) FROM pg_stat_activity WHERE {open_ones}")[0][0]:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("table", ["large", "years"])
def test_every_row_once_by_several_sessions(server: PostgresServer, source: Source, table: str) -> None:
    places = Places(2)
    whole = pa.Table.from_batches(source.read(_request(table)), _SCHEMA)
    request = _request(table, places.visit(), query=f"parts-{table}")
    parts = pa.Table.from_batches(source.read(request), _SCHEMA)
    assert parts.sort_by("id").equals(whole.sort_by("id"))
    assert parts.num_rows == _ROWS
    assert len(_sessions(server, f"parts-{table}")) == 3
    sent = [text for text in server.statements(_DATABASE) if f"/* fedquery parts-{table} f1 */" in text]
    assert request.split is not None
    assert all(request.split in text for text in sent), "one text, word for word, for every part"
    assert places.lent == places.back == 2
    assert _settled(server)


@pytest.mark.parametrize(("table", "where"), [("small", ""), ("seen", ""), ("large", ' WHERE "id" = 77')])
def test_what_is_better_asked_whole(server: PostgresServer, source: Source, table: str, where: str) -> None:
    """A small table, a view, and a row that an index finds take one session."""
    places = Places(3)
    pa.Table.from_batches(source.read(_request(table, places.visit(), where, query=f"whole-{table}")), _SCHEMA)
    assert len(_sessions(server, f"whole-{table}")) == 1
    assert places.back == places.lent == 3


def _grouping(table: str, visit: Visit | None = None, query: str = "q") -> SqlRequest:
    """Rows and prices of each id that has more than one row."""
    columns, schema = _COLUMNS[:2], pa.schema([("id", pa.int64()), ("total", pa.decimal128(38, 2)), ("n", pa.int64())])
    listed = ", ".join(f'{CONNECTOR.dialect.read(c)} AS "{c.name}"' for c in columns)

    def text(condition: str) -> str:
        leaf = f'SELECT {listed} FROM "public"."{table}"{condition}'
        asked = 'SELECT "id", CAST(sum("price") AS numeric(38,2)) AS "total", count(*) AS "n"'
        return f'WITH "__s1" AS ({leaf}) {asked} FROM "__s1" GROUP BY "id" HAVING count(*) > 1'

    split, reads = text(f" WHERE {CONNECTOR.dialect.split_by(_COLUMNS[0])}"), (TableRead(("public", table), columns),)
    return SqlRequest(query, "f1", text(""), schema, reads=reads, split=split, split_by="id", visit=visit)


def test_every_group_once_by_several_sessions(server: PostgresServer, source: Source) -> None:
    """Values beyond all that ANALYZE saw, which came later, are groups too."""
    ends = f"{-(2**63)}, {2**63 - 1}"
    _run(server, f"INSERT INTO twice SELECT unnest(ARRAY[{ends}, {ends}]), 1, '2020-01-01', repeat('x', 200)")
    places = Places(2)
    whole = pa.Table.from_batches(source.read(_grouping("twice")))
    parts = pa.Table.from_batches(source.read(_grouping("twice", places.visit(), "groups")))
    assert parts.sort_by("id").equals(whole.sort_by("id"))
    assert parts.num_rows == _ROWS // 2 + 1
    assert len(_sessions(server, "groups")) == 3
    assert places.lent == places.back == 2
    assert _settled(server)


@pytest.mark.parametrize("table", ["large", "seen", "years", "unindexed"])
def test_groups_that_are_better_asked_for_whole(server: PostgresServer, source: Source, table: str) -> None:
    """The column may be NULL, or is a view's, or has its rows in several tables, or no index finds its ranges."""
    places = Places(2)
    request = _grouping(table, places.visit(), f"grouped-{table}")
    pa.Table.from_batches(source.read(request), request.schema)
    assert len(_sessions(server, f"grouped-{table}")) == 1
    assert places.back == places.lent == 2


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("bounds", [list(range(101)), [5] * 50 + [7] * 51, [-(2**63), 0, 2**63 - 1], list(range(0, 303, 3))])
def test_ranges_hold_every_number_once(bounds: list[int], count: int) -> None:
    found = [(int(low), int(high)) for low, high in ranges(bounds, count)]
    assert found[0][0] == -(2**63)
    assert found[-1][1] == 2**63 - 1
    assert all(one[0] <= one[1] and one[1] + 1 == other[0] for one, other in itertools.pairwise(found))
    assert len(found) <= count


def _lows(count: int, rows: float) -> list[int]:
    return [int(part[LOW].strip("()").split(",")[0]) for part in pages(count, rows, 3)]


def test_parts_are_larger_where_few_rows_come_of_them() -> None:
    whole, few, none = _lows(120_000, 6e6), _lows(120_000, 600_000), _lows(120_000, 0)
    assert len(whole) == 1 + math.ceil((120_000 - FIRST) / STEP)
    assert len(whole) > len(few) > len(none) >= TURNS * 3
    for lows in (whole, few, none, _lows(5000, 10)):
        assert lows[:2] == [0, FIRST]
        assert lows == sorted(set(lows))


def test_rows_that_come_while_it_is_read_are_not_seen(server: PostgresServer, source: Source) -> None:
    _run(server, "DROP TABLE IF EXISTS moving; CREATE TABLE moving AS SELECT * FROM large; ANALYZE moving")
    with source.read(_request("moving", Places(3).visit())) as stream:
        batches = [next(iter(stream))]
        _run(server, "UPDATE moving SET price = -1")
        _run(server, f"INSERT INTO moving {_WIDE} FROM generate_series(1, 50000) AS i")
        batches += list(stream)
    found = pa.Table.from_batches(batches)
    assert found.num_rows == _ROWS
    assert not [1 for price in found.column("price").to_pylist() if price < 0]


def test_all_statements_of_a_query_see_one_state(server: PostgresServer, source: Source) -> None:
    _run(server, "TRUNCATE small; INSERT INTO small VALUES (1, 1, '2020-01-01')")
    visit = Places(0).visit(3)
    first = pa.Table.from_batches(source.read(_request("small", visit)))
    _run(server, "UPDATE small SET price = 2")
    with source.read(_request("small", visit)) as one, source.read(_request("small", visit)) as other:
        later = [pa.Table.from_batches(stream, _SCHEMA) for stream in (one, other)]
    visit.end()
    assert [t.equals(first) for t in later] == [True, True]
    assert _settled(server)
    assert pa.Table.from_batches(source.read(_request("small", Places(0).visit(1)))).column("price").to_pylist() == [2]


def test_a_query_that_asks_less_than_it_planned_leaves_nothing_open(server: PostgresServer, source: Source) -> None:
    visit = Places(0).visit(3)
    pa.Table.from_batches(source.read(_request("small", visit)), _SCHEMA)
    visit.end()
    assert _settled(server)


@pytest.mark.parametrize("leave", ["cancel", "close", "forget"])
def test_leaving_ends_every_session_within_two_seconds(server: PostgresServer, source: Source, leave: str) -> None:
    places = Places(3)
    stream = source.read(_request("large", places.visit(), query="departure"))
    batches = iter(stream)
    next(batches)
    assert places.back == 0, "all sessions are at work"
    begun = time.monotonic()
    if leave == "cancel":
        source.cancel("departure")
        with pytest.raises(Cancelled):
            for _ in batches:
                pass
    elif leave == "close":
        stream.close()
    else:
        del stream, batches
    assert time.monotonic() - begun < 2
    assert _settled(server)
    assert places.back == 3


@pytest.mark.parametrize(("table", "column"), [("nan", "price"), ("endless", "day")])
def test_a_part_that_fails_fails_the_statement(server: PostgresServer, source: Source, table: str, column: str) -> None:
    places = Places(3)
    with pytest.raises(InvalidValue, match=column) as caught:
        pa.Table.from_batches(source.read(_request(table, places.visit())))
    assert caught.value.source == "test.db"
    assert _settled(server)
    _wait_for(lambda: places.back == 3)


def test_limits_count_over_all_parts(source: Source) -> None:
    with pytest.raises(TooManyRows):
        pa.Table.from_batches(source.read(_request("large", Places(3).visit(), rows=_ROWS - 1)))
    assert pa.Table.from_batches(source.read(_request("large", Places(3).visit(), rows=_ROWS))).num_rows == _ROWS


def test_a_reader_that_does_not_read_holds_the_source(source: Source) -> None:
    """Two batches for each session wait, and no more are read: far less than the 66 MB that the table has."""
    before = pa.total_allocated_bytes()
    with source.read(_request("large", Places(3).visit())) as stream:
        next(iter(stream))
        threading.Event().wait(1.0)
        assert pa.total_allocated_bytes() - before < 40 * 2**20


def test_a_run_lends_its_spare_places_and_a_cancel_reaches_every_session(
    server: PostgresServer, source: Source, tmp_path: Path
) -> None:
    asked = _request("large")
    fragment = Fragment(
        "__f1", "test.db", "test", (), asked.text, _SCHEMA, (), asked.reads, "large", split=asked.split
    )  # fmt: skip
    plan = Plan("", "grant", "audit", "v", "digest", (fragment,), 'SELECT * FROM "__f1"')
    engine, slots = Engine(folder=tmp_path), SourceSlots({"test.db": 4})
    result = execute(plan, {"test.db": source}, Budget(), "spread", engine=engine, slots=slots)
    next(result)
    assert slots.held("test.db") == 3, "one that it needs, two to spare, one left for others"
    assert result.snapshots == {"test.db": "one"}
    begun = time.monotonic()
    result.close()
    assert time.monotonic() - begun < 2
    assert _settled(server)
    assert slots.held("test.db") == 0
    assert len(_sessions(server, "spread", "__f1")) == 3
    engine.close()
