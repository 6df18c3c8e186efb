"""What the kit does not ask of the MySQL connector: odd types, invalid values, collations, long cells, sessions, departures."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fedquery.demo.mariadb_server import MariaDBServer, installed
from fedquery.masks import Form
from fedquery.spi import (
    Cancelled,
    ColumnOperand,
    Compare,
    InvalidValue,
    LogicalType,
    Parameter,
    ParameterOperand,
    PhysicalColumn,
    Secrets,
    Source,
    SourceConfig,
    SourceDrift,
    SourceError,
    SqlRequest,
    UnsupportedByConnector,
    ValueOperand,
)
from fedquery_mysql import CONNECTOR
from fedquery_mysql.session import ELEMENT_LENGTH

pytestmark = pytest.mark.skipif(
    not installed() and os.environ.get("CI") != "true", reason="MariaDB's server is not installed on this machine"
)

DIALECT = CONNECTOR.dialect
DATABASE, READER, PASSWORD = "one", "one_reader", "a password of its own"
VARCHAR = LogicalType("varchar")
TEXTS = ("abc", "ABC", "abc ", "ábc")
COLLATIONS = ("utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_bin", "latin1_swedish_ci")


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDBServer]:
    with MariaDBServer.start() as running:
        running.database(DATABASE)
        running.reader(READER, PASSWORD, DATABASE)
        yield running


@pytest.fixture
def source(server: MariaDBServer) -> Iterator[Source]:
    options = CONNECTOR.options(host=server.host, port=server.port, database=DATABASE, user=READER, password="env:P", tls="off")
    opened = CONNECTOR.open(SourceConfig("test.db", options, Secrets(Path.cwd(), {"P": PASSWORD}), concurrency=1, seconds=30))
    yield opened
    opened.close()


def _run(server: MariaDBServer, *texts: str) -> tuple[tuple[Any, ...], ...]:
    with server.connect(DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = '', time_zone = '+00:00'")
        for text in texts:
            cursor.execute(text)
        return tuple(cursor.fetchall())


def _table(server: MariaDBServer, declared: str, *values: str) -> None:
    rows = ", ".join(f"({i}, {value})" for i, value in enumerate(values))
    _run(
        server,
        "DROP TABLE IF EXISTS one",
        f"CREATE TABLE one (id INT PRIMARY KEY, x {declared})",
        f"INSERT INTO one VALUES {rows}",
    )


def _read(source: Source, text: str, schema: pa.Schema, *parameters: Parameter) -> pa.Table:
    with source.read(SqlRequest("q", "f", text, schema, parameters)) as stream:
        return pa.Table.from_batches(stream, schema)


def _leaf(source: Source, column: PhysicalColumn, body: str, schema: pa.Schema, *parameters: Parameter) -> list[Any]:
    """What ``body`` says over ``__s1``: the ids and the normalised column of table ``one``."""
    leaf = f"SELECT `id`, {DIALECT.read(column)} AS `x` FROM `one`.`one`"
    return _read(source, f"WITH `__s1` AS ({leaf}) {body}", schema, *parameters).column(0).to_pylist()


def _value(server: MariaDBServer, source: Source, declared: str, type: str, value: str, invalid: str = "error") -> object:
    """One value of a declared type, read through a leaf."""
    _table(server, declared, value)
    column = PhysicalColumn("x", LogicalType.parse(type), declared.removesuffix(" NULL"), invalid)
    return _leaf(source, column, "SELECT `x` FROM `__s1`", pa.schema([pa.field("x", column.type.arrow)]))[0]


@pytest.mark.parametrize(
    ("declared", "type", "value", "expected"),
    [
        ("bigint(20) unsigned", "ubigint", "18446744073709551615", 2**64 - 1),
        ("tinyint(3) unsigned", "utinyint", "255", 255),
        ("tinyint(1)", "tinyint", "5", 5),
        ("tinyint(1)", "boolean", "1", True),
        ("bit(8)", "ubigint", "b'10100101'", 0xA5),
        ("bit(64)", "ubigint", "~0", 2**64 - 1),
        ("bit(1)", "boolean", "b'1'", True),
        ("year(4)", "smallint", "2024", 2024),
        ("decimal(65,0)", "decimal(38,0)", "9" * 38, Decimal("9" * 38)),
        ("decimal(50,10)", "decimal(38,10)", "1234567890.0123456789", Decimal("1234567890.0123456789")),
        ("float", "real", "16777216", 16777216.0),
        ("time(6)", "time", "'23:59:59.999999'", dt.time(23, 59, 59, 999999)),
        ("enum('b','a')", "varchar", "'a'", "a"),
        ("set('x','y','z')", "varchar", "'z,x'", "x,z"),
        ("json", "varchar", """'{"a": [1, null]}'""", '{"a": [1, null]}'),
        ("uuid", "varchar", "'123e4567-e89b-12d3-a456-426655440000'", "123e4567-e89b-12d3-a456-426655440000"),
        ("char(6)", "varchar", "'ab'", "ab"),
        ("binary(3)", "blob", "'a'", b"a\0\0"),
        ("datetime(6)", "timestamp", "'2024-03-31 02:30:00.5'", dt.datetime(2024, 3, 31, 2, 30, 0, 500000)),
        ("timestamp NULL", "timestamptz", "'2024-03-31 02:30:00'", dt.datetime(2024, 3, 31, 2, 30, tzinfo=dt.UTC)),
    ],
)
def test_a_value_of_its_own_type(
    server: MariaDBServer, source: Source, declared: str, type: str, value: str, expected: object
) -> None:
    assert _value(server, source, declared, type, value) == expected


@pytest.mark.parametrize(
    ("declared", "type", "value"),
    [
        ("date", "date", "'0000-00-00'"),
        ("date", "date", "'2024-00-00'"),
        ("date", "date", "'2024-05-00'"),
        ("datetime", "timestamp", "'0000-00-00 00:00:00'"),
        ("timestamp NULL", "timestamptz", "'0000-00-00 00:00:00'"),
        ("time", "time", "'-00:00:01'"),
        ("time", "time", "'24:00:00'"),
        ("time", "time", "'838:59:59'"),
        ("tinyint(1)", "boolean", "5"),
        ("bigint(20) unsigned", "bigint", "9223372036854775808"),
        ("int(11)", "uinteger", "-1"),
        ("decimal(65,0)", "decimal(38,0)", "1" + "0" * 38),
        ("decimal(40,20)", "decimal(38,2)", "0.001"),
        ("decimal(10,2)", "integer", "1.5"),
    ],
)
def test_a_value_that_its_type_cannot_hold(server: MariaDBServer, source: Source, declared: str, type: str, value: str) -> None:
    with pytest.raises(InvalidValue, match=r"a value in the column x\b") as caught:
        _value(server, source, declared, type, value)
    assert value.strip("'") not in str(caught.value)
    assert _value(server, source, declared, type, value, "null") is None


@pytest.mark.parametrize(
    ("declared", "type", "value", "mask"),
    [
        ("date", "date", "'2024-00-00'", "truncate(year)"),
        ("datetime", "timestamp", "'0000-00-00 00:00:00'", "truncate(month)"),
        ("bigint(20) unsigned", "bigint", "9223372036854775808", "band(10)"),
        ("decimal(65,2)", "decimal(10,2)", "123456789.00", "band(5)"),
    ],
)
def test_an_invalid_value_stays_one_under_a_mask(
    server: MariaDBServer, source: Source, declared: str, type: str, value: str, mask: str
) -> None:
    _table(server, declared, value)
    column, form = PhysicalColumn("x", LogicalType.parse(type), declared), Form.parse(mask)
    assert form.mask is not None
    masked = DIALECT.mask(form.mask, DIALECT.read(column), column.type)
    with pytest.raises(InvalidValue):
        _read(source, f"SELECT {masked} AS `x` FROM `one`.`one`", pa.schema([("x", column.type.arrow)]))


def test_an_invalid_value_in_a_hidden_row_is_not_told(server: MariaDBServer, source: Source) -> None:
    """The row filter comes first, also when a condition of the body is merged beside it and both have an index."""
    _table(server, "date", "'0000-00-00'", "'2024-05-01'", "'2024-05-02'")
    _run(server, "CREATE INDEX both_of_them ON one (x, id)")
    reading = DIALECT.read(PhysicalColumn("x", LogicalType("date"), "date"))
    leaf = f"SELECT `id`, {reading} AS `x` FROM `one`.`one` WHERE (`id` > 0) IS TRUE"
    text = f"WITH `__s1` AS ({leaf}) SELECT `id` FROM `__s1` WHERE `x` > CAST('2024-05-01' AS DATE) ORDER BY `x`"
    assert _read(source, text, pa.schema([("id", pa.int32())])).column(0).to_pylist() == [2]


@pytest.mark.parametrize("collation", COLLATIONS)
def test_texts_compare_by_their_bytes(server: MariaDBServer, source: Source, collation: str) -> None:
    """C7 to C12: equality, inequality, order, patterns, groups and padding, whatever the column's collation is."""
    declared = f"varchar(20) collate {collation}"
    _table(server, f"varchar(20) CHARACTER SET {collation.split('_')[0]} COLLATE {collation}", *(f"'{t}'" for t in TEXTS))
    column, ids, count = PhysicalColumn("x", VARCHAR, declared), pa.schema([("id", pa.int32())]), pa.schema([("n", pa.int64())])
    for condition, keep in (
        ("= 'abc'", lambda t: t == "abc"),
        ("<> 'abc'", lambda t: t != "abc"),
        ("> 'ABC'", lambda t: t > "ABC"),
        ("IN ('abc ', 'x')", lambda t: t == "abc "),
        ("LIKE 'ab%'", lambda t: t.startswith("ab")),
    ):
        found = _leaf(source, column, f"SELECT `id` FROM `__s1` WHERE `x` {condition} ORDER BY `id`", ids)
        assert found == [i for i, t in enumerate(TEXTS) if keep(t)], condition
    assert _leaf(source, column, "SELECT `id` FROM `__s1` ORDER BY `x`", ids) == sorted(range(4), key=lambda i: TEXTS[i])
    assert _leaf(source, column, "SELECT COUNT(DISTINCT `x`) AS `n` FROM `__s1`", count) == [4]
    assert _leaf(source, column, "SELECT COUNT(*) AS `n` FROM `__s1` GROUP BY `x`", count) == [1, 1, 1, 1]
    joined = "SELECT COUNT(*) AS `n` FROM `__s1` AS `a` JOIN `__s1` AS `b` ON `a`.`x` = `b`.`x`"
    assert _leaf(source, column, joined, count) == [4]
    slot = DIALECT.slot(column, Compare("=", ColumnOperand("x"), ParameterOperand("p", VARCHAR)))
    found = (
        _read(source, f"SELECT `id` FROM `one`.`one` WHERE {slot}", ids, Parameter("p", "abc", VARCHAR)).column(0).to_pylist()
    )
    assert 0 in found


