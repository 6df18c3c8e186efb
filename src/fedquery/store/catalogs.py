"""Catalogue versions: content, parent, who, when, why. Applying compares and sets the head; nothing is ever changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, desc, insert, select

from fedquery.catalog.digest import canonical, digest, from_canonical
from fedquery.catalog.model import Catalog
from fedquery.errors import CatalogConflict, CatalogError
from fedquery.store.database import Store
from fedquery.store.tables import CATALOG_VERSIONS, stamp, time

_V = CATALOG_VERSIONS.c
_COLUMNS = (_V.number, _V.digest, _V.parent, _V.at, _V.by, _V.why)
_HEAD = select(*_COLUMNS).order_by(desc(_V.number)).limit(1)


@dataclass(frozen=True, slots=True)
class Version:
    """One version: ``digest`` is its content's, ``parent`` the head's that it replaced."""

    number: int
    digest: str
    parent: str | None
    at: dt.datetime
    by: str
    why: str


def current(store: Store) -> Version | None:
    """The head; None before the first."""
    row = store.glance(_HEAD)
    return _version(*row) if row else None


def history(store: Store, limit: int = 100) -> tuple[Version, ...]:
    """The newest versions first."""
    with store.read() as connection:
        rows = connection.execute(select(*_COLUMNS).order_by(desc(_V.number)).limit(limit)).all()
    return tuple(_version(*row) for row in rows)


def content(store: Store, version: str) -> Catalog:
    """The catalogue of a version, by its digest. Raises CatalogError: no such version."""
    with store.read() as connection:
        text = connection.execute(select(_V.content).where(_V.digest == version).limit(1)).scalar_one_or_none()
    if text is None:
        raise CatalogError(f"There is no catalogue version {version}.", hint="`fedquery catalog history` lists them.")
    return from_canonical(text)


def apply(store: Store, catalog: Catalog, *, parent: str | None, by: str, why: str, at: dt.datetime) -> Version:
    """Make ``catalog``, which was made from the version ``parent``, the head. Content equal to the head's changes nothing.

    Raises CatalogConflict when the head is no longer ``parent``.
    """
    new = digest(catalog)
    with store.write(CATALOG_VERSIONS) as connection:
        head = _head(connection)
        if (head.digest if head else None) != parent:
            raise CatalogConflict(
                f"The directory has changed since: it is at {head.digest[:12] if head else 'no version'}, "
                f"your change was made from {parent[:12] if parent else 'none'}.",
                hint="Compare with the current version, and apply again.",
            )
        if head and head.digest == new:
            return head
        made = Version(head.number + 1 if head else 1, new, parent, at, by, why)
        row = {"number": made.number, "digest": new, "parent": parent, "at": stamp(at), "by": by, "why": why}
        connection.execute(insert(CATALOG_VERSIONS), [row | {"content": canonical(catalog)}])
    return made


def rollback(store: Store, version: str, *, parent: str, by: str, why: str, at: dt.datetime) -> Version:
    """A new version with the content of an old one. Raises CatalogError, CatalogConflict."""
    return apply(store, content(store, version), parent=parent, by=by, why=why, at=at)


def _head(connection: Connection) -> Version | None:
    row = connection.execute(_HEAD).one_or_none()
    return _version(*row) if row else None


def _version(number: int, digest: str, parent: str | None, at: str, by: str, why: str) -> Version:
    return Version(number, digest, parent, time(at), by, why)
