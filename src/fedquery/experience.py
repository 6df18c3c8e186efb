"""What finished queries teach: how much a fragment brings, how fast a source hands it over. Newer runs count more.

>>> Learned(100.0, 800.0, 20.0).then(Learned(200.0, 1600.0, 20.0))
Learned(rows=130.0, bytes=1040.0, milliseconds=20.0, runs=2)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

#: The weight of a new run against all before it.
_NEW = 0.3
#: Capacity shows in the best runs: a better one counts for half, a worse one (others were busy too) for little.
_BETTER, _WORSE = 0.5, 0.05


@dataclass(frozen=True, slots=True)
class Learned:
    """What the fragments of one template brought under one policy, smoothed over ``runs``."""

    rows: float
    bytes: float
    milliseconds: float
    runs: int = 1

    def then(self, run: Learned) -> Learned:
        """After one more run."""
        return Learned(
            self.rows + _NEW * (run.rows - self.rows),
            self.bytes + _NEW * (run.bytes - self.bytes),
            self.milliseconds + _NEW * (run.milliseconds - self.milliseconds),
            self.runs + run.runs,
        )


@dataclass(frozen=True, slots=True)
class Transport:
    """How a source hands over: bytes of Arrow each second once it does, milliseconds before the first. None: not known."""

    bytes_per_second: float | None = None
    first_batch_milliseconds: float | None = None
    runs: int = 1

    def then(self, run: Transport) -> Transport:
        """After one more run."""
        return Transport(
            _best(self.bytes_per_second, run.bytes_per_second, more_is_better=True),
            _best(self.first_batch_milliseconds, run.first_batch_milliseconds, more_is_better=False),
            self.runs + run.runs,
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One fragment that was read to its end. ``learned`` is None for one whose rows were narrowed by shipped keys."""

    source: str
    template: str
    learned: Learned | None
    transport: Transport


@dataclass(frozen=True, slots=True)
class Experience:
    """All that is known: by template, and by source."""

    fragments: Mapping[str, Learned] = field(default_factory=lambda: MappingProxyType({}))
    transports: Mapping[str, Transport] = field(default_factory=lambda: MappingProxyType({}))

    def taught(self, runs: Iterable[Run]) -> Experience:
        """What the runs change of it, smoothed into what was known."""
        fragments: dict[str, Learned] = {}
        transports: dict[str, Transport] = {}
        for run in runs:
            speed = transports.get(run.source) or self.transports.get(run.source)
            transports[run.source] = speed.then(run.transport) if speed else run.transport
            if run.learned is not None:
                known = fragments.get(run.template) or self.fragments.get(run.template)
                fragments[run.template] = known.then(run.learned) if known else run.learned
        return Experience(fragments, transports)

    def replaced(self, changed: Experience) -> Experience:
        """With what ``changed`` says in its place."""
        return Experience(
            MappingProxyType({**self.fragments, **changed.fragments}),
            MappingProxyType({**self.transports, **changed.transports}),
        )


def _best(old: float | None, new: float | None, *, more_is_better: bool) -> float | None:
    if old is None or new is None:
        return new if old is None else old
    return old + (_BETTER if (new > old) == more_is_better else _WORSE) * (new - old)
