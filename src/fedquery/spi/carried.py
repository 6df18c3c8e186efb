"""What of a server's capabilities rests on one fact about its texts, numbers and lists, whatever kind of server it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fedquery.predicates import COMPARISONS
from fedquery.spi.capabilities import Capabilities

#: Every operator that compares two values; NULL is told from a value without comparing.
COMPARING = frozenset({*COMPARISONS, "in", "order", "group"})
ARITHMETIC = frozenset({"+", "-", "*", "abs", "negate", "cast", "checked"})
TOKEN = Capabilities(masks=frozenset({"token"}))
#: What a server that computes SHA-256 makes of 'a', in hexadecimal digits.
SHA256_OF_A = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"

_FINDING = frozenset({"like", "starts_with", "ends_with", "contains", "nullif"})
_CUTTING = frozenset({"left", "right", "substring", "||"})


def everything(*types: str) -> Capabilities:
    """Everything that compares values of these types."""
    aggregates = dict.fromkeys(("count_distinct", "min", "max"), frozenset(types))
    return Capabilities(operators=dict.fromkeys(types, COMPARING), aggregates=aggregates)


def lists(types: Iterable[str]) -> Capabilities:
    """Whether a value of these types is in a bound list."""
    return Capabilities(operators=dict.fromkeys(types, frozenset({"in"})), slots=frozenset({"in"}))


#: Which texts are equal; then also which comes first; then also what becomes of texts.
EQUAL_TEXT = Capabilities(
    operators={"varchar": frozenset({"=", "<>", "in", "group"})},
    aggregates={"count_distinct": frozenset({"varchar"})},
    functions=_FINDING,
)
TEXT = replace(everything("varchar"), functions=_FINDING)
ANY_TEXT = replace(TEXT, functions=_FINDING | _CUTTING)
