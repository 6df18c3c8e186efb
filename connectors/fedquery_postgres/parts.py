"""Reading one large table in parts: ranges of its pages, handed out one by one to several sessions on one snapshot.

A part is a setting of the transaction, so that the statement is one text for all parts (:meth:`PostgresDialect.split`).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

from fedquery.spi import SqlRequest
from fedquery_postgres.parameters import HIGH, LOW
from fedquery_postgres.session import Session

#: TID range scans came with this version.
_SINCE = 140000
#: Pages of a part, and of the smallest table that is worth more than one session (8 KiB pages: 8 MiB, 32 MiB).
STEP, WORTH = 1024, 4096
#: Sessions for one statement, the first included.
WORKERS = 4
#: Seconds for which a table's size is remembered.
_REMEMBERED = 60.0

#: Pages of the largest heap behind a table, and of all; no row where there is anything else: pages mean nothing there. As
#: last counted by VACUUM or ANALYZE: to count them now would wait for whoever holds the table, under no query's name.
_PAGES = """WITH heap AS (SELECT {table}::regclass AS oid UNION SELECT relid FROM pg_partition_tree({table}::regclass))
SELECT max(greatest(c.relpages, 0)) AS "largest", sum(greatest(c.relpages, 0)) AS "all"
FROM heap JOIN pg_class c USING (oid) LEFT JOIN pg_am a ON a.oid = c.relam
HAVING bool_and(c.relkind = 'p' OR (c.relkind IN ('r', 'm') AND a.amname = 'heap' AND NOT c.relhassubclass))"""


class Parts(Iterator[dict[str, str]]):
    """The settings of each part, to be taken by any thread. The last has no end: a table grows after it was measured."""

    def __init__(self, pages: int) -> None:
        self._lows = list(range(0, max(pages, 1), STEP))
        self._next = 0
        self._lock = threading.Lock()

    def __next__(self) -> dict[str, str]:
        with self._lock:
            if self._next == len(self._lows):
                raise StopIteration
            low = self._lows[self._next]
            self._next += 1
            high = self._lows[self._next] if self._next < len(self._lows) else 2**32 - 1
        return {LOW: f"({low},0)", HIGH: f"({high},0)"}


class Sizes:
    """Pages of tables, remembered for a minute. A size that is old does no harm: the last part has no end. Thread-safe."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[float, int]] = {}

    def parts(self, session: Session, request: SqlRequest) -> Parts | None:
        """The parts to read; None where the statement is better asked whole: an index serves it, or the table is small."""
        if session.version < _SINCE or len(request.reads) != 1:
            return None
        pages = self._pages(session, request.reads[0].table)
        if not pages:
            return None
        plan = session.row(f"EXPLAIN (FORMAT JSON) {request.text}", plain=True)
        return Parts(pages) if plan is not None and _scans(json.loads(plan[0])[0]["Plan"]) else None

    def _pages(self, session: Session, table: tuple[str, ...]) -> int:
        """Pages of the largest heap of a table that is large enough, else 0."""
        measured, pages = self._known.get(table, (0.0, 0))
        if time.monotonic() - measured > _REMEMBERED or not measured:
            path = ".".join('"' + part.replace('"', '""') + '"' for part in table)
            found = session.row(_PAGES.format(table="'" + path.replace("'", "''") + "'"))
            pages = int(found[0]) if found is not None and int(float(found[1])) >= WORTH else 0
            self._known[table] = (time.monotonic(), pages)
        return pages


def _scans(node: dict[str, Any]) -> bool:
    """Whether the server would read the whole table anyway."""
    if "Relation Name" in node:
        return bool(node["Node Type"] == "Seq Scan")
    inner = [
        _scans(each) for each in node.get("Plans", ()) if each.get("Parent Relationship") in ("Outer", "Member", "Subquery")
    ]
    return bool(inner) and all(inner)
