"""Reading one large table in parts, handed out one by one to several sessions on one snapshot.

Parts are ranges of its pages, or for a statement that groups, of the column that it is grouped by. A part is a setting of the
transaction, so that the statement is one text for all parts (:meth:`PostgresDialect.split`, :meth:`PostgresDialect.split_by`).
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

from fedquery.spi import SqlRequest
from fedquery_postgres.dialect import PostgresDialect
from fedquery_postgres.parameters import HIGH, LOW, configure
from fedquery_postgres.session import Session

#: TID range scans came with this version.
_SINCE = 140000
#: Least pages of a part, of the first one, whose rows are soon there, and of the smallest table that is worth more than one
#: session (8 KiB pages: 8 MiB, 256 KiB, 32 MiB).
STEP, FIRST, WORTH = 1024, 32, 4096
#: Rows that make a part worth its statement, and parts that each session takes even so.
ROWS, TURNS = 20_000, 4
#: Sessions for one statement, the first included.
WORKERS = 4
#: Seconds for which a table's size is remembered.
_REMEMBERED = 60.0

_DIALECT = PostgresDialect()
#: Pages of the largest heap behind a table, and of all; no row where there is anything else: pages mean nothing there. As
#: last counted by VACUUM or ANALYZE: to count them now would wait for whoever holds the table, under no query's name.
_PAGES = """WITH heap AS (SELECT {table}::regclass AS oid UNION SELECT relid FROM pg_partition_tree({table}::regclass))
SELECT max(greatest(c.relpages, 0)) AS "largest", sum(greatest(c.relpages, 0)) AS "all"
FROM heap JOIN pg_class c USING (oid) LEFT JOIN pg_am a ON a.oid = c.relam
HAVING bool_and(c.relkind = 'p' OR (c.relkind IN ('r', 'm') AND a.amname = 'heap' AND NOT c.relhassubclass))"""
#: Where a column's values lie, in a hundred ranges of as many rows; no row where it may be NULL, or rows lie elsewhere too.
_BOUNDS = """SELECT array_to_json(s.histogram_bounds)::text AS "bounds"
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
WHERE c.oid = {table}::regclass AND c.relkind = 'r' AND NOT c.relhassubclass AND a.attname = {column} AND a.attnotnull"""
#: An index must spare so much of the whole statement's cost, as the server reckons, that a part is worth a session.
_CHEAPER = 0.75


class Parts(Iterator[dict[str, str]]):
    """The settings of each part, to be taken by any thread."""

    def __init__(self, parts: Iterable[tuple[str, str]]) -> None:
        self._parts = iter(tuple(parts))
        self._lock = threading.Lock()

    def __next__(self) -> dict[str, str]:
        with self._lock:
            low, high = next(self._parts)
        return {LOW: low, HIGH: high}


def pages(count: int, rows: float, sessions: int) -> Parts:
    """Ranges of pages, larger where few ``rows`` come of them. The last has no end: a table grows after it was measured."""
    step = max(STEP, min(int(count * ROWS / max(rows, 1.0)), count // (TURNS * sessions)))
    lows = [0, *range(FIRST, max(count, FIRST + 1), step), 2**32 - 1]
    return Parts((f"({low},0)", f"({high},0)") for low, high in itertools.pairwise(lows))


def ranges(bounds: list[int], count: int) -> list[tuple[str, str]]:
    """So many ranges of about as many rows each. The first has no beginning and the last no end: statistics are old."""
    inner = sorted({bounds[len(bounds) * n // count] for n in range(1, count)} - {-(2**63)})
    lows = [-(2**63), *inner]
    return [(str(low), str(high)) for low, high in zip(lows, [*(low - 1 for low in inner), 2**63 - 1], strict=True)]


class Sizes:
    """Pages of tables, remembered for a minute. A size that is old does no harm: the last part has no end. Thread-safe."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[float, int]] = {}

    def parts(self, session: Session, request: SqlRequest, sessions: int) -> Parts | None:
        """The parts to read; None where the statement is better asked whole: an index serves it, or the table is small."""
        if session.version < _SINCE or len(request.reads) != 1:
            return None
        count = self._pages(session, request.reads[0].table)
        if not count:
            return None
        plan = _plan(session, request.text)
        if request.split_by is not None:
            return _ranges(session, request, request.split_by, plan, sessions)
        return pages(count, plan["Plan Rows"], sessions) if plan is not None and _scans(plan) else None

    def _pages(self, session: Session, table: tuple[str, ...]) -> int:
        """Pages of the largest heap of a table that is large enough, else 0."""
        measured, pages = self._known.get(table, (0.0, 0))
        if time.monotonic() - measured > _REMEMBERED or not measured:
            found = session.row(_PAGES.format(table=_regclass(table)))
            pages = int(found[0]) if found is not None and int(float(found[1])) >= WORTH else 0
            self._known[table] = (time.monotonic(), pages)
        return pages


def _ranges(session: Session, request: SqlRequest, column: str, plan: dict[str, Any] | None, sessions: int) -> Parts | None:
    """Ranges of the column, where its index serves each, and the server itself would not share the work among processes."""
    if plan is None or _nodes(plan) & {"Gather", "Gather Merge"}:
        return None
    found = session.row(_BOUNDS.format(table=_regclass(request.reads[0].table), column=_DIALECT.string(column)))
    bounds = json.loads(found[0]) if found is not None and found[0] else []
    parts = ranges(bounds, sessions) if len(bounds) > sessions else []
    if len(parts) < sessions:
        return None
    session.run(configure({LOW: parts[0][0], HIGH: parts[0][1]}))
    one = _plan(session, request.split or "")
    if one is None or _nodes(one) & {"Seq Scan", "Gather", "Gather Merge"}:
        return None
    return Parts(parts) if one["Total Cost"] < _CHEAPER * plan["Total Cost"] else None


def _regclass(table: tuple[str, ...]) -> str:
    """The table's name as a text."""
    return _DIALECT.string(_DIALECT.table(table))


def _plan(session: Session, text: str) -> dict[str, Any] | None:
    found = session.row(f"EXPLAIN (FORMAT JSON) {text}", plain=True)
    plan: dict[str, Any] | None = json.loads(found[0])[0]["Plan"] if found is not None else None
    return plan


def _nodes(plan: dict[str, Any]) -> set[str]:
    """What stands in a plan, at any depth."""
    return {plan["Node Type"]}.union(*(_nodes(each) for each in plan.get("Plans", ())))


def _scans(node: dict[str, Any]) -> bool:
    """Whether the server would read the whole table anyway."""
    if "Relation Name" in node:
        return bool(node["Node Type"] == "Seq Scan")
    inner = [
        _scans(each) for each in node.get("Plans", ()) if each.get("Parent Relationship") in ("Outer", "Member", "Subquery")
    ]
    return bool(inner) and all(inner)
