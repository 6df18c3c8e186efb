"""The tables, as the newest migration leaves them. Times are UTC texts of fixed length, so that they sort."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

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

SOURCE_FINGERPRINTS = Table(
    "source_fingerprints",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("entry", String(64), nullable=False),  # digest of the source's entry
    Column("at", String(27), nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("facts", Text, nullable=False),
)

TABLE_STATISTICS = Table(
    "table_statistics",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("path", Text, primary_key=True),  # of the table at the source, as a JSON array
    Column("entry", String(64), nullable=False),
    Column("at", String(27), nullable=False),
    Column("statistics", Text, nullable=False),
)

LEARNED_FRAGMENTS = Table(
    "learned_fragments",
    METADATA,
    Column("template", String(64), primary_key=True),
    Column("source", Text, nullable=False),
    Column("rows", Float, nullable=False),
    Column("bytes", Float, nullable=False),
    Column("milliseconds", Float, nullable=False),
    Column("runs", Integer, nullable=False),
    Column("at", String(27), nullable=False),
    Index("learned_fragments_at", "at"),
)

LEARNED_TRANSPORTS = Table(
    "learned_transports",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("bytes_per_second", Float),
    Column("first_batch_milliseconds", Float),
    Column("runs", Integer, nullable=False),
    Column("at", String(27), nullable=False),
)


def stamp(at: dt.datetime) -> str:
    """``2026-11-23T09:45:00.000000Z``. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time needs a zone")
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def time(text: str) -> dt.datetime:
    """The time that :func:`stamp` wrote."""
    return dt.datetime.fromisoformat(text)
