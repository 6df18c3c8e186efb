"""Reading one large table in parts: ranges of its pages, handed out one by one to several sessions on one snapshot.

A part is a setting of the transaction, so that the statement is one text for all parts (:meth:`PostgresDialect.split`).
"""

from __future__ import annotations

import json
import threading
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

#: Pages of the largest heap behind a table, and of all; no row where there is anything else: pages mean nothing there.
_PAGES = """WITH heap AS (SELECT {table}::regclass AS oid UNION SELECT relid FROM pg_partition_tree({table}::regclass))
SELECT max(pg_relation_size(c.oid)) / current_setting('block_size')::bigint AS "largest",
    sum(pg_relation_size(c.oid)) / current_setting('block_size')::bigint AS "all"
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


def pages(session: Session, request: SqlRequest) -> int:
    """Pages to read in parts; 0 where the statement is better asked whole, since an index serves it or the table is small."""
    if session.version < _SINCE or len(request.reads) != 1:
        return 0
    path = ".".join('"' + part.replace('"', '""') + '"' for part in request.reads[0].table)
    table = "'" + path.replace("'", "''") + "'"
    found = session.row(_PAGES.format(table=table))
    if found is None or int(float(found[1])) < WORTH:
        return 0
    plan = session.row(f"EXPLAIN (FORMAT JSON) {request.text}", plain=True)
    return int(found[0]) if plan is not None and _scans(json.loads(plan[0])[0]["Plan"]) else 0


def _scans(node: dict[str, Any]) -> bool:
    """Whether the server would read the whole table anyway."""
    if "Relation Name" in node:
        return bool(node["Node Type"] == "Seq Scan")
    inner = [
        _scans(each) for each in node.get("Plans", ()) if each.get("Parent Relationship") in ("Outer", "Member", "Subquery")
    ]
    return bool(inner) and all(inner)
