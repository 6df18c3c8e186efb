"""What PostgreSQL answers exactly as DuckDB does, over the readings of :mod:`fedquery_postgres.reading`.

Left out, because the answers differ: ``real`` against literals (PostgreSQL compares as double), intervals (1 month = 30 days
in one and not the other once it is a key), lists, ``min`` and ``max`` of booleans and bytes (not there before PostgreSQL 18),
sums and averages of floats (order) and averages of anything (PostgreSQL gives numeric, DuckDB double).
"""

from __future__ import annotations

from fedquery.spi import COMPARISONS, INTEGERS, JOINS, SETS, Capabilities
from fedquery_postgres.functions import FUNCTIONS

_ORDERED = frozenset({*COMPARISONS, "in", "null", "order", "group"})
_EXACT = ("boolean", *sorted(INTEGERS), "decimal", "double", "varchar", "blob", "date", "time", "timestamp", "timestamptz")
_ORDERABLE = frozenset(_EXACT) - {"boolean", "blob"} | {"real"}

CAPABILITIES = Capabilities(
    operators={**dict.fromkeys(_EXACT, _ORDERED), "real": frozenset({"null", "order", "group"})},
    aggregates={
        "count": frozenset({"*", "real", *_EXACT}),
        "count_distinct": frozenset({"real", *_EXACT}),
        "sum": INTEGERS | {"decimal"},
        "min": _ORDERABLE,
        "max": _ORDERABLE,
        "bool_or": frozenset({"boolean"}),
        "bool_and": frozenset({"boolean"}),
    },
    functions=FUNCTIONS,
    joins=JOINS,
    sets=SETS,
    masks=frozenset({"null", "const", "keep", "prefix", "band", "truncate", "token"}),
    slots=frozenset({*COMPARISONS, "in", "null"}) - {"<>"},
    snapshot="query",
    limit=True,
    order_limit=True,
    cancel=True,
    scratch=True,
)
