"""Keys shipped to MariaDB: looked up by the column's own length, and not sent where the server takes no list so long."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from fedquery.demo.mariadb_server import MariaDBServer, installed
from fedquery.gateway import Gateway
from fedquery.run import Statistics
from fedquery.spi import Fingerprint, LogicalType, Parameter, PhysicalColumn, Secrets, SourceConfig, SqlRequest
from fedquery_mysql import CONNECTOR
from fedquery_mysql.session import ELEMENT_LENGTH
from tests.estate import ACCOUNT, GRANT, Entry, Place, open_gateway

pytestmark = pytest.mark.skipif(
    not installed() and os.environ.get("CI") != "true", reason="MariaDB's server is not installed on this machine"
)

_DATABASE, _READER, _PASSWORD = "keys", "keys_reader", "a password of its own"
_ROWS, _PACKET = 30_000, 1 << 20
_VARCHAR = LogicalType("varchar")
_COLUMNS = {"id": {"type": "bigint"}, "code": {"type": "varchar"}}


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDBServer]:
    """One that takes packets of a megabyte, as MySQL's older ones do."""
    with MariaDBServer.start(None, f"--max-allowed-packet={_PACKET}") as running:
        running.database(_DATABASE)
        running.reader(_READER, _PASSWORD, _DATABASE)
        yield running


def _run(server: MariaDBServer, *texts: str) -> None:
    with server.connect(_DATABASE) as connection, connection.cursor() as cursor:
        for text in texts:
            cursor.execute(text)


@pytest.mark.parametrize("collation", ["utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_nopad_bin", "latin1_swedish_ci"])
@pytest.mark.parametrize("declared", ["varchar(5)", "char(5)", "varchar(700)", "text"])
def test_no_key_is_missed(server: MariaDBServer, tmp_path: Path, declared: str, collation: str) -> None:
    """The column's values are all found, though keys that are longer than it stand between them."""
    held = ("ab", "abcde", "é", "", "a'\\\"", "%_", "ÀÉî")
    prefix = "" if declared.endswith("(5)") else "(50)"
    _run(server, "DROP TABLE IF EXISTS t", f"CREATE TABLE t (x {declared} COLLATE {collation}, KEY (x{prefix}))")
    with server.connect(_DATABASE) as connection, connection.cursor() as cursor:
        cursor.executemany("INSERT INTO t VALUES (%s)", [(text,) for text in held])
        cursor.execute("INSERT INTO t VALUES (NULL), ('zz')")
    column, schema = PhysicalColumn("x", _VARCHAR, f"{declared} collate {collation}"), pa.schema([("x", pa.string())])
    listed = Parameter("keys_1", (*held, "abcdef", "zz    !", "x" * ELEMENT_LENGTH), LogicalType("list", item=_VARCHAR))
    options = CONNECTOR.options(host=server.host, port=server.port, user=_READER, password="env:P", tls="off")
    source = CONNECTOR.open(SourceConfig("test.db", options, Secrets(tmp_path, {"P": _PASSWORD})))
    condition = CONNECTOR.dialect.keys(column, "keys_1", _VARCHAR)
    text = f"SELECT {CONNECTOR.dialect.read(column)} AS `x` FROM `{_DATABASE}`.`t` WHERE {condition}"
    with source.read(SqlRequest("q", "f", text, schema, (listed,))) as stream:
        found = pa.Table.from_batches(stream, schema)["x"].to_pylist()
    source.close()
    assert set(held) <= set(found) <= {*held, "zz"}
    assert len(found) == len(set(found))


@pytest.fixture(scope="module")
def gateway(server: MariaDBServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Numbers and texts of 400 signs: SQLite's few and many narrow MariaDB's all."""
    folder = tmp_path_factory.mktemp("keys")
    with closing(sqlite3.connect(folder / "giver.db")) as connection, connection:
        for table, count in (("few", 1_500), ("many", 2_500)):
            connection.execute(f"CREATE TABLE {table} (id INTEGER, code TEXT)")
            rows = ((10**18 + i, f"{i:0400d}") for i in range(count))
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)
    _run(
        server,
        "DROP TABLE IF EXISTS t",
        "CREATE TABLE t (id BIGINT, code VARCHAR(400), KEY (id), KEY (code))",
        f"INSERT INTO t SELECT seq + 1000000000000000000, LPAD(seq, 400, '0') FROM seq_1_to_{_ROWS}",
        "ANALYZE TABLE t",
    )
    options = {"host": server.host, "port": server.port, "user": _READER, "password": "file:p", "tls": "off"}
    entries = {name: Entry((name,), _COLUMNS) for name in ("few", "many")}
    places = {
        "giver": Place("sqlite", {"path": str(folder / "giver.db")}, entries),
        "taker": Place("mysql", options, {"t": Entry((_DATABASE, "t"), _COLUMNS)}, {"p": _PASSWORD}),
    }
    opened = open_gateway(folder / "gateway", places)
    yield opened
    opened.close()


def _asked(gateway: Gateway, giver: str, key: str) -> tuple[int, Statistics]:
    sql = f"SELECT a.id, b.id AS b FROM giver.{giver} a JOIN taker.t b ON a.{key} = b.{key}"
    with gateway.query(gateway.principal(ACCOUNT), sql, grant=GRANT) as result:
        rows = result.read_all().num_rows
    return rows, result.statistics


@pytest.mark.parametrize("key", ["id", "code"])
def test_a_list_that_no_packet_holds_is_not_sent(gateway: Gateway, key: str) -> None:
    """1,500 keys of 404 bytes fit into a megabyte, 2,500 do not: the answer is the same, the taker is asked whole."""
    rows, statistics = _asked(gateway, "few", key)
    (sent,) = statistics.shipped
    assert (rows, sent.keys) == (1_499, 1_500)
    rows, statistics = _asked(gateway, "many", key)
    assert rows == 2_499
    assert [sent.keys for sent in statistics.shipped] == ([] if key == "code" else [2_500])


def test_what_a_packet_holds_is_asked_of_the_server(gateway: Gateway) -> None:
    packet = {"packet": str(_PACKET)}
    assert CONNECTOR.derive(Fingerprint("mysql", "", packet)).list_bytes == _PACKET - (1 << 18)
    assert CONNECTOR.derive(None).list_bytes == CONNECTOR.derive(Fingerprint("mysql", "", {"packet": None})).list_bytes
