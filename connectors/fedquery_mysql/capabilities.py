"""What MySQL and MariaDB do exactly as DuckDB, over the normalised readings. The reasons are in decision record 0012."""

from __future__ import annotations

from types import MappingProxyType

from fedquery.spi import COMPARISONS, INTEGERS, JOINS, SETS, Capabilities
from fedquery_mysql.functions import FUNCTIONS

_FULL = frozenset({*COMPARISONS, "in", "null", "order", "group"})
_EXACT = INTEGERS | {"decimal"}
_ORDERED = _EXACT | {"varchar", "date", "time", "timestamp", "timestamptz"}

CAPABILITIES = Capabilities(
    operators=MappingProxyType(
        {
            **dict.fromkeys(_EXACT | {"varchar", "date"}, _FULL),
            "boolean": _FULL,
            # The body's literals of these types lose their fraction or zone when sqlglot prints them for MySQL
            **dict.fromkeys(("time", "timestamp", "timestamptz"), frozenset({"null", "order", "group"})),
            **dict.fromkeys(("real", "double", "blob"), frozenset({"null"})),
        }
    ),
    aggregates=MappingProxyType(
        {
            "count": _ORDERED | {"*", "boolean", "real", "double", "blob"},
            "count_distinct": _ORDERED | {"boolean"},
            "sum": _EXACT,
            "min": _ORDERED,
            "max": _ORDERED,
        }
    ),
    functions=FUNCTIONS,
    joins=JOINS,
    sets=SETS,
    masks=frozenset({"null", "const", "keep", "prefix", "band", "truncate", "token"}),
    slots=frozenset({*COMPARISONS, "in", "null"}) - {"<>"},
    snapshot="statement",
    limit=True,
    order_limit=True,
    cancel=True,
)
