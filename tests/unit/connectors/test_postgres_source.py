"""What the kit does not ask of the PostgreSQL connector: odd types, invalid values, sessions, departures, options."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from fedquery.demo.postgres_server import PostgresServer, start
from fedquery.spi import (
    Cancelled,
    InvalidValue,
    LogicalType,
    Parameter,
    PhysicalColumn,
    Secrets,
    Source,
    SourceConfig,
    SqlRequest,
)
from fedquery_postgres import CONNECTOR
from fedquery_postgres.parameters import configure, settings

_DATABASE = "fedquery_connector"
DIALECT = CONNECTOR.dialect


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    running = start(tmp_path_factory.mktemp("postgres") / "data")
    running.create(_DATABASE)
    yield running
    running.drop(_DATABASE)
    running.stop()


@pytest.fixture
def source(server: PostgresServer, tmp_path: Path) -> Iterator[Source]:
    options = CONNECTOR.options(uri=server.of(_DATABASE))
    opened = CONNECTOR.open(SourceConfig("test.db", options, Secrets(tmp_path), concurrency=1))
    yield opened
    opened.close()


def _run(server: PostgresServer, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.of(_DATABASE), autocommit=True) as connection:
        answer = connection.execute(sql.SQL(text))  # type: ignore[arg-type, unused-ignore]
        return answer.fetchall() if answer.description else []


def _value(server: PostgresServer, source: Source, declared: str, type: str, value: str, invalid: str = "error") -> object:
    """One value of a declared type, read through a leaf."""
    _run(server, f"DROP TABLE IF EXISTS one; CREATE TABLE one (x {declared}); INSERT INTO one VALUES ({value})")
    column = PhysicalColumn("x", LogicalType.parse(type), declared, invalid)
    text = f'WITH "__s1" AS (SELECT {DIALECT.read(column)} AS "x" FROM "public"."one") SELECT "x" FROM "__s1"'
    schema = pa.schema([pa.field("x", column.type.arrow)])
    with source.read(SqlRequest("q", "f", text, schema)) as stream:
        return pa.Table.from_batches(stream, schema).column(0).to_pylist()[0]


@pytest.mark.parametrize(
    ("declared", "value", "expected"),
    [
        ("inet", "'10.0.0.1'", "10.0.0.1/32"),
        ("timetz", "'12:34:56+08'", "12:34:56+08"),
        ("int4range", "'[1,5)'", "[1,5)"),
        ("character(6)", "'ab'", "ab"),
        ("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("jsonb", "'{\"a\":  1}'", '{"a": 1}'),
        ("bit(3)", "B'101'", "101"),
    ],
)
def test_odd_types_are_read_as_text(server: PostgresServer, source: Source, declared: str, value: str, expected: str) -> None:
    assert _value(server, source, declared, "varchar", value) == expected


@pytest.mark.parametrize("text", ["", "a  b", "x" * 63, "x" * 64, "值" * 21, "值" * 22, "x" * 62 + "值", "y" * 100])
def test_characters_lose_their_padding_and_nothing_else(server: PostgresServer, source: Source, text: str) -> None:
    """A column that has become wider than its entry declares keeps every character."""
    _run(server, f"DROP TABLE IF EXISTS wide; CREATE TABLE wide (x character(120)); INSERT INTO wide VALUES ('{text}')")
    for declared in ("character(120)", "character(6)"):
        column = PhysicalColumn("x", LogicalType("varchar"), declared)
        query = f'SELECT {DIALECT.read(column)} AS "x" FROM "public"."wide"'
        with source.read(SqlRequest("q", "f", query, pa.schema([pa.field("x", pa.string())]))) as stream:
            assert pa.Table.from_batches(stream).column(0).to_pylist() == [text]


@pytest.mark.parametrize("amount", ["0.00", "-0.01", "1234567.89", "92233720368547758.07", "-92233720368547758.08"])
def test_money_is_exact(server: PostgresServer, source: Source, amount: str) -> None:
    """The driver hands over whole cents without a scale."""
    assert _value(server, source, "money", "decimal(19,2)", f"'{amount}'::numeric::money") == Decimal(amount)


def test_oid_is_unsigned(server: PostgresServer, source: Source) -> None:
    assert _value(server, source, "oid", "uinteger", "4294967295") == 4294967295


@pytest.mark.parametrize(
    ("declared", "type", "value"),
    [
        ("date", "date", "'infinity'"),
        ("date", "date", "'5874897-12-31'"),
        ("timestamp", "timestamp", "'-infinity'"),
        ("timestamp", "timestamp", "'294276-12-31'"),
        ("timestamptz", "timestamptz", "'infinity'"),
        ("time", "time", "'24:00'"),
        ("numeric(10,2)", "decimal(10,2)", "'NaN'"),
        ("numeric", "decimal(10,2)", "1.005"),
        ("numeric", "decimal(10,2)", "123456789.00"),
        ("money", "decimal(19,1)", "1.25"),
        ("integer", "smallint", "40000"),
        ("integer[]", "integer[]", "'{{1,2},{3,4}}'"),
        ("date[]", "date[]", "'{infinity}'"),
        ("numeric[]", "decimal(5,2)[]", "'{NaN}'"),
        ("interval", "interval", "'3000000 hours'"),
    ],
)
def test_invalid_values(server: PostgresServer, source: Source, declared: str, type: str, value: str) -> None:
    with pytest.raises(InvalidValue, match=r"\bx\b"):
        _value(server, source, declared, type, value)
    assert _value(server, source, declared, type, value, "null") is None


def _numbers(count: int, name: str = "departure") -> SqlRequest:
    text = f'SELECT i::bigint AS "i", repeat(\'x\', 200) AS "t" FROM generate_series(1, {count}) AS i'
    return SqlRequest(name, "f1", text, pa.schema([pa.field("i", pa.int64()), pa.field("t", pa.string())]))


def _gone(server: PostgresServer, name: str) -> bool:
    until = time.monotonic() + 2
    mine = f"state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%/* fedquery {name} %'"
    while _run(server, f"SELECT count(*) FROM pg_stat_activity WHERE {mine}")[0][0]:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_cancel_of_a_stream_that_nobody_reads(server: PostgresServer, source: Source) -> None:
    stream = source.read(_numbers(20_000_000))
    next(iter(stream))
    source.cancel("departure")
    assert _gone(server, "departure")
    for _ in range(2):
        with pytest.raises(Cancelled):
            next(iter(stream))


def test_a_reader_that_forgets_its_stream(server: PostgresServer, source: Source) -> None:
    stream = source.read(_numbers(20_000_000))
    next(iter(stream))
    del stream
    gc.collect()
    assert _gone(server, "departure")
    assert sum(b.num_rows for b in source.read(_numbers(10))) == 10, "its only place was given back"


def test_a_session_is_clean_and_read_only(server: PostgresServer, source: Source) -> None:
    varchar = LogicalType("varchar")
    secret = "it's \\ 李雷"
    text = f'SELECT {DIALECT.parameter("who", varchar)} AS "who", current_setting(\'transaction_read_only\') AS "mode"'
    schema = pa.schema([pa.field("who", pa.string()), pa.field("mode", pa.string())])
    request = SqlRequest("q", "f7", text, schema, (Parameter("who", secret, varchar),))
    assert pa.Table.from_batches(source.read(request), schema).to_pylist() == [{"who": secret, "mode": "on"}]
    left = "SELECT current_setting('fedquery.who', true) AS \"who\", current_setting('search_path') AS \"mode\""
    found = pa.Table.from_batches(source.read(SqlRequest("q2", "f", left, schema)), schema).to_pylist()
    assert found == [{"who": "", "mode": "pg_catalog, pg_temp"}]
    if server.log is not None:
        assert any("/* fedquery q f7 */" in s and secret not in s for s in server.statements(_DATABASE))


def test_a_restarted_server_is_not_noticed(server: PostgresServer, source: Source) -> None:
    source.ping()
    _run(server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fedquery'")
    source.ping()


@pytest.mark.parametrize("values", [(), ("",), ("a'b", '"', "\\", "𠮷\n")])
def test_members(source: Source, values: tuple[str, ...]) -> None:
    varchar = LogicalType("varchar")
    for asked in ("", "a'b", '"', "\\", "𠮷\n", "other"):
        text = f'SELECT {DIALECT.member(DIALECT.string(asked), "keys", varchar)} AS "found"'
        schema = pa.schema([pa.field("found", pa.bool_())])
        request = SqlRequest("q", "f", text, schema, (Parameter("keys", values, LogicalType("list", item=varchar)),))
        assert pa.Table.from_batches(source.read(request), schema).column(0).to_pylist() == [asked in values]


@pytest.mark.parametrize("extra", ["service=x", "passfile=/x", "options=-csearch_path%3Dx", "sslkey=/x", "sslrootcert=/etc/x"])
def test_parameters_that_read_files_or_change_meaning_are_refused(extra: str) -> None:
    with pytest.raises(ValueError, match=r"allowed|sslrootcert"):
        CONNECTOR.options(uri=f"postgresql://u@h/d?{extra}")


def test_a_password_stays_out_of_the_directory_and_of_the_error() -> None:
    with pytest.raises(ValueError, match="password") as caught:
        CONNECTOR.options(uri="postgresql://u:hunter2@h/d")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("column", "found_by"), [("plain", "Hash Cond"), ("found", "Index Cond")])
def test_shipped_texts_are_joined_and_not_compared_one_by_one(server: PostgresServer, column: str, found_by: str) -> None:
    """Beside an array of 1,000 texts a column without an index took a hundred times longer; and no row comes twice."""
    texts = """SELECT i % 100000 || '''' AS plain, i % 100000 || '''' AS found FROM generate_series(1, 200000) AS i"""
    _run(server, f"DROP TABLE IF EXISTS coded; CREATE TABLE coded AS {texts}")
    _run(server, "CREATE INDEX ON coded (found); ANALYZE coded")
    keys = Parameter("keys", ("7'", "7'", "8'", "none"), LogicalType("list", item=LogicalType("varchar")))
    condition = DIALECT.keys(PhysicalColumn(column, LogicalType("varchar"), "text"), "keys", LogicalType("varchar"))
    assert condition is not None
    statement = f"SELECT plain FROM coded WHERE {condition}"
    with psycopg.connect(server.of(_DATABASE)) as connection:
        connection.execute(sql.SQL(configure(settings([keys]))))  # type: ignore[arg-type, unused-ignore]
        plan = connection.execute(sql.SQL("EXPLAIN " + statement)).fetchall()  # type: ignore[arg-type, unused-ignore]
        rows = connection.execute(sql.SQL(statement)).fetchall()  # type: ignore[arg-type, unused-ignore]
    assert any(found_by in line for (line,) in plan) and not any("SubPlan" in line for (line,) in plan), plan
    assert sorted(rows) == [("7'",)] * 2 + [("8'",)] * 2
