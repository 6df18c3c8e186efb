"""What the audit chain records: intents, outcomes, refusals; each becomes canonical JSON without floats."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from fedquery.errors import InvariantBroken
from fedquery.store.tables import stamp


@dataclass(frozen=True, slots=True)
class Event:
    """When which query of whom left the record."""

    at: dt.datetime
    query_id: str
    account: str


@dataclass(frozen=True, slots=True)
class FragmentRecord:
    """What one source is about to be asked: the SHA-256 of the statement, not the statement.

    ``part`` is that of the statement for one part of the table, where the source may be asked part by part instead.
    """

    id: str
    source: str
    statement: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Intent(Event):
    """A query that was allowed and planned, before any source is touched.

    ``resources`` maps each resource to its columns, and each column to its uses (select, filter, join ...).
    ``lookups`` counts the written values that were turned into tokens, by kind of identifier. ``unmasked`` names the columns
    whose raw values come to the gateway and are masked there.
    ``shipped`` names what derives from one department's rows and is sent to another's system.
    """

    department: str
    purpose: str
    grant: str
    catalog_version: str
    policy_digest: str
    sql: str
    resources: Mapping[str, Mapping[str, tuple[str, ...]]]
    fragments: tuple[FragmentRecord, ...]
    marks: tuple[str, ...] = ()
    shipped: tuple[str, ...] = ()
    lookups: Mapping[str, int] = field(default_factory=dict)
    unmasked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shipment(Event):
    """Keys of one department that are about to go to another's system: the ledger's line, durable before they do.

    ``origin`` is the column whose values go; ``statement`` the SHA-256 of the statement that they are bound to, not the keys.
    ``resources`` are both sides', so that both departments find it.
    """

    origin: str
    source: str
    fragment: str
    keys: int
    statement: str
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What one source returned: rows, bytes of Arrow, milliseconds."""

    source: str
    rows: int
    bytes: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Outcome(Event):
    """How a query ended: ``state`` is finished, failed, cancelled, abandoned (left by its reader) or interrupted."""

    state: str
    rows: int = 0
    bytes: int = 0
    sources: tuple[SourceRecord, ...] = ()
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal(Event):
    """A query that was not allowed, with the reasons; ``resources`` are those it named and could see."""

    department: str
    catalog_version: str
    sql: str
    error_code: str
    reasons: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    purpose: str | None = None
    grant: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the log itself or the directory, such as a new head file."""

    at: dt.datetime
    account: str
    text: str
    query_id: str = ""


Record = Intent | Shipment | Outcome | Refusal | Notice


def body_of(record: Record, seq: int, intent: int | None) -> str:
    """The record's canonical JSON: sorted keys, no white space, UTF-8, no floats."""
    document = {"seq": seq, "kind": kind_of(record), **_plain(record)}
    if intent is not None:
        document["intent"] = intent
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def kind_of(record: Record) -> str:
    """``intent``, ``shipment``, ``outcome``, ``refusal`` or ``notice``."""
    return type(record).__name__.lower()


def departments_in(resources: Iterable[str]) -> str:
    """Whose resources a record names, as the store indexes it: ``|health|psb|``."""
    named = sorted({str(resource).partition(".")[0] for resource in resources})
    return f"|{'|'.join(named)}|" if named else ""


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {own.name: _plain(getattr(value, own.name)) for own in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dt.datetime):
        return stamp(value)
    if value is None or isinstance(value, (str, int)):
        return value
    raise InvariantBroken(f"an audit record holds a {type(value).__name__}")
