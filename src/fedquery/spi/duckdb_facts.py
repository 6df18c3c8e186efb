"""What is asked of the DuckDB beside an embedded source: whether it answers as the gateway's own."""

from __future__ import annotations

from fedquery.spi.capabilities import FUNCTIONS, OPERATORS, Capabilities
from fedquery.spi.fingerprint import Fact

_LANGUAGE = Capabilities(functions=FUNCTIONS, embedded=True)
_TEXT = Capabilities(operators={"varchar": OPERATORS}, functions=FUNCTIONS, embedded=True)
_FLOATS = Capabilities(operators=dict.fromkeys(("real", "double"), OPERATORS), functions=FUNCTIONS, embedded=True)

DUCKDB_FACTS = (
    Fact("division", "What 5 / 2 is.", "SELECT 5 / 2", "2.5", _LANGUAGE, "its DuckDB divides whole numbers to whole numbers"),
    Fact("text_case", "Whether 'a' equals 'A'.", "SELECT 'a' = 'A'", "false", _TEXT,
         "its DuckDB compares text case-insensitively"),
    Fact("null_order", "Whether NULL sorts last.",
         "SELECT count(x) FROM (SELECT x FROM (VALUES (NULL), (1)) v(x) ORDER BY x LIMIT 1)", "1",
         Capabilities(order_limit=True), "its DuckDB sorts NULL first"),
    Fact("nan_order", "Whether NaN is the greatest number.", "SELECT 'nan'::DOUBLE > 'inf'::DOUBLE", "true", _FLOATS,
         "its DuckDB orders NaN elsewhere"),
    Fact("empty_text", "Whether the empty text is NULL.", "SELECT '' IS NULL", "false", _TEXT, "its DuckDB reads '' as NULL"),
)  # fmt: skip
