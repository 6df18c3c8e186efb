"""Whether what a source gave for one query is one state of its data; said of every source, in every answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fedquery.plan.model import Fragment
from fedquery.spi import Source

ONE, NONE = "one", "none"


def snapshots(fragments: Sequence[Fragment], sources: Mapping[str, Source]) -> dict[str, str]:
    """By source: ``one`` when all its rows are of one moment, ``none`` when nothing keeps them together.

    It follows from the plan and from what the sources declare, never from data.
    """
    asked: dict[str, list[Fragment]] = {}
    for fragment in fragments:
        asked.setdefault(fragment.source, []).append(fragment)
    return {source: ONE if _one(found, sources[source].capabilities.snapshot) else NONE for source, found in asked.items()}


def _one(fragments: Sequence[Fragment], covers: str) -> bool:
    match covers:
        case "query":
            return True
        case "statement":
            return len(fragments) == 1
        case "table":
            return len(fragments) == 1 and len(fragments[0].reads) == 1
        case _:
            return False
