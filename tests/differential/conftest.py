"""Worlds of random rows, each kept on every kind of source behind a gateway of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer
from tests.differential.loading import in_mariadb, in_parquet, in_postgres, in_sqlite
from tests.differential.ways import Ways
from tests.differential.world import FILTERS, world
from tests.estate import Place, open_gateway

SEEDS = (1, 2)


@dataclass(frozen=True)
class Worlds:
    """The ways into each world, and the departments that all of them have."""

    ways: tuple[Ways, ...]
    departments: tuple[str, ...]


@pytest.fixture(scope="session")
def worlds(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, mariadb: MariaDBServer | None
) -> Iterator[Worlds]:
    kinds = {"pg": "postgres", "lite": "sqlite", "parquet": "files", **({"my": "mysql"} if mariadb else {})}
    with ExitStack() as stack:
        made = []
        for seed in SEEDS:
            rows = world(seed, kinds)
            folder: Path = tmp_path_factory.mktemp(f"world-{seed}")
            places: dict[str, Place] = {
                "pg": in_postgres(postgres, f"world_{seed}", rows.tables["pg"], FILTERS),
                "lite": in_sqlite(folder / "lite.sqlite", rows.tables["lite"], FILTERS),
                "parquet": in_parquet(folder / "parquet", rows.tables["parquet"], FILTERS),
            }
            if mariadb is not None:
                places["my"] = in_mariadb(mariadb, f"world_{seed}", rows.tables["my"], FILTERS)
            gateway = open_gateway(folder / "gateway", places)
            stack.callback(gateway.close)
            stack.callback(rows.everything.close)
            made.append(Ways(gateway, rows.everything))
        yield Worlds(tuple(made), tuple(kinds))
