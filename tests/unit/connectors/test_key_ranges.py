"""Of too many keys their ends go to a source of each kind, on record, where they leave little; the answer is the same."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer
from fedquery.gateway import Gateway
from fedquery.plan import ship
from tests.estate import ACCOUNT, GRANT, Entry, Place, open_gateway

_DATABASE, _PASSWORD = "key_ranges", "reads-only"
_ROWS, _FIRST, _KEYS, _LIMIT = 100_000, 50_000, 6_000, 5_000
_ID = {"id": {"type": "bigint", "key": True, "nullable": False}}
_TAKER = {**_ID, "note": {"type": "varchar"}}


@pytest.fixture(scope="module")
def gateway(
    postgres: PostgresServer, mariadb: MariaDBServer | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("ranges")
    with closing(sqlite3.connect(folder / "giver.db")) as connection, connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO t VALUES (?)", ((_FIRST + i,) for i in range(_KEYS)))
    places = {
        "giver": Place("sqlite", {"path": str(folder / "giver.db")}, {"t": Entry(("t",), _ID)}),
        "parquet": _parquet(folder),
        "pg": _postgres(postgres),
        **({"my": _mariadb(mariadb)} if mariadb is not None else {}),
    }
    opened = open_gateway(folder / "gateway", places)
    yield opened
    opened.close()
    postgres.drop(_DATABASE)


def _parquet(folder: Path) -> Place:
    (folder / "files").mkdir()
    ids, chance = pa.array(range(_ROWS), pa.int64()), random.Random(1)  # what repeats takes no room, and costs nothing
    table = pa.table({"id": ids, "note": pa.array([chance.randbytes(40).hex() for _ in range(_ROWS)])})
    pq.write_table(table, folder / "files" / "t.parquet", row_group_size=20_000)
    return Place("files", {"folder": str(folder / "files")}, {"t": Entry(("t.parquet",), _TAKER)})


def _postgres(server: PostgresServer) -> Place:
    with psycopg.connect(server.create(_DATABASE), autocommit=True) as connection:
        connection.execute(
            f"CREATE TABLE t AS SELECT i::bigint AS id, repeat('n', 80) AS note FROM generate_series(0, {_ROWS - 1}) AS i"  # type: ignore[arg-type, unused-ignore]
        )
        connection.execute("ALTER TABLE t ADD PRIMARY KEY (id)")
        connection.execute("ANALYZE t")
    return Place("postgres", {"uri": server.of(_DATABASE)}, {"t": Entry(("public", "t"), _TAKER)})


def _mariadb(server: MariaDBServer) -> Place:
    server.database(_DATABASE)
    server.reader(_DATABASE, _PASSWORD, _DATABASE)
    with server.connect(_DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS t")
        cursor.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, note VARCHAR(80))")
        cursor.execute(f"INSERT INTO t SELECT seq, REPEAT('n', 80) FROM seq_0_to_{_ROWS - 1}")
        cursor.execute("ANALYZE TABLE t PERSISTENT FOR ALL")
        cursor.execute(f"GRANT SELECT ON mysql.column_stats TO `{_DATABASE}`@`%`")
    options = {"host": server.host, "port": server.port, "user": _DATABASE, "password": "file:p", "tls": "off"}
    return Place("mysql", options, {"t": Entry((_DATABASE, "t"), _TAKER)}, {"p": _PASSWORD})


@pytest.mark.parametrize("taker", ["parquet", "pg", "my"])
def test_the_ends_are_sent_and_only_what_lies_between_is_read(
    gateway: Gateway, mariadb: MariaDBServer | None, taker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ship, "KEYS_LIMIT", _LIMIT)
    who = gateway.principal(ACCOUNT)
    if taker == "my" and mariadb is None:
        pytest.skip("MariaDB's server (Debian package mariadb-server) is not installed")
    sql = f"SELECT g.id AS i, t.note FROM giver.t g JOIN {taker}.t t ON t.id = g.id"
    deadline = time.monotonic() + 60
    for attempt in count():  # planned anew until the statistics are there, which the first has fetched
        with gateway.query(who, f"{sql} WHERE {attempt} = {attempt}", grant=GRANT) as result:
            found = sorted(result.read_all()["i"].to_pylist())
        assert found == list(range(_FIRST, _FIRST + _KEYS))
        if result.statistics.shipped or time.monotonic() > deadline:
            break
    (sent,) = result.statistics.shipped
    assert (sent.source, sent.keys, sent.ends) == (f"{taker}.main", 2, True)
    (brought,) = [source for source in result.statistics.sources if source.source == f"{taker}.main"]
    assert brought.rows == len(found)
    (record,) = [r for r in gateway.audit.records(query_id=result.query_id) if r.kind == "shipment"]
    assert (record.body["keys"], record.body["origin"], record.body["source"]) == (2, "giver.t.id", f"{taker}.main")
