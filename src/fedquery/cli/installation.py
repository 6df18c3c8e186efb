"""The installation that a command works on: its settings, its store, its catalogue."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import pwd
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from fedquery.catalog.model import Catalog
from fedquery.errors import CatalogError
from fedquery.settings import Settings, environment, load
from fedquery.spi import Secrets
from fedquery.store import catalogs
from fedquery.store.database import Store, open_store

Config = Annotated[Path | None, typer.Option("--config", help="Settings file; default fedquery.toml.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="JSON, for scripts.")]
By = Annotated[str | None, typer.Option("--by", help="Who does this; default: the system's user.", show_default=False)]


def settings(config: Path | None, flags: Mapping[str, object] | None = None) -> Settings:
    """The settings; ``flags`` that are None were not given. Raises SettingProblem."""
    return load({name: value for name, value in (flags or {}).items() if value is not None}, config)


def store_password(own: Settings) -> str | None:
    """The store's password, resolved from its reference. Raises SecretProblem."""
    return secrets(own).resolve(own.store_password) if own.store_password else None


def secrets(own: Settings) -> Secrets:
    """Where secret references are resolved."""
    return Secrets(own.secrets_dir, environment())


@contextlib.contextmanager
def opened(config: Path | None) -> Iterator[tuple[Settings, Store]]:
    """The settings and the open store. Raises StoreTooOld, StoreTooNew, StoreProblem."""
    own = settings(config)
    store = open_store(own.store_url, store_password(own))
    try:
        yield own, store
    finally:
        store.close()


def current_catalog(store: Store) -> tuple[str, Catalog]:
    """The version in force and its content. Raises CatalogError when there is none."""
    head = catalogs.current(store)
    if head is None:
        raise CatalogError("There is no catalogue yet.", hint="`fedquery catalog apply FOLDER` makes the first version.")
    return head.digest, catalogs.content(store, head.digest)


def now() -> dt.datetime:
    """The time of a record."""
    return dt.datetime.now(dt.UTC)


def who(by: str | None) -> str:
    """Who acts: as given, or the system's user."""
    return by or pwd.getpwuid(os.getuid()).pw_name
