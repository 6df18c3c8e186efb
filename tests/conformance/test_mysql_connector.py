"""The MySQL connector against a real MariaDB."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fedquery.arrow import LogicalType
from fedquery.demo.mariadb_server import MariaDBServer, installed
from fedquery.spi import Secrets, SourceConfig
from fedquery.testing.kit import ConnectorConformance, Loaded, Quirks
from fedquery_mysql import CONNECTOR

pytestmark = pytest.mark.skipif(
    not installed() and os.environ.get("CI") != "true", reason="MariaDB's server is not installed on this machine"
)

DATABASE, READER, PASSWORD = "kit", "kit_reader", "the kit's own password"
DECLARED = {
    "boolean": "tinyint(1)",
    "tinyint": "tinyint(4)",
    "smallint": "smallint(6)",
    "integer": "int(11)",
    "bigint": "bigint(20)",
    "utinyint": "tinyint(3) unsigned",
    "usmallint": "smallint(5) unsigned",
    "uinteger": "int(10) unsigned",
    "ubigint": "bigint(20) unsigned",
    "real": "float",
    "double": "double",
    "decimal(10,2)": "decimal(10,2)",
    "decimal(18,6)": "decimal(18,6)",
    "decimal(38,0)": "decimal(38,0)",
    "decimal(38,10)": "decimal(38,10)",
    "varchar": "varchar(400)",
    "blob": "varbinary(40)",
    "date": "date",
    "time": "time(6)",
    "timestamp": "datetime(6)",
    "timestamptz": "timestamp(6) null",
}


def holds(type: LogicalType, value: object) -> bool:
    """MariaDB has no infinity, no NaN and no sign on zero, and its TIMESTAMP starts in 1970 and ends in 2038."""
    if type.name == "timestamptz" and isinstance(value, dt.datetime):
        return dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC) <= value < dt.datetime(2038, 1, 19, tzinfo=dt.UTC)
    return not isinstance(value, float) or (math.isfinite(value) and (value != 0 or math.copysign(1, value) > 0))


class TestMySQL(ConnectorConformance):
    connector = CONNECTOR
    quirks = Quirks(declared=DECLARED, holds=holds)

    @pytest.fixture(scope="class")
    @classmethod
    def loaded(cls) -> Iterator[Loaded]:
        with MariaDBServer.start() as server:
            server.database(DATABASE)
            server.reader(READER, PASSWORD, DATABASE)
            cls._load(server)
            config = _config(server.port)
            with server.connect() as watcher:

                def running(query_id: str) -> int:
                    with watcher.cursor() as cursor:
                        cursor.execute(
                            "SELECT count(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE %s AND ID <> connection_id()",
                            (f"/* fedquery {query_id} %",),
                        )
                        ((count,),) = cursor.fetchall()
                        return int(count)

                yield Loaded(
                    config,
                    paths={name: (DATABASE, name) for name in cls.tables()},
                    down=_config(1),
                    refused=_config(server.port, "not the password"),
                    secrets=(PASSWORD, "not the password"),
                    running=running,
                )

    @classmethod
    def _load(cls, server: MariaDBServer) -> None:
        with server.connect(DATABASE) as connection, connection.cursor() as cursor:
            cursor.execute("SET time_zone = '+00:00'")
            for table in cls.tables().values():
                cursor.execute(
                    table.ddl(CONNECTOR.dialect.identifier, DECLARED).replace("timestamp(6) null NOT", "timestamp(6) NOT")
                )
                marks = ", ".join(["%s"] * len(table.columns))
                insert = f"INSERT INTO {CONNECTOR.dialect.identifier(table.name)} VALUES ({marks})"
                if table.rows:
                    cursor.executemany(insert, [tuple(map(_plain, row)) for row in table.rows])


def _plain(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value


def _config(port: int, password: str = PASSWORD) -> SourceConfig:
    options = CONNECTOR.options(
        host="127.0.0.1", port=port, database=DATABASE, user=READER, password="env:KIT_PASSWORD", tls="off"
    )
    return SourceConfig("kit.mariadb", options, Secrets(Path.cwd(), {"KIT_PASSWORD": password}), concurrency=3, seconds=60)
