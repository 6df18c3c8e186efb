"""What finished queries taught, kept: cardinalities by template, transport by source. Only the newest are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, desc, insert, select, true

from fedquery.experience import Experience, Learned, Run, Transport
from fedquery.store.database import Store
from fedquery.store.tables import LEARNED_FRAGMENTS, LEARNED_TRANSPORTS, stamp

#: Templates kept; the least recently seen go first.
KEPT = 10_000

_F, _T = LEARNED_FRAGMENTS.c, LEARNED_TRANSPORTS.c


def record(store: Store, runs: Sequence[Run], at: dt.datetime) -> Experience:
    """Smooth the runs into what is kept; returns what changed. Raises StoreProblem."""
    sources = {run.template: run.source for run in runs}
    with store.write(LEARNED_FRAGMENTS, LEARNED_TRANSPORTS) as connection:
        changed = _kept(connection, _F.template.in_(sources), _T.source.in_(sources.values())).taught(runs)
        fragments = [{"template": t, "source": sources[t], **_row(known, at)} for t, known in changed.fragments.items()]
        transports = [{"source": source, **_row(known, at)} for source, known in changed.transports.items()]
        for key, rows in ((_F.template, fragments), (_T.source, transports)):
            if rows:
                connection.execute(delete(key.table).where(key.in_([row[key.name] for row in rows])))
                connection.execute(insert(key.table), rows)
        oldest = select(_F.at).order_by(desc(_F.at)).offset(KEPT).limit(1).scalar_subquery()
        connection.execute(delete(LEARNED_FRAGMENTS).where(_F.at <= oldest))
    return changed


def everything(store: Store) -> Experience:
    """All that is kept. Raises StoreProblem."""
    with store.read() as connection:
        return _kept(connection, true(), true())


def _kept(connection: Connection, fragments: ColumnElement[bool], transports: ColumnElement[bool]) -> Experience:
    learned = connection.execute(select(LEARNED_FRAGMENTS).where(fragments)).all()
    speeds = connection.execute(select(LEARNED_TRANSPORTS).where(transports)).all()
    return Experience(
        {row.template: Learned(row.rows, row.bytes, row.milliseconds, row.runs) for row in learned},
        {row.source: Transport(row.bytes_per_second, row.first_batch_milliseconds, row.runs) for row in speeds},
    )


def _row(known: Learned | Transport, at: dt.datetime) -> dict[str, Any]:
    return {**asdict(known), "at": stamp(at)}
