"""The PostgreSQL connector against the conformance kit, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from fedquery.demo.postgres_server import PostgresServer, start
from fedquery.spi import Connector, Secrets, SourceConfig
from fedquery.testing.dataset import VALUES
from fedquery.testing.kit import ConnectorConformance, Loaded, Quirks
from fedquery_postgres import CONNECTOR

_DATABASE = "fedquery_kit"
_DECLARED = {
    **{name: name for name in VALUES},
    "tinyint": "smallint",
    "utinyint": "smallint",
    "usmallint": "integer",
    "uinteger": "bigint",
    "ubigint": "numeric(20,0)",
    "double": "double precision",
    "decimal(10,2)": "numeric(10,2)",
    "decimal(18,6)": "numeric(18,6)",
    "decimal(38,0)": "numeric(38,0)",
    "decimal(38,10)": "numeric(38,10)",
    "varchar": "text",
    "blob": "bytea",
    "varchar[]": "text[]",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    running = start(tmp_path_factory.mktemp("postgres") / "data")
    yield running
    running.stop()


class TestPostgres(ConnectorConformance):
    """Everything the connector declares."""

    connector: ClassVar[Connector] = CONNECTOR
    quirks: ClassVar[Quirks] = Quirks(
        declared=_DECLARED,
        proposes={
            "tinyint": "smallint",
            "utinyint": "smallint",
            "usmallint": "integer",
            "uinteger": "bigint",
            "ubigint": "decimal(20,0)",
        },
    )

    @pytest.fixture(scope="class")
    @classmethod
    def loaded(cls, server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
        uri = server.create(_DATABASE)
        with psycopg.connect(uri) as connection:
            for name, table in cls.tables().items():
                connection.execute(_sql(table.ddl(CONNECTOR.dialect.identifier, _DECLARED)))
                places = sql.SQL(", ").join([sql.Placeholder()] * len(table.columns))
                insert = sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(name), places)
                connection.cursor().executemany(insert, [tuple(map(_sent, row)) for row in table.rows])
        config = _config(uri, tmp_path_factory.mktemp("secrets"))
        yield Loaded(
            config,
            paths={name: ("public", name) for name in cls.tables()},
            down=replace(config, options=CONNECTOR.options(uri="postgresql://nobody@127.0.0.1:1/none")),
            refused=replace(config, options=CONNECTOR.options(uri=server.of(_DATABASE, "kit_stranger"))),
            running=lambda query_id: _running(server, query_id),
        )
        server.drop(_DATABASE)


def _config(uri: str, folder: Path) -> SourceConfig:
    (folder / "uri").write_text(uri)
    return SourceConfig("kit.postgres", CONNECTOR.options(uri="file:uri"), Secrets(folder), concurrency=4, time_zone="UTC")


def _sql(text: str) -> sql.SQL:
    return sql.SQL(text)  # type: ignore[arg-type, unused-ignore]


def _sent(value: object) -> object:
    if isinstance(value, pa.MonthDayNano):
        return f"{value.months} months {value.days} days {value.nanoseconds // 1000} microseconds"
    return value


def _running(server: PostgresServer, query_id: str) -> int:
    with psycopg.connect(server.uri) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE %s",
            [f"%/* fedquery {query_id} %"],
        ).fetchone()
    assert found is not None
    return int(found[0])
