"""What finished queries taught, kept: cardinalities by template, transport by source. Only the newest are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Table, delete, desc, insert, select, update

from fedquery.experience import Learned, Transport
from fedquery.store.database import Store
from fedquery.store.tables import LEARNED_FRAGMENTS, LEARNED_TRANSPORTS, stamp

#: Templates kept; the least recently seen go first.
KEPT = 10_000

_F, _T = LEARNED_FRAGMENTS.c, LEARNED_TRANSPORTS.c


@dataclass(frozen=True, slots=True)
class Run:
    """One fragment that was read to its end. ``learned`` is None for one whose rows were narrowed by shipped keys."""

    source: str
    template: str
    learned: Learned | None
    transport: Transport


@dataclass(frozen=True, slots=True)
class Experience:
    """All that is kept: by template, and by source."""

    fragments: Mapping[str, Learned] = field(default_factory=lambda: MappingProxyType({}))
    transports: Mapping[str, Transport] = field(default_factory=lambda: MappingProxyType({}))


def record(store: Store, runs: Iterable[Run], at: dt.datetime) -> Experience:
    """Smooth the runs into what is known; returns what changed. Raises StoreProblem."""
    fragments: dict[str, Learned] = {}
    transports: dict[str, Transport] = {}
    with store.write(LEARNED_FRAGMENTS, LEARNED_TRANSPORTS) as connection:
        for run in runs:
            before = transports.get(run.source) or _transport(connection, run.source)
            transports[run.source] = before.then(run.transport) if before else run.transport
            _put(connection, LEARNED_TRANSPORTS, {"source": run.source}, _transport_row(transports[run.source], at))
            if run.learned is not None:
                known = fragments.get(run.template) or _learned(connection, run.template)
                fragments[run.template] = known.then(run.learned) if known else run.learned
                row = {"source": run.source, **_learned_row(fragments[run.template], at)}
                _put(connection, LEARNED_FRAGMENTS, {"template": run.template}, row)
        oldest = select(_F.at).order_by(desc(_F.at)).offset(KEPT).limit(1).scalar_subquery()
        connection.execute(delete(LEARNED_FRAGMENTS).where(_F.at <= oldest))
    return Experience(fragments, transports)


def lookup(store: Store, template: str) -> Learned | None:
    """What is known of one template. Raises StoreProblem."""
    with store.read() as connection:
        return _learned(connection, template)


def everything(store: Store) -> Experience:
    """All that is kept. Raises StoreProblem."""
    with store.read() as connection:
        fragments = connection.execute(select(LEARNED_FRAGMENTS)).all()
        transports = connection.execute(select(LEARNED_TRANSPORTS)).all()
    return Experience(
        {row.template: Learned(row.rows, row.bytes, row.milliseconds, row.runs) for row in fragments},
        {row.source: Transport(row.bytes_per_second, row.first_batch_milliseconds, row.runs) for row in transports},
    )


def _learned(connection: Connection, template: str) -> Learned | None:
    row = connection.execute(select(LEARNED_FRAGMENTS).where(_F.template == template)).one_or_none()
    return Learned(row.rows, row.bytes, row.milliseconds, row.runs) if row else None


def _transport(connection: Connection, source: str) -> Transport | None:
    row = connection.execute(select(LEARNED_TRANSPORTS).where(_T.source == source)).one_or_none()
    return Transport(row.bytes_per_second, row.first_batch_milliseconds, row.runs) if row else None


def _learned_row(known: Learned, at: dt.datetime) -> dict[str, Any]:
    return {
        "rows": known.rows,
        "bytes": known.bytes,
        "milliseconds": known.milliseconds,
        "runs": known.runs,
        "at": stamp(at),
    }


def _transport_row(known: Transport, at: dt.datetime) -> dict[str, Any]:
    return {
        "bytes_per_second": known.bytes_per_second,
        "first_batch_milliseconds": known.first_batch_milliseconds,
        "runs": known.runs,
        "at": stamp(at),
    }


def _put(connection: Connection, table: Table, key: dict[str, Any], row: dict[str, Any]) -> None:
    """Update, or insert; the table is locked."""
    changed = connection.execute(update(table).where(*(table.c[name] == value for name, value in key.items())).values(**row))
    if changed.rowcount == 0:
        connection.execute(insert(table), [key | row])
