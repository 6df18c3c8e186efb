"""Keys in PostgreSQL's temporary tables: the same answers, nothing left however a statement ends, nothing else written."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from fedquery.demo.postgres_server import PostgresServer, start
from fedquery.errors import FedqueryError
from fedquery.gateway import Gateway
from fedquery.plan.fill import STORED_FROM
from fedquery.run.adaptive import Shipped
from fedquery.spi import (
    Cancelled,
    Limits,
    LogicalType,
    Parameter,
    PhysicalColumn,
    Secrets,
    Source,
    SourceConfig,
    SourceRejected,
    SourceTimeout,
    SqlRequest,
    UnsupportedByConnector,
    Visit,
)
from fedquery_postgres import CONNECTOR
from tests.estate import ACCOUNT, GRANT, Entry, Place, open_gateway

_GIVER, _TAKER = "fedquery_giver", "fedquery_taker"
_ROWS = STORED_FROM + 2_000
_VARCHAR = LogicalType("varchar")
_NUMBER = pa.schema([pa.field("n", pa.int64())])
#: A text for each number: with every sign that quoting or JSON could change, beyond the first plane, and blanks at the end.
_CODE = r"""i || (array['''', '"', '\', E'\n', E'\x01', '𠮷', 'é', ' ', '{,}', '%_', ''])[i % 11 + 1]"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    running = start(tmp_path_factory.mktemp("postgres") / "data")
    columns = f"""{_CODE} AS code, (i * 0.01)::numeric(12,2) AS amount, (i || 'x')::character(8) AS padded,
        DATE '1900-01-01' + i AS day"""
    for database in (_GIVER, _TAKER):
        with psycopg.connect(running.create(database), autocommit=True) as connection:
            connection.execute(f"CREATE TABLE t AS SELECT i::bigint AS id, {columns} FROM generate_series(1, {_ROWS}) AS i")
    _run(running, "INSERT INTO t SELECT id + 1000000, code, amount, padded, day FROM t WHERE id % 3 = 0")
    _run(running, "INSERT INTO t VALUES (0, NULL, NULL, NULL, NULL), (-1, '''', -0.01, '', 'infinity')")
    _run(running, "INSERT INTO t SELECT i + 2000000, 'other' || i FROM generate_series(1, 120000) AS i; ANALYZE t")
    _run(running, "CREATE INDEX ON t (code); CREATE TABLE written (n bigint)")
    _run(running, "CREATE FUNCTION writes() RETURNS bigint LANGUAGE sql AS 'INSERT INTO public.written VALUES (1) RETURNING n'")
    yield running
    for database in (_GIVER, _TAKER):
        running.drop(database)
    running.stop()


@pytest.fixture
def source(server: PostgresServer, tmp_path: Path) -> Iterator[Source]:
    opened = _open(server.of(_TAKER), tmp_path)
    yield opened
    opened.close()


def _open(uri: str, folder: Path, scratch: bool = True) -> Source:
    options = CONNECTOR.options(uri=uri)
    return CONNECTOR.open(SourceConfig("test.db", options, Secrets(folder), concurrency=1, scratch=scratch))


def _run(server: PostgresServer, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.of(_TAKER), autocommit=True) as connection:
        answer = connection.execute(sql.SQL(text))  # type: ignore[arg-type, unused-ignore]
        return answer.fetchall() if answer.description else []


def _until(condition: Callable[[], bool]) -> None:
    """Wait for what a server does on its own after its client has gone."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never happened"
        threading.Event().wait(0.01)


def _nothing_left(server: PostgresServer) -> bool:
    left = "relpersistence = 't' OR relname LIKE 'fedquery_%'"
    return _run(server, f"SELECT count(*) FROM pg_catalog.pg_class WHERE {left}")[0][0] == 0


def _asked(
    text: str, keys: tuple[object, ...] = ("a",), seconds: float | None = None, visit: Visit | None = None
) -> SqlRequest:
    listed = Parameter("keys_1", keys, LogicalType("list", item=_VARCHAR))
    return SqlRequest("q", "f1", text, _NUMBER, stored=(listed,), limits=Limits(seconds=seconds), visit=visit)


def _number(source: Source, request: SqlRequest) -> object:
    with source.read(request) as stream:
        return pa.Table.from_batches(stream, _NUMBER)["n"].to_pylist()[0]


@pytest.mark.parametrize(
    ("name", "type", "declared", "key"),
    [
        ("code", "varchar", "text", str),
        ("padded", "varchar", "character(8)", str),
        ("amount", "decimal(12,2)", "numeric(12,2)", Decimal),
        ("day", "date", "date", dt.date.fromisoformat),
    ],
)
def test_the_same_rows_with_and_without(
    server: PostgresServer, source: Source, name: str, type: str, declared: str, key: Callable[[str], object]
) -> None:
    """Every second key of the column, each twice, and one that is nobody's."""
    column = PhysicalColumn(name, LogicalType.parse(type), declared)
    found = _run(server, f"SELECT rtrim({name}::text, E'') FROM t WHERE id % 2 = 0 AND {name} IS NOT NULL AND id < 1000000")
    keys = tuple(key(str(text)) for (text,) in found) * 2
    listed = Parameter("keys_1", keys, LogicalType("list", item=column.type))
    schema = pa.schema([pa.field("n", pa.int64())])

    def ids(condition: str | None, **more: tuple[Parameter, ...]) -> list[int]:
        request = SqlRequest("q", "f1", f'SELECT "id" AS "n" FROM "public"."t" WHERE {condition}', schema, **more)
        with source.read(request) as stream:
            return sorted(pa.Table.from_batches(stream, schema)["n"].to_pylist())

    dialect = CONNECTOR.dialect
    stored = ids(dialect.stored(column, "keys_1", column.type), stored=(listed,))
    assert stored == ids(dialect.keys(column, "keys_1", column.type), parameters=(listed,))
    assert len(stored) >= _ROWS // 2


def test_the_server_knows_how_many_keys_there_are(source: Source) -> None:
    counted = """SELECT CAST(reltuples AS bigint) AS "n" FROM pg_class WHERE oid = 'pg_temp."fedquery_keys_1"'::regclass"""
    assert _number(source, _asked(counted, tuple(map(str, range(2345))))) == 2345


def test_nothing_is_left_after_the_end(server: PostgresServer, source: Source) -> None:
    assert _number(source, _asked('SELECT 1::bigint AS "n"')) == 1
    assert _nothing_left(server)


def test_nothing_is_left_after_a_failure(server: PostgresServer, source: Source) -> None:
    with pytest.raises(FedqueryError):
        _number(source, _asked('SELECT 1/0::bigint AS "n"'))
    assert _nothing_left(server)


def test_nothing_is_left_after_a_time_out(server: PostgresServer, source: Source) -> None:
    with pytest.raises(SourceTimeout):
        _number(source, _asked('SELECT 1::bigint AS "n" FROM pg_sleep(30)', seconds=1))
    _until(lambda: _nothing_left(server))


def test_nothing_is_left_of_a_stream_that_is_cancelled(server: PostgresServer, source: Source) -> None:
    stream = source.read(_asked('SELECT i AS "n" FROM generate_series(1::bigint, 100000000) AS i'))
    next(iter(stream))
    source.cancel("q")
    with pytest.raises(Cancelled):
        next(iter(stream))
    _until(lambda: _nothing_left(server))
    assert _number(source, _asked('SELECT 2::bigint AS "n"')) == 2, "its only place was given back"


def test_a_query_is_cancelled_while_its_keys_are_stored(server: PostgresServer, source: Source) -> None:
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            _number(source, _asked('SELECT 1::bigint AS "n"', tuple(map(str, range(1_000_000)))))
        except BaseException as problem:
            raised.append(problem)

    asking = threading.Thread(target=ask)
    asking.start()
    storing = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'CREATE TEMPORARY TABLE%'"
    _until(lambda: _run(server, storing)[0][0] == 1)
    source.cancel("q")
    asking.join(10)
    assert [type(problem) for problem in raised] == [Cancelled]
    _until(lambda: _nothing_left(server))


def test_the_statement_itself_may_not_write(server: PostgresServer, source: Source) -> None:
    only = """SELECT CAST(current_setting('transaction_read_only') = 'on' AS integer)::bigint AS "n" """
    assert _number(source, _asked(only)) == 1
    with pytest.raises(SourceRejected, match="asked to write"):
        _number(source, _asked('SELECT public.writes() AS "n"'))
    assert _run(server, "SELECT * FROM written") == []


def test_a_session_that_stores_keys_serves_nothing_else(server: PostgresServer, source: Source) -> None:
    """And both kinds together are no more than the owner allows: here one."""
    pid = 'SELECT CAST(pg_backend_pid() AS bigint) AS "n"'
    plain = SqlRequest("q", "f1", pid, _NUMBER)
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fedquery'"
    storing = _number(source, _asked(pid))
    assert _number(source, _asked(pid)) == storing
    assert _number(source, plain) != storing
    _until(lambda: _run(server, sessions)[0][0] == 1)
    _number(source, _asked(pid))
    _until(lambda: _run(server, sessions)[0][0] == 1)


def test_a_login_that_may_make_no_temporary_tables(server: PostgresServer, tmp_path: Path) -> None:
    _run(server, f"REVOKE TEMPORARY ON DATABASE {_TAKER} FROM PUBLIC; CREATE ROLE fedquery_no_scratch LOGIN PASSWORD 'x'")
    poor = _open(server.of(_TAKER, "fedquery_no_scratch"), tmp_path)
    try:
        lost = CONNECTOR.derive(poor.fingerprint())
        assert CONNECTOR.capabilities.scratch and not lost.scratch
        assert [each.reason for each in lost.lost] == ["the login may make no temporary tables, or the server takes no writes"]
        with pytest.raises(SourceRejected, match="temporary tables") as caught:
            _number(poor, _asked('SELECT 1::bigint AS "n"'))
        assert "TEMPORARY" in (caught.value.hint or "")
    finally:
        poor.close()
        _run(server, f"GRANT TEMPORARY ON DATABASE {_TAKER} TO PUBLIC; DROP ROLE fedquery_no_scratch")


def test_none_beside_a_snapshot_that_others_share_nor_without_the_owners_word(
    server: PostgresServer, source: Source, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedByConnector):
        source.read(_asked('SELECT 1::bigint AS "n"', visit=Visit(2)))
    plain = _open(server.of(_TAKER), tmp_path, scratch=False)
    with pytest.raises(UnsupportedByConnector):
        plain.read(_asked('SELECT 1::bigint AS "n"'))
    plain.close()


def _gateway(server: PostgresServer, folder: Path, scratch: bool) -> Gateway:
    columns = {"id": {"type": "bigint"}, "code": {"type": "varchar", "declared": "text"}}
    places = {
        id: Place("postgres", {"uri": server.of(database)}, {"t": Entry(("public", "t"), columns)}, scratch=scratch)
        for id, database in (("giver", _GIVER), ("taker", _TAKER))
    }
    return open_gateway(folder, places)


def _answered(gateway: Gateway) -> tuple[pa.Table, tuple[Shipped, ...]]:
    """The answer to one question, asked in ever new words until the sources' statistics are known and keys are shipped."""
    words = "SELECT a.id AS i, b.id AS j FROM giver.t AS a JOIN taker.t AS b ON a.code = b.code WHERE a.id > 100 AND a.id > {}"
    for number in range(1_000):
        with gateway.query(gateway.principal(ACCOUNT), words.format(-number), grant=GRANT) as result:
            table = result.read_all()
        if result.statistics.shipped:
            return table.sort_by([("i", "ascending"), ("j", "ascending")]), result.statistics.shipped
    raise AssertionError("no keys were shipped")


def test_a_query_stores_its_keys_where_the_entry_allows_it_and_answers_the_same(server: PostgresServer, tmp_path: Path) -> None:
    """Captured at the server: without ``scratch`` no temporary table is ever made. What goes on record is the same."""
    answers, made = [], []
    for scratch in (True, False):
        gateway = _gateway(server, tmp_path / str(scratch), scratch)
        before = _made(server)
        answer, (sent,) = _answered(gateway)
        gateway.close()
        answers.append(answer)
        made.append(_made(server) - before)
        assert (sent.source, sent.keys, "pg_temp" in sent.text) == ("taker.main", _ROWS - 100, scratch)
    assert answers[0].equals(answers[1]) and answers[0].num_rows > STORED_FROM
    assert made == [1, 0]
    assert _nothing_left(server)


def _made(server: PostgresServer) -> int:
    return sum("CREATE TEMPORARY TABLE" in statement for statement in server.statements(_TAKER))
