"""``fedquery demo``: a city in a folder, served until it is told to stop, with nothing left behind."""

from __future__ import annotations

import datetime as dt
import json
import logging
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from fedquery import __version__
from fedquery.catalog.model import Catalog
from fedquery.demo.city import City
from fedquery.demo.departments import Departments, Tell, bring_up
from fedquery.errors import SettingProblem
from fedquery.http.entrance import open_services
from fedquery.http.wsgi import serve
from fedquery.policy.decide import active_grants
from fedquery.settings import Settings
from fedquery.store import catalogs, principals
from fedquery.store.database import Store, open_store, upgrade_store

HOST = "127.0.0.1"
_MARK = "demo.json"
_KEYS_FOR = dt.timedelta(days=30)
_FIRST = """SELECT r.hukou_district, count(*) AS residents
FROM psb.resident r
WHERE r.residence_status = 'active'
GROUP BY ALL ORDER BY 1"""
_FIRST_GRANT = "backflow"

Accounts = dict[str, dict[str, Any]]


def run(port: int, citizens: int, data: Path | None, as_json: bool) -> None:
    """Make or open the city in ``data`` (a temporary folder when None) and serve it; returns when told to stop.

    Raises SettingProblem: the port is taken, the folder holds something else, a database does not start.
    """
    say = Console(stderr=True, highlight=False)
    signal.signal(signal.SIGTERM, _stop)
    with _listening(port) as listener, _folder(data) as folder:
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        departments, settings, accounts = _open(folder, citizens, lambda who, what: say.print(f"  {who:<10} {what}"))
        try:
            logging.basicConfig(level="WARNING", format="%(levelname)s %(name)s %(message)s")
            ready = _announce_json(url, accounts) if as_json else _announce(say, url, accounts)
            with suppress(SystemExit, KeyboardInterrupt):
                serve(lambda: open_services(settings), f"fd://{listener.fileno()}", ready)
        finally:
            departments.stop()


def install(folder: Path, citizens: int, tell: Tell) -> tuple[Departments, Settings]:
    """The city's systems, directory and store in ``folder``, ready for a gateway."""
    filled = _check(folder, citizens)
    tell("city", f"{citizens:,} citizens")
    city = City(citizens)
    departments = bring_up(folder, city, tell, filled=filled)
    try:
        settings = Settings(data_dir=folder)
        key = settings.secrets_dir / "master.key"
        if not key.exists():
            key.touch(mode=0o600)
            key.write_text(secrets.token_hex(32), encoding="utf-8")
        upgrade_store(settings.store_url)
        store = open_store(settings.store_url)
        try:
            _apply(store, departments.catalog)
        finally:
            store.close()
        (folder / _MARK).write_text(json.dumps(_mark(citizens)), encoding="utf-8")
    except BaseException:
        departments.stop()
        raise
    return departments, settings


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


def _open(folder: Path, citizens: int, tell: Tell) -> tuple[Departments, Settings, Accounts]:
    departments, settings = install(folder, citizens, tell)
    try:
        return departments, settings, issue_keys(settings, departments.catalog)
    except BaseException:
        departments.stop()
        raise


def _grants(catalog: Catalog, account: str) -> list[str]:
    from fedquery.identity import Principal

    entry = catalog.accounts[account]
    principal = Principal(entry.id, entry.kind, entry.department, frozenset(entry.roles), dict(entry.attributes))
    today = dt.datetime.now(dt.UTC).date()
    return [grant.id for grant in active_grants(catalog, principal, today)] if principal.may_query() else []


def _apply(store: Store, catalog: Catalog) -> None:
    head = catalogs.current(store)
    at = dt.datetime.now(dt.UTC)
    catalogs.apply(store, catalog, parent=head.digest if head else None, by="demo", why="the demo city", at=at)


def _mark(citizens: int) -> Mapping[str, object]:
    return {"fedquery": __version__, "citizens": citizens}


def _check(folder: Path, citizens: int) -> bool:
    """Whether the folder holds this city already. Raises SettingProblem when it holds another, or anything else."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / _MARK
    if mark.exists():
        found = json.loads(mark.read_text(encoding="utf-8"))
        if found != _mark(citizens):
            raise SettingProblem(
                f"{folder} holds a city of {found.get('citizens')} citizens made by fedquery {found.get('fedquery')}.",
                hint="Name another folder with --data, or the same number of --citizens.",
            )
        return True
    if any(folder.iterdir()):
        raise SettingProblem(
            f"{folder} is not empty and holds no finished city.", hint="Name an empty or a new folder with --data."
        )
    return False


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="fedquery-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """The port, taken before anything is made, so that a taken one is said at once."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
        listener.set_inheritable(True)
    except OSError as problem:
        listener.close()
        raise SettingProblem(
            f"The port {port} cannot be used: {problem.strerror}.", hint="Name another with --port; 0 takes a free one."
        ) from None
    with listener:
        yield listener


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
