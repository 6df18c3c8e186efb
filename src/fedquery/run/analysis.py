"""A plan that ran, for people: what each department brought, in which time, and which keys went where; as text and JSON."""

from __future__ import annotations

from typing import Any

from fedquery.plan import explain
from fedquery.plan.model import Plan
from fedquery.run.execution import Statistics
from fedquery.run.fetch import SourceProgress


def document(plan: Plan, statistics: Statistics, steward_of: str | None = None) -> dict[str, Any]:
    """The plan's document; each fragment has ``rows``, ``bytes``, ``milliseconds`` and ``shipped`` besides.

    ``run`` holds the whole: rows and bytes fetched and returned, milliseconds until the first batch and the end.
    """
    found = explain.document(plan, steward_of)
    for fragment, progress in zip(found["fragments"], statistics.sources, strict=True):
        fragment |= {
            "rows": progress.rows,
            "bytes": progress.bytes,
            "milliseconds": progress.milliseconds,
            "first_batch_milliseconds": progress.first,
            "state": progress.state,
            "shipped": [
                {"origin": sent.shipment.origin, "keys": sent.keys, "ends": sent.ends}
                for sent in statistics.shipped
                if sent.shipment.taker == progress.fragment
            ],
        }
    found["run"] = {
        "rows": statistics.rows,
        "bytes": statistics.bytes,
        "fetched_rows": statistics.fetched_rows,
        "fetched_bytes": statistics.fetched_bytes,
        "first_batch_milliseconds": statistics.first_batch_milliseconds,
        "residual_milliseconds": statistics.residual_milliseconds,
        "milliseconds": statistics.milliseconds,
    }
    return found


def text(plan: Plan, statistics: Statistics, steward_of: str | None = None) -> str:
    """The plan as a page of text, with what every fragment brought."""
    brought = {progress.fragment: _brought(progress, statistics) for progress in statistics.sources}
    whole = [
        f"{statistics.fetched_rows:,} rows ({_size(statistics.fetched_bytes)}) came from the departments",
        f"{statistics.rows:,} rows were returned in {statistics.milliseconds:,} ms",
    ]
    if statistics.first_batch_milliseconds is not None:
        whole.append(f"the first after {statistics.first_batch_milliseconds:,} ms")
    return f"{explain.text(plan, steward_of, brought)}\nThe run: {', '.join(whole)}.\n"


def _brought(progress: SourceProgress, statistics: Statistics) -> str:
    sent = [s for s in statistics.shipped if s.shipment.taker == progress.fragment]
    keys = [f"{'the ends' if s.ends else f'{s.keys:,} keys'} of {s.shipment.origin}" for s in sent]
    narrowed = f", asked for {' and '.join(keys)}" if keys else ""
    return f"{progress.rows:,} rows ({_size(progress.bytes)}) in {progress.milliseconds:,} ms{narrowed}"


def _size(count: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:,.0f} {unit}"
        count /= 1024
    return f"{count:,.0f} GiB"
