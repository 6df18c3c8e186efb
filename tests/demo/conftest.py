"""One small city for the tests of the demo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pytest

from fedquery.catalog.load import load
from fedquery.catalog.model import Catalog
from fedquery.demo.cases import case_lists
from fedquery.demo.city import City
from fedquery.demo.command import installed
from fedquery.demo.systems import Systems
from fedquery.gateway import Gateway
from fedquery.policy.tokens import token_key
from fedquery.settings import Settings
from tests.demo.reference import CATALOG, Reference


@pytest.fixture(scope="session")
def city() -> City:
    return City(citizens=4000)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load(CATALOG)


@pytest.fixture(scope="session")
def reference(city: City) -> Reference:
    return Reference(city.tables, case_lists(city.tables))


@dataclass(frozen=True)
class Running:
    """The city on its own systems, behind a gateway."""

    gateway: Gateway
    systems: Systems
    catalog: Catalog
    settings: Settings

    def ask(self, account: str, grant: str, sql: str) -> pa.Table:
        with self.gateway.query(self.gateway.principal(account), sql, grant=grant) as result:
            return result.read_all()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, city: City) -> Iterator[Running]:
    with installed(tmp_path_factory.mktemp("city"), city.citizens, lambda text: None) as there:
        gateway = Gateway.open(there.settings)
        yield Running(gateway, there.systems, there.catalog, there.settings)
        gateway.close()


@pytest.fixture(scope="session")
def truth(running: Running, city: City) -> Reference:
    """The reference with the tokens that this installation makes."""
    master = (running.settings.secrets_dir / "master.key").read_bytes()
    grants = running.catalog.grants
    return Reference(city.tables, case_lists(city.tables), lambda grant, kind: token_key(master, grants[grant], kind))
