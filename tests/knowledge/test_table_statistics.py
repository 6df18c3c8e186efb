"""Statistics reach plans: asked in the background, again when they are old, never from another system."""

from __future__ import annotations

import datetime as dt
import time

from fedquery.catalog.model import Catalog
from fedquery.gateway import Gateway
from fedquery.names import ResourceName
from fedquery.store import statistics
from fedquery.store.database import open_store
from fedquery.store.statistics import Kept
from tests.knowledge.conftest import ANALYST, ROWS, Installation, directory

NOW = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
PATIENCE = 20.0


def kept(installation: Installation) -> Kept | None:
    store = open_store(installation.settings.store_url)
    found = statistics.everything(store).get("tax.main")
    store.close()
    return found


def until_kept(installation: Installation, at: dt.datetime) -> None:
    """Until the background has kept what the source said at that time."""
    end = time.monotonic() + PATIENCE
    while (found := kept(installation)) is None or found.at != at:
        assert time.monotonic() < end, "nothing was kept"


def opened(installation: Installation, at: dt.datetime, **settings: float) -> Gateway:
    gateway = Gateway.open(installation.settings.model_copy(update=settings), lambda: at)
    gateway.explain(ANALYST, "SELECT id FROM tax.wage")
    return gateway


def test_statistics_are_asked_for_once_and_again_when_they_are_old(installation: Installation) -> None:
    for hours, expected in ((0, NOW), (23, NOW), (25, NOW + dt.timedelta(hours=25))):
        gateway = opened(installation, NOW + dt.timedelta(hours=hours))
        until_kept(installation, expected)
        gateway.close()


def test_plans_know_them_by_resource_and_never_from_another_system(installation: Installation) -> None:
    gateway = opened(installation, NOW)
    until_kept(installation, NOW)
    gateway.close()
    gateway = opened(installation, NOW, statistics_hours=0)
    known = gateway._knowledge.statistics.known(gateway.catalog())
    greatest = ROWS - 1  # SQLite tells the greatest row id
    assert {str(name): found.rows for name, found in known.items()} == {"tax.part": greatest, "tax.wage": greatest}
    assert known[ResourceName("tax", "wage")].columns == {}
    changed = directory(installation.path).model_dump()
    changed["departments"]["tax"]["sources"]["main"]["seconds"] = 30
    installation.apply(Catalog.model_validate(changed))
    assert gateway._knowledge.statistics.known(gateway.catalog()) == {}
    gateway.close()


def test_nothing_is_asked_where_the_setting_says_so(installation: Installation) -> None:
    opened(installation, NOW, statistics_hours=0).close()
    assert kept(installation) is None