@pytest.mark.parametrize("text", ["a\\b", "a\\", "\\'", "a\\%", "%", "\\\\n", "'; -- "])
def test_backslashes_in_literals_and_parameters(server: MariaDBServer, source: Source, text: str) -> None:
    """C20: a backslash is a backslash, however it travels."""
    _table(server, "varchar(20)", DIALECT.string(text), "'ab'", "'a'")
    column, ids = PhysicalColumn("x", VARCHAR, "varchar(20)"), pa.schema([("id", pa.int32())])
    bound, listed = Parameter("p", text, VARCHAR), Parameter("l", (text, "none"), LogicalType.parse("varchar[]"))
    for condition, parameters in (
        (f"`x` = {DIALECT.string(text)}", ()),
        (f"`x` = {DIALECT.parameter('p', VARCHAR)}", (bound,)),
        (DIALECT.member("`x`", "l", VARCHAR), (listed,)),
        (DIALECT.starts_with("`x`", DIALECT.string(text)), ()),
    ):
        assert _leaf(source, column, f"SELECT `id` FROM `__s1` WHERE {condition}", ids, *parameters) == [0], condition


def test_a_bound_list_takes_no_text_that_the_server_would_cut(server: MariaDBServer, source: Source) -> None:
    longest = "é" * ELEMENT_LENGTH
    _table(server, "varchar(2000)", f"'{longest}'")
    column, ids = PhysicalColumn("x", VARCHAR, "varchar(2000)"), pa.schema([("id", pa.int32())])
    body, type = f"SELECT `id` FROM `__s1` WHERE {DIALECT.member('`x`', 'l', VARCHAR)}", LogicalType.parse("varchar[]")
    assert _leaf(source, column, body, ids, Parameter("l", (longest,), type)) == [0]
    with pytest.raises(UnsupportedByConnector):
        _leaf(source, column, body, ids, Parameter("l", (longest + "é",), type))


