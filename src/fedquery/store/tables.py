"""The tables, as the newest migration leaves them. Times are UTC texts of fixed length, so that they sort."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()

CATALOG_VERSIONS = Table(
    "catalog_versions",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("parent", String(64)),
    Column("at", String(27), nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("content", Text, nullable=False),
    Index("catalog_versions_digest", "digest"),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("account", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("label", Text, nullable=False),
    Column("issued_at", String(27), nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("expires_at", String(27), nullable=False),
    Column("revoked_at", String(27)),
    Column("revoked_by", Text),
    Column("used_at", String(27)),
    Index("api_keys_account", "account"),
)

AUDIT_RECORDS = Table(
    "audit_records",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("query_id", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("departments", Text, nullable=False),  # "|health|psb|": whose resources it names
    Column("intent", BigInteger, ForeignKey("audit_records.seq"), unique=True),  # the intent that an outcome ends
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("audit_records_query", "query_id"),
    Index("audit_records_account", "account", "seq"),
)


def stamp(at: dt.datetime) -> str:
    """``2026-11-23T09:45:00.000000Z``. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time needs a zone")
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def time(text: str) -> dt.datetime:
    """The time that :func:`stamp` wrote."""
    return dt.datetime.fromisoformat(text)
