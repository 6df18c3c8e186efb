"""Pairs of villages kept on every kind of source, each behind a gateway of its own with the same directory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from fedquery.catalog.model import Resource
from fedquery.demo.kept import Kept
from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer
from fedquery.demo.write_databases import to_mariadb, to_postgres, to_sqlite
from fedquery.demo.write_files import to_files
from fedquery.gateway import Gateway
from fedquery.settings import Settings
from fedquery.store import catalogs
from fedquery.store.database import open_store, upgrade_store
from tests.security.village import Village, catalog, pair

MASTER = "m" * 64
SEEDS = (1, 2, 3)
PASSWORD = "reader"


@dataclass(frozen=True)
class Pair:
    """Two gateways over villages with equal slices, and the departments they both have."""

    villages: tuple[Village, Village]
    gateways: tuple[Gateway, Gateway]
    departments: tuple[str, ...]


@pytest.fixture(scope="session")
def pairs(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, mariadb: MariaDBServer | None
) -> Iterator[tuple[Pair, ...]]:
    with ExitStack() as stack:
        made = []
        for seed in SEEDS:
            villages = pair(seed)
            gateways = []
            for side, village in enumerate(villages):
                folder = tmp_path_factory.mktemp(f"village-{seed}-{side}")
                gateways.append(settle(folder, village, f"v{seed}_{side}", postgres, mariadb))
                stack.callback(gateways[-1].close)
            made.append(Pair(villages, (gateways[0], gateways[1]), tuple(gateways[0].catalog().departments)))
        yield tuple(made)


def settle(folder: Path, village: Village, name: str, postgres: PostgresServer, mariadb: MariaDBServer | None) -> Gateway:
    """A gateway over a village that is kept on every kind of source there is; ``name`` is that of its databases."""
    settings = Settings(data_dir=folder, statistics_hours=0)
    settings.secrets_dir.mkdir(parents=True)
    (settings.secrets_dir / "master.key").write_text(MASTER)
    directory = catalog(_kinds(folder, name, mariadb))
    for department in directory.departments.values():
        tables = tuple(_kept(entry, village.table(table)) for table, entry in department.resources.items())
        match department.id:
            case "pg":
                with psycopg.connect(postgres.create(name), autocommit=True) as connection:
                    to_postgres(connection, tables, f"{name}_reader", PASSWORD)
                uri = postgres.of(name, f"{name}_reader", PASSWORD)
                (settings.secrets_dir / "pg.uri").write_text(uri)
            case "my":
                assert mariadb is not None
                (settings.secrets_dir / "my.password").write_text(PASSWORD)
                to_mariadb(mariadb, tables, f"{name}_reader", PASSWORD)
            case "lite":
                to_sqlite(folder / "lite.sqlite", tables)
            case _:
                to_files(folder / department.id, tables)
    upgrade_store(settings.store_url)
    store = open_store(settings.store_url)
    catalogs.apply(store, directory, parent=None, by="test", why="test", at=dt.datetime.now(dt.UTC))
    store.close()
    return Gateway.open(settings)


def _kept(entry: Resource, rows: pa.Table) -> Kept:
    return Kept(entry, rows.rename_columns([column.physical for column in entry.columns.values()]))


def _kinds(folder: Path, name: str, mariadb: MariaDBServer | None) -> dict[str, Mapping[str, Any]]:
    """The departments, each with its kind of source."""
    kinds: dict[str, Mapping[str, Any]] = {
        "pg": {"kind": "postgres", "options": {"uri": "file:pg.uri"}, "tables": _tables("public")},
        "lite": {"kind": "sqlite", "options": {"path": str(folder / "lite.sqlite")}, "tables": _tables()},
        "parquet": {"kind": "files", "options": {"folder": str(folder / "parquet")}, "tables": _tables(ending=".parquet")},
        "csv": {"kind": "files", "options": {"folder": str(folder / "csv")}, "tables": _tables(ending=".csv")},
    }
    if mariadb is not None:
        options = {
            "host": mariadb.host,
            "port": mariadb.port,
            "database": name,
            "user": f"{name}_reader",
            "password": "file:my.password",
            "tls": "off",
        }
        kinds["my"] = {"kind": "mysql", "options": options, "tables": _tables(name)}
    return kinds


def _tables(*schema: str, ending: str = "") -> dict[str, tuple[str, ...]]:
    return {table: (*schema, f"T_{table.upper()}{ending}") for table in ("person", "event")}
