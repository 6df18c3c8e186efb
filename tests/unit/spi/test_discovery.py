"""Discovery: the installed connectors by kind; two of one kind are refused."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from fedquery.errors import RegistrationRefused
from fedquery.spi import connectors, discovery


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    connectors.cache_clear()
    yield
    connectors.cache_clear()


def test_installed_connectors() -> None:
    found = connectors()
    assert {"postgres", "mysql", "sqlite", "files"} <= set(found)
    assert all(connector.kind == kind for kind, connector in found.items())


def test_two_of_one_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint(name, "fedquery_files:CONNECTOR", discovery.GROUP) for name in ("files", "again")]
    monkeypatch.setattr(discovery, "entry_points", lambda group: points)
    with pytest.raises(RegistrationRefused, match="'files'"):
        connectors()
