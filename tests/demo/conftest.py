"""One small city for the tests of the demo."""

from __future__ import annotations

import pytest
from reference import CATALOG, Reference

from fedquery.catalog.load import load
from fedquery.catalog.model import Catalog
from fedquery.demo.cases import case_lists
from fedquery.demo.city import City


@pytest.fixture(scope="session")
def city() -> City:
    return City(citizens=4000)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load(CATALOG)


@pytest.fixture(scope="session")
def reference(city: City) -> Reference:
    return Reference(city.tables, case_lists(city.tables))
