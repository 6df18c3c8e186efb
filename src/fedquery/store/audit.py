"""The audit log: an append-only hash chain. No record, no query: an intent is durable before any source is touched.

Each record's hash covers the previous one's, so that a changed, missing or inserted record shows; a cut tail shows in
the head file, and a cut head file in the store.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, desc, insert, select

from fedquery.errors import AuditBroken, InvariantBroken
from fedquery.store.database import Store, translated
from fedquery.store.head import HeadFile
from fedquery.store.records import Intent, Notice, Outcome, Record, Refusal, Shipment, body_of, departments_in, kind_of
from fedquery.store.tables import AUDIT_RECORDS

_A = AUDIT_RECORDS.c
_START = "0" * 64
_PAGE = 1000
#: Made once: that takes longer than running them.
_INSERT = insert(AUDIT_RECORDS)
_NEWEST = select(_A.seq, _A.hash).order_by(desc(_A.seq)).limit(1)
_SINCE = select(_A.seq, _A.hash).where(_A.seq >= bindparam("known")).order_by(_A.seq)
_ENDED = select(_A.seq).where(_A.intent == bindparam("ended"))
_HINT = "Keep the store and audit.head as they are, and compare with the copies kept elsewhere."


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as stored: its number, its hash, and its content."""

    seq: int
    kind: str
    hash: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verified:
    """A chain without fault: how many records, the last hash, and how far the head file is behind.

    One behind is what a crash between the two writes leaves; the next record mends it.
    """

    records: int
    hash: str
    head_behind: int


class Audit:
    """The log of one store, with its head file. Safe to use from several threads and processes."""

    def __init__(self, store: Store, head: Path) -> None:
        self.store = store
        self._head = HeadFile(head)
        self._thread = threading.Lock()

    def intent(self, record: Intent) -> int:
        """Record what is about to happen; returns its number. Raises StoreProblem, AuditBroken: then nothing may happen."""
        return self._append(record)

    def shipments(self, records: Sequence[Shipment]) -> None:
        """Record keys that are about to go to other departments' systems. Raises StoreProblem, AuditBroken: then they stay."""
        self._append(*records)

    def outcome(self, intent: int, record: Outcome) -> int:
        """Record how an intent ended, once. Raises StoreProblem, AuditBroken."""
        return self._append(record, ending=intent)

    def refusal(self, record: Refusal) -> int:
        """Record a query that was not allowed. Raises StoreProblem, AuditBroken."""
        return self._append(record)

    def notice(self, record: Notice) -> int:
        """Record a remark. Raises StoreProblem, AuditBroken."""
        return self._append(record)

    def open_intents(self) -> tuple[Entry, ...]:
        """Intents without an outcome: at start, the queries that a crash interrupted."""
        ended = select(_A.intent).where(_A.intent.is_not(None))
        chosen = select(AUDIT_RECORDS).where(_A.kind == "intent", _A.seq.not_in(ended)).order_by(_A.seq)
        with self.store.read() as connection:
            return tuple(_entry(row) for row in connection.execute(chosen))

    def records(
        self,
        *,
        before: int | None = None,
        limit: int = 100,
        query_id: str | None = None,
        account: str | None = None,
        department: str | None = None,
    ) -> tuple[Entry, ...]:
        """The newest first. ``department`` chooses those that name its resources; ``before`` pages on."""
        chosen = select(AUDIT_RECORDS).order_by(desc(_A.seq)).limit(limit)
        if before is not None:
            chosen = chosen.where(_A.seq < before)
        if query_id is not None:
            chosen = chosen.where(_A.query_id == query_id)
        if account is not None:
            chosen = chosen.where(_A.account == account)
        if department is not None:
            chosen = chosen.where(_A.departments.contains(f"|{department}|", autoescape=True))
        with self.store.read() as connection:
            return tuple(_entry(row) for row in connection.execute(chosen))

    def verify(self) -> Verified:
        """Read the whole chain and the head file. Raises AuditBroken, which names the first record that is wrong."""
        with self._thread, translated(), self._head.locked(), self.store.read() as connection:
            kept = self._head.lines()
            line = next(kept, None)
            seq, previous, remembered = 0, _START, 0
            for row in _chain(connection):
                seq += 1
                previous = _checked(row, seq, previous)
                if line and line[0] == seq:
                    if line[1] != previous:
                        raise AuditBroken(f"Audit record {seq} is not the one that the head file remembers.", hint=_HINT)
                    if not remembered and seq > 1 and self.store.is_sqlite and row.kind != "notice":
                        raise _behind(1)
                    remembered, line = seq, next(kept, None)
            if line:
                raise AuditBroken(f"Audit record {line[0]} is missing: the head file remembers it.", hint=_HINT)
            if self.store.is_sqlite and seq - remembered > 1:
                raise _behind(remembered + 1)
            return Verified(seq, previous, seq - remembered)

    def new_head(self, at: dt.datetime, account: str, why: str) -> int:
        """Start the head file anew, after a restored backup or a lost file; the old one is kept, and the log says so."""
        with self._thread, translated():
            if self._head.path.exists():
                self._head.path.rename(self._head.path.with_name(f"{self._head.path.name}.until-{at:%Y%m%dT%H%M%S%f}"))
        return self._append(Notice(at, account, f"new head file: {why}"), anew=True)

    def _append(self, *records: Record, ending: int | None = None, anew: bool = False) -> int:
        """One step among threads (lock), processes (the file's lock) and nodes (the table's lock); the last one's number."""
        with self._thread, translated(), self._head.locked() as head:
            known, known_hash = self._head.last(head)
            with self.store.write(AUDIT_RECORDS) as connection:
                lines = self._since(connection, known, known_hash, anew)
                if ending is not None and connection.scalar(_ENDED, {"ended": ending}) is not None:
                    raise InvariantBroken(f"the audit intent {ending} already has an outcome")
                seq, previous = lines[-1] if lines else (known, known_hash or _START)
                rows = []
                for record in records:
                    seq += 1
                    rows.append(_row(record, seq, ending, previous))
                    previous = rows[-1]["hash"]
                connection.execute(_INSERT, rows)
            missed = lines[1:] if known else lines if self.store.is_sqlite and not anew else []
            self._head.append(head, [*missed, *((row["seq"], row["hash"]) for row in rows)])
            return seq

    def _since(self, connection: Connection, known: int, known_hash: str, anew: bool) -> list[tuple[int, str]]:
        """The store's records from the one that the head file ends with, which must be the same; else only the newest.

        The store may be ahead: by one after a crash between the two writes, and by what other nodes of a PostgreSQL
        store have written; a new head file begins wherever the chain is.
        """
        rows = connection.execute(_SINCE, {"known": known}) if known else connection.execute(_NEWEST)
        lines = [(int(row.seq), str(row.hash)) for row in rows]
        if known and lines[:1] != [(known, known_hash)]:
            raise AuditBroken(f"Audit record {known} is missing or changed: the head file remembers it.", hint=_HINT)
        if self.store.is_sqlite and not anew and lines and lines[-1][0] - known > 1:
            raise _behind(known + 1)
        return lines