def test_a_bound_moment_keeps_its_instant(source: Source) -> None:
    moment, type = dt.datetime(2024, 3, 31, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=8))), LogicalType("timestamptz")
    schema = pa.schema([("same", pa.bool_())])
    text = f"SELECT {DIALECT.parameter('p', type)} = {DIALECT.literal(moment, type)} AS `same`"
    assert _read(source, text, schema, Parameter("p", moment, type)).column(0).to_pylist() == [True]
    assert "00:30:00" in DIALECT.literal(moment, type)


@pytest.mark.parametrize("declared", ["text", "longtext", "varchar(16000)"])
def test_long_texts_are_ordered_and_grouped_to_their_end(server: MariaDBServer, source: Source, declared: str) -> None:
    _table(server, declared, *(f"CONCAT(REPEAT('a', 15000), '{end}')" for end in "yxy"))
    column = PhysicalColumn("x", VARCHAR, declared)
    assert _leaf(source, column, "SELECT `id` FROM `__s1` ORDER BY `x`, `id`", pa.schema([("id", pa.int32())])) == [1, 0, 2]
    grouped = "SELECT COUNT(*) AS `n` FROM `__s1` GROUP BY `x` ORDER BY `n`"
    assert _leaf(source, column, grouped, pa.schema([("n", pa.int64())])) == [1, 2]


