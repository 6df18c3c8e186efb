"""The SQLite connector against the conformance kit."""

from __future__ import annotations

import datetime as dt
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from typing import ClassVar

import pytest

from fedquery.arrow import LogicalType
from fedquery.spi import Connector, Secrets, SourceConfig
from fedquery.testing.dataset import VALUES
from fedquery.testing.kit import ConnectorConformance, Loaded, Quirks
from fedquery_sqlite import CONNECTOR

#: SQLite has no lists and no intervals. A decimal in a column of numeric affinity would be stored as a binary float.
_DECLARED = {
    **{name: name for name in VALUES if name != "interval" and not name.endswith("[]")},
    **{name: f"text_{name}" for name in VALUES if name.startswith("decimal")},
    "varchar": "text",
}


def _holds(type: LogicalType, value: object) -> bool:
    """SQLite's integers end at 2**63 - 1; it stores NaN as NULL and -0.0 as 0."""
    if isinstance(value, float):
        return not math.isnan(value) and (value != 0 or math.copysign(1, value) > 0)
    return not isinstance(value, int) or value < 2**63


class TestSqlite(ConnectorConformance):
    """Everything the connector declares."""

    connector: ClassVar[Connector] = CONNECTOR
    quirks: ClassVar[Quirks] = Quirks(
        declared=_DECLARED,
        holds=_holds,
        proposes={**dict.fromkeys(("integer", "utinyint", "usmallint", "uinteger", "ubigint"), "bigint"), "real": "double"},
        inapplicable={"test_wrong_credentials": "a file is opened with the rights of the process: there are no credentials"},
    )

    @pytest.fixture(scope="class")
    @classmethod
    def loaded(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
        folder = tmp_path_factory.mktemp("sqlite")
        with closing(sqlite3.connect(folder / "kit.db")) as connection, connection:
            for name, table in cls.tables().items():
                connection.execute(table.ddl(CONNECTOR.dialect.identifier, dict(_DECLARED)))
                places = ", ".join("?" * len(table.columns))
                insert = f"INSERT INTO {CONNECTOR.dialect.identifier(name)} VALUES ({places})"
                connection.executemany(insert, [tuple(map(_sent, row)) for row in table.rows])
        config = SourceConfig(
            "kit.sqlite", CONNECTOR.options(path="kit.db"), Secrets(folder), concurrency=4, time_zone="UTC", folder=folder
        )
        yield Loaded(
            config,
            paths={name: (name,) for name in cls.tables()},
            down=replace(config, options=CONNECTOR.options(path="unmounted.db")),
        )


def _sent(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return str(value) if isinstance(value, (Decimal, dt.date, dt.time)) else value