def _row(record: Record, seq: int, ending: int | None, previous: str) -> dict[str, Any]:
    body = body_of(record, seq, ending)
    return {
        "seq": seq,
        "kind": kind_of(record),
        "query_id": record.query_id,
        "account": record.account,
        "departments": departments_in(getattr(record, "resources", ())),
        "intent": ending,
        "body": body,
        "previous": previous,
        "hash": _hash(previous, body),
    }


def _behind(seq: int) -> AuditBroken:
    return AuditBroken(f"The audit head file lacks the record {seq}, and perhaps later ones.", hint=_HINT)


def _chain(connection: Connection) -> Iterator[Any]:
    """Every record in order, a page at a time."""
    last = -1
    while rows := connection.execute(select(AUDIT_RECORDS).where(_A.seq > last).order_by(_A.seq).limit(_PAGE)).all():
        yield from rows
        last = rows[-1].seq


def _checked(row: Any, seq: int, previous: str) -> str:
    """The record's hash. Raises AuditBroken unless it is record ``seq``, follows ``previous``, and is as it was written."""
    if row.seq != seq:
        raise AuditBroken(f"Audit record {seq} is missing.", hint=_HINT)
    if row.previous != previous or row.hash != _hash(previous, row.body):
        raise AuditBroken(f"Audit record {seq} was changed.", hint=_HINT)
    body = json.loads(row.body)
    indexed = (row.seq, row.kind, row.query_id, row.account, row.intent, row.departments)
    departments = departments_in(body.get("resources", ()))
    written = (body["seq"], body["kind"], body["query_id"], body["account"], body.get("intent"), departments)
    if indexed != written:
        raise AuditBroken(f"Audit record {seq} was changed: its index differs from its content.", hint=_HINT)
    return str(row.hash)


def _hash(previous: str, body: str) -> str:
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


def _entry(row: Any) -> Entry:
    return Entry(row.seq, row.kind, row.hash, json.loads(row.body))
