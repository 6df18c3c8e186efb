"""What a finished query teaches: each fragment that was read to its end is a run of its template and of its source."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from fedquery.experience import Learned, Run, Transport
from fedquery.plan.model import Fragment

#: Fewer bytes than this tell of latency only.
_BULK = 256 * 1024
#: So many rows more or less change no plan.
_FEW = 100


class Progress(Protocol):
    """How a fragment was read, as :class:`fedquery.run.fetch.SourceProgress` tells it."""

    @property
    def fragment(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def rows(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def milliseconds(self) -> int: ...
    @property
    def whole(self) -> bool: ...
    @property
    def first(self) -> int | None: ...
    @property
    def held(self) -> int: ...


def lessons(fragments: Sequence[Fragment], progress: Iterable[Progress], narrowed: frozenset[str]) -> Iterator[Run]:
    """One run for each fragment that was read whole; ``narrowed`` ones (by id) were asked for fewer rows than they say."""
    templates = {fragment.id: fragment.template for fragment in fragments}
    for read in progress:
        if not read.whole:
            continue
        own = max(read.milliseconds - read.held, 1)
        learned = Learned(read.rows, read.bytes, own) if read.fragment not in narrowed else None
        yield Run(read.source, templates[read.fragment], learned, _transport(read, own))


def surprised(fragments: Sequence[Fragment], progress: Iterable[Progress], narrowed: frozenset[str]) -> bool:
    """Whether a fragment brought more than twice what its plan reckoned with, or less than half: another plan may be better."""
    expected = {fragment.id: fragment.expected for fragment in fragments if fragment.id not in narrowed}
    return any(
        abs(read.rows - expected[read.fragment]) > max(read.rows, expected[read.fragment]) / 2 + _FEW
        for read in progress
        if read.whole and read.fragment in expected
    )


def steady(transport: Transport) -> Transport:
    """Rounded to powers of two, so that plans do not change with every run."""
    return dataclasses.replace(
        transport,
        bytes_per_second=_rounded(transport.bytes_per_second),
        first_batch_milliseconds=_rounded(transport.first_batch_milliseconds),
    )


def _transport(read: Progress, own: int) -> Transport:
    first = read.first if read.first is not None else own
    rate = read.bytes * 1000 / max(own - first, 1) if read.bytes >= _BULK else None
    return Transport(rate, float(max(first, 1)))


def _rounded(value: float | None) -> float | None:
    return 2.0 ** round(math.log2(value)) if value else value