@pytest.mark.parametrize("length", [0, 250, 251, 252, 65535, 65536, 2**24 - 8, 2**24 - 5, 2**24 - 1, 2**24 + 3, 2**25 + 17])
def test_cells_of_every_length(source: Source, length: int) -> None:
    """Lengths are written in one, three, four and nine bytes; rows from 16 MiB on come in several packets."""
    schema = pa.schema([("a", pa.string()), ("x", pa.string()), ("z", pa.string())])
    text = f"SELECT 'left' AS `a`, REPEAT('x', {length}) AS `x`, NULL AS `z` UNION ALL SELECT NULL, '', 'right'"
    first, second = _read(source, text, schema).to_pylist()
    assert (first["a"], len(first["x"]), first["z"]) == ("left", length, None) and set(first["x"]) <= {"x"}
    assert second == {"a": None, "x": "", "z": "right"}


def test_an_error_after_the_first_rows(server: MariaDBServer, source: Source) -> None:
    """An error packet among the rows ends the stream with an error, after whatever came before."""
    _table(server, "tinyint(1)", *["1"] * 20000, "7")
    column, schema = PhysicalColumn("x", LogicalType("boolean"), "tinyint(1)"), pa.schema([("x", pa.bool_())])
    with pytest.raises(InvalidValue):
        _leaf(source, column, "SELECT `x` FROM `__s1`", schema)


def test_another_type_than_promised_is_drift(source: Source) -> None:
    for text, type in (("'1'", pa.int64()), ("1", pa.string()), ("1.5", pa.int64()), ("1e0", pa.decimal128(10, 2))):
        with pytest.raises(SourceDrift):
            _read(source, f"SELECT {text} AS `x`", pa.schema([("x", type)]))


def test_sessions_are_read_only_and_keep_no_values(server: MariaDBServer, source: Source) -> None:
    """One connection is reused; what was bound for one statement is not there for the next."""
    who, schema = Parameter("who", "a citizen", VARCHAR), pa.schema([("x", pa.string()), ("id", pa.int64())])
    text = f"SELECT {DIALECT.parameter('who', VARCHAR)} AS `x`, CONNECTION_ID() AS `id`"
    (first,), (second,) = _read(source, text, schema, who).to_pylist(), _read(source, text, schema).to_pylist()
    assert (first["x"], second["x"]) == ("a citizen", None) and first["id"] == second["id"]
    assert "a citizen" not in "".join(s for s in server.received() if s.lstrip().startswith("/* fedquery"))
    names = {"time_zone": "+00:00", "collation_connection": "utf8mb4_nopad_bin"}
    for name, value in names.items():
        shown = _read(source, f"SELECT CAST(@@SESSION.{name} AS CHAR) AS `x`", pa.schema([("x", pa.string())]))
        assert shown.column(0).to_pylist() == [value]
    with pytest.raises(SourceError):
        _read(source, "DELETE FROM `one`.`one`", schema)


def test_a_stream_closed_by_another_thread_ends(server: MariaDBServer, source: Source) -> None:
    """Whoever waits for rows is woken, the statement is gone, and the connection's place is free again."""
    schema = pa.schema([("seq", pa.int64())])
    text = "SELECT seq FROM one.seq_1_to_100000000 WHERE seq < 200000 OR SLEEP(20) = 1"
    stream = source.read(SqlRequest("closing", "f", text, schema))
    ended: list[BaseException | None] = []

    def consume() -> None:
        try:
            for _ in stream:
                pass
            ended.append(None)
        except BaseException as problem:
            ended.append(problem)

    thread = threading.Thread(target=consume)
    thread.start()
    thread.join(1)
    assert thread.is_alive()
    begun = time.monotonic()
    stream.close()
    thread.join(10)
    assert time.monotonic() - begun < 2 and isinstance(ended[0], Cancelled)
    assert not _run(server, "SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE '/* fedquery closing %'")
    source.ping()


def test_a_stream_closed_after_its_end_says_nothing(source: Source) -> None:
    stream = source.read(SqlRequest("q", "f", "SELECT 1 AS `x`", pa.schema([("x", pa.int64())])))
    assert sum(batch.num_rows for batch in stream) == 1
    stream.close()
    assert list(stream) == []
    source.ping()


def test_slots_stay_off_what_they_would_change() -> None:
    """A text's own collation finds more equal, so no order and no inequality; and a set is compared as a number."""
    one = ValueOperand("a", VARCHAR)
    assert DIALECT.slot(PhysicalColumn("x", VARCHAR, "varchar(9)"), Compare("<", ColumnOperand("x"), one)) is None
    assert DIALECT.slot(PhysicalColumn("x", VARCHAR, "set('a')"), Compare("=", ColumnOperand("x"), one)) is None
    assert DIALECT.slot(PhysicalColumn("x", VARCHAR, "varchar(9)"), Compare("=", ColumnOperand("x"), one)) == "`x` = 'a'"
