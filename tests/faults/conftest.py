"""Three departments with a table too large to be read before something happens to it: PostgreSQL, MariaDB, Parquet."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer
from fedquery.errors import FedqueryError
from fedquery.gateway import Gateway
from fedquery.run import Result
from tests.estate import ACCOUNT, GRANT, Entry, Place, open_gateway

DATABASE, PASSWORD = "faults", "reads-only"
ROWS, SECONDS, PATIENCE = 250_000, 4.0, 20.0
_COLUMNS = {"id": {"type": "bigint"}, "note": {"type": "varchar"}}
_OF_A_QUERY = re.compile("fedquery-[0-9a-f]{32}")
_NOTE = "repeat('n', 240)"


def until(condition: Callable[[], object]) -> None:
    """Wait for what must come."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happened"
        threading.Event().wait(0.01)


@dataclass(frozen=True)
class Estate:
    gateway: Gateway
    folder: Path
    postgres: PostgresServer
    mariadb: MariaDBServer | None

    def begin(self, table: str) -> Result:
        """A statement over the table, of which the first batch has come."""
        result = self.gateway.query(self.gateway.principal(ACCOUNT), f"SELECT id, note FROM {table}", grant=GRANT)
        next(result)
        return result

    def fails(self, result: Result, error: type[FedqueryError], seconds: float) -> FedqueryError:
        """The rest ends in this error within the time, and that is on record."""
        began = time.monotonic()
        with pytest.raises(error) as caught, result:
            result.read_all()
        assert time.monotonic() - began < seconds
        (record,) = (r for r in self.gateway.audit.records(query_id=result.query_id) if r.kind == "outcome")
        assert (record.body["state"], record.body["error_code"]) == ("failed", caught.value.code)
        return caught.value

    def left_nothing(self) -> None:
        """No thread of a query, no file."""
        until(lambda: not [thread for thread in threading.enumerate() if _OF_A_QUERY.match(thread.name)])
        spill = self.gateway.settings.spill_dir
        until(lambda: not spill.exists() or not list(spill.iterdir()))

    def works(self, table: str) -> None:
        """The source answers the next query whole, and that leaves nothing behind either."""
        self.answers(table)
        self.left_nothing()

    def answers(self, table: str) -> None:
        """The source answers whole."""
        principal = self.gateway.principal(ACCOUNT)
        with self.gateway.query(principal, f"SELECT max(id) AS top, min(note) AS note FROM {table}", grant=GRANT) as result:
            assert result.read_all()["top"].to_pylist() == [ROWS]


@pytest.fixture(scope="module")
def estate(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, mariadb: MariaDBServer | None
) -> Iterator[Estate]:
    folder = tmp_path_factory.mktemp("faults")
    places = {"pg": _postgres(postgres), "files": _parquet(folder / "files")}
    if mariadb is not None:
        places["my"] = _mariadb(mariadb)
    gateway = open_gateway(folder / "gateway", places)
    yield Estate(gateway, folder / "files", postgres, mariadb)
    gateway.close()


def _postgres(server: PostgresServer) -> Place:
    with psycopg.connect(server.create(DATABASE), autocommit=True) as connection:
        connection.execute(f"CREATE TABLE big AS SELECT i::bigint AS id, {_NOTE} AS note FROM generate_series(1, {ROWS}) AS i")
        connection.execute("ANALYZE big")
        connection.execute(f"CREATE ROLE {DATABASE}_reader LOGIN PASSWORD '{PASSWORD}'")
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {DATABASE}_reader")
    uri = server.of(DATABASE, f"{DATABASE}_reader", PASSWORD)
    entries = {"big": Entry(("public", "big"), _declared("bigint", "text"))}
    return Place("postgres", {"uri": "file:faults.uri"}, entries, {"faults.uri": uri}, SECONDS)


def _mariadb(server: MariaDBServer) -> Place:
    server.database(DATABASE)
    with server.connect(DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE big (id bigint, note varchar(240))")
        cursor.execute(f"INSERT INTO big SELECT seq, {_NOTE} FROM seq_1_to_{ROWS}")
    server.reader(f"{DATABASE}_reader", PASSWORD, DATABASE)
    options = {"host": server.host, "port": server.port, "database": DATABASE, "user": f"{DATABASE}_reader",
               "password": "file:faults.password", "tls": "off"}  # fmt: skip
    entries = {"big": Entry((DATABASE, "big"), _declared("bigint(20)", "varchar(240)"))}
    return Place("mysql", options, entries, {"faults.password": PASSWORD}, SECONDS)


def _parquet(folder: Path) -> Place:
    folder.mkdir()
    notes = [f"{number:0240d}" for number in range(ROWS)]  # they differ, so that the file is as large as the table
    table = pa.table({"id": pa.array(range(1, ROWS + 1), pa.int64()), "note": notes})
    pq.write_table(table, folder / "big.parquet", row_group_size=20_000, compression="none", use_dictionary=False)
    return Place("files", {"folder": str(folder)}, {"big": Entry(("big.parquet",), _COLUMNS)}, {}, SECONDS)


def _declared(id: str, note: str) -> dict[str, dict[str, str]]:
    return {"id": {"type": "bigint", "declared": id}, "note": {"type": "varchar", "declared": note}}
