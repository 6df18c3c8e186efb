"""API keys of the directory's accounts: issued once, stored as a hash, revocable, with an end."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from fedquery import sentences as say
from fedquery.errors import BadRequest, NotAuthenticated
from fedquery.store.database import Store
from fedquery.store.tables import API_KEYS, stamp, time

_K = API_KEYS.c
_PREFIX = "fq"
_USED_EVERY = dt.timedelta(minutes=1)  # how exact "last used" is; a write for every request would be waste
_NOBODY = "0" * 64


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. ``text`` is shown to its holder now and never again."""

    id: str
    text: str

    def __repr__(self) -> str:
        return f"IssuedKey({self.id})"


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """What is known of a key."""

    id: str
    account: str
    label: str
    issued_at: dt.datetime
    issued_by: str
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    used_at: dt.datetime | None


def issue(store: Store, account: str, *, label: str, by: str, at: dt.datetime, expires: dt.datetime) -> IssuedKey:
    """A new key ``fq_<id>_<secret>`` of 256 random bits. Raises BadRequest when it would end before it begins."""
    if expires <= at:
        raise BadRequest("A key ends after it is issued.")
    id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = {"id": id, "account": account, "hash": _hash(secret), "label": label}
    times = {"issued_at": stamp(at), "issued_by": by, "expires_at": stamp(expires)}
    with store.write() as connection:
        connection.execute(insert(API_KEYS), [row | times])
    return IssuedKey(id, f"{_PREFIX}_{id}_{secret}")


def authenticate(store: Store, key: str, at: dt.datetime) -> str:
    """The account of a key. Raises NotAuthenticated, with one text for wrong, unknown, ended and revoked keys."""
    prefix, _, rest = key.partition("_")
    id, _, secret = rest.partition("_")
    with store.read() as connection:
        row = connection.execute(select(API_KEYS).where(_K.id == id)).one_or_none()
    # An unknown id takes the same path: the comparison never stops early, and always happens. The secret is random and
    # long, so that a plain hash of it cannot be reversed.
    right = hmac.compare_digest(_hash(secret), row.hash if row else _NOBODY)
    now = stamp(at)
    if not (row and right and prefix == _PREFIX and row.revoked_at is None and now < row.expires_at):
        raise NotAuthenticated(say.KEY_NOT_VALID(), hint=say.NEW_KEY())
    if row.used_at is None or now >= stamp(time(row.used_at) + _USED_EVERY):
        with store.write() as connection:
            connection.execute(update(API_KEYS).where(_K.id == id).values(used_at=now))
    return str(row.account)


def revoke(store: Store, id: str, *, by: str, at: dt.datetime) -> None:
    """End a key now; nothing changes for one that is revoked. Raises BadRequest: no such key."""
    with store.write() as connection:
        if connection.execute(select(_K.id).where(_K.id == id)).one_or_none() is None:
            raise BadRequest(f"There is no API key {id}.")
        revoked = update(API_KEYS).where(_K.id == id, _K.revoked_at.is_(None))
        connection.execute(revoked.values(revoked_at=stamp(at), revoked_by=by))


def keys(store: Store, account: str | None = None) -> tuple[KeyEntry, ...]:
    """The keys of one account, or all, oldest first."""
    chosen = select(API_KEYS).order_by(_K.issued_at, _K.id)
    with store.read() as connection:
        rows = connection.execute(chosen.where(_K.account == account) if account else chosen).all()
    return tuple(_entry(row) for row in rows)


def _entry(row: Any) -> KeyEntry:
    optional = [time(text) if text else None for text in (row.revoked_at, row.used_at)]
    return KeyEntry(
        row.id, row.account, row.label, time(row.issued_at), row.issued_by, time(row.expires_at), optional[0], optional[1]
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
