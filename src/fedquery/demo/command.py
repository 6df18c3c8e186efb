"""``fedquery demo``: a city in a folder, served until it is told to stop, with nothing left behind."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from fedquery._paths import CATALOG
from fedquery.catalog.check import require
from fedquery.catalog.load import load
from fedquery.catalog.model import Catalog
from fedquery.demo.cases import with_cases
from fedquery.demo.city import City
from fedquery.demo.folder import opened
from fedquery.demo.systems import Say, Systems, adapted, running
from fedquery.http.entrance import open_services
from fedquery.http.wsgi import listening, serve
from fedquery.identity import Principal
from fedquery.policy.decide import active_grants
from fedquery.settings import Settings
from fedquery.spi import connectors
from fedquery.store import catalogs, principals
from fedquery.store.database import Store, open_store, upgrade_store

HOST = "127.0.0.1"
_KEYS_FOR = dt.timedelta(days=30)
_FIRST = """SELECT r.hukou_district, count(*) AS residents
FROM psb.resident r
WHERE r.residence_status = 'active'
GROUP BY ALL ORDER BY 1"""
_FIRST_GRANT = "backflow"

Accounts = dict[str, dict[str, Any]]


def run(port: int, citizens: int, data: Path | None, as_json: bool) -> None:
    """Make or open the city in ``data`` (a temporary folder when None) and serve it; returns when told to stop.

    Raises SettingProblem: the port is taken, the folder holds something else or is in use, a database does not start.
    """
    say = Console(stderr=True, highlight=False)
    signal.signal(signal.SIGTERM, _stop)
    with (
        suppress(KeyboardInterrupt),
        listening(HOST, port) as (bind, taken),
        installed(data, citizens, lambda text: say.print(text, markup=False)) as city,
    ):
        url = f"http://{HOST}:{taken}"
        accounts = issue_keys(city.settings, city.catalog)
        logging.basicConfig(level="WARNING", format="%(levelname)s %(name)s %(message)s")
        ready = _announce_json(url, accounts) if as_json else _announce(say, url, accounts)
        process = os.getpid()
        try:
            serve(lambda: open_services(city.settings), bind, ready)
        except SystemExit:
            if os.getpid() != process:  # a worker ends here as well, forked from us: it owns nothing of the city
                os._exit(0)


@dataclass(frozen=True, slots=True)
class Installed:
    """A city ready for a gateway: its settings, its directory as applied, its running systems."""

    settings: Settings
    catalog: Catalog
    systems: Systems


@contextmanager
def installed(data: Path | None, citizens: int, say: Say) -> Iterator[Installed]:
    """The city's systems running, its directory applied, its store ready; all stopped at the end. Raises SettingProblem."""
    city = City(citizens)
    wanted = adapted(load(CATALOG / "demo"), say)
    with opened(data, city, wanted) as folder, running(folder.path, wanted, say) as systems:
        if not folder.filled:
            systems.fill(wanted, city.tables, say)
        catalog = with_cases(systems.located(wanted), city.tables)
        settings = Settings(data_dir=folder.path)
        key = settings.secrets_dir / "master.key"
        if not key.exists():
            key.touch(mode=0o600)
            key.write_text(secrets.token_hex(32), encoding="utf-8")
        upgrade_store(settings.store_url)
        store = open_store(settings.store_url)
        try:
            _apply(store, catalog)
        finally:
            store.close()
        folder.mark_filled()
        yield Installed(settings, catalog, systems)


def issue_keys(settings: Settings, catalog: Catalog) -> Accounts:
    """A new key for every account; the keys of an earlier start end."""
    now = dt.datetime.now(dt.UTC)
    accounts: Accounts = {}
    store = open_store(settings.store_url)
    try:
        for old in principals.keys(store):
            if old.revoked_at is None:
                principals.revoke(store, old.id, by="demo", at=now)
        for account in catalog.accounts.values():
            key = principals.issue(store, account.id, label="demo", by="demo", at=now, expires=now + _KEYS_FOR)
            accounts[account.id] = {"key": key.text, "grants": _grants(catalog, account.id)}
    finally:
        store.close()
    return accounts


def _grants(catalog: Catalog, account: str) -> list[str]:
    entry = catalog.accounts[account]
    principal = Principal(entry.id, entry.kind, entry.department, frozenset(entry.roles), dict(entry.attributes))
    today = dt.datetime.now(dt.UTC).date()
    return [grant.id for grant in active_grants(catalog, principal, today)] if principal.may_query() else []


def _apply(store: Store, catalog: Catalog) -> None:
    require(catalog, connectors())
    head = catalogs.current(store)
    at = dt.datetime.now(dt.UTC)
    catalogs.apply(store, catalog, parent=head.digest if head else None, by="demo", why="the demo city", at=at)


def _announce_json(url: str, accounts: Accounts) -> Callable[[], None]:
    def ready() -> None:
        sys.stdout.write(json.dumps({"url": url, "accounts": accounts}) + "\n")
        sys.stdout.flush()

    return ready


def _announce(say: Console, url: str, accounts: Accounts) -> Callable[[], None]:
    def ready() -> None:
        out = Console(highlight=False, soft_wrap=True)
        out.print(f"\nThe city is open: [bold]{url}[/]   (Ctrl-C closes it)\n")
        for name, account in accounts.items():
            out.print(f"  {name:<17} {account['key']}")
        body = json.dumps({"grant": _FIRST_GRANT, "sql": " ".join(_FIRST.split())}).replace("'", "'\\''")
        out.print("\nSign in there with the analyst's key, or ask from a terminal:\n")
        out.print(
            f"curl -s {url}/v1/query -H 'Accept: text/csv' -H 'Content-Type: application/json' \\\n"
            f"  -H 'Authorization: Bearer {accounts['analyst']['key']}' \\\n  -d '{body}'\n",
            markup=False,
        )

    return ready


def _stop(*_: object) -> None:
    """SIGTERM before the server runs ends the demo the way Ctrl-C does."""
    raise KeyboardInterrupt
