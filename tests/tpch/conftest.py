"""TPC-H at scale 0.01 over the session's servers, with the slices that each policy leaves, made without the gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.tpch.systems import Systems
from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer
from tests.tpch.slices import Slices

SCALE = 0.01


@pytest.fixture(scope="session")
def systems(
    postgres: PostgresServer, mariadb: MariaDBServer | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Systems]:
    if mariadb is None:
        pytest.skip("MariaDB's server (Debian package mariadb-server) is not installed")
    yield Systems.filled(tmp_path_factory.mktemp("tpch"), SCALE, postgres, mariadb)
    postgres.drop("tpch_sales")


@pytest.fixture(scope="session")
def slices(systems: Systems) -> Slices:
    return Slices(systems.folder, (systems.folder / "secrets" / "master.key").read_bytes())
