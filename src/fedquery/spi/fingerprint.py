"""The fingerprint of a source: what it answers to small questions, and what of its capabilities rests on each answer.

A dialect's name says little: two servers of one kind differ in version, build, collation and mode. So each fact that the
capabilities rest on is asked for, in a session as statements have it, by a SELECT that reads no table; where the answer is
another one than assumed, exactly what rests on it is switched off, with the reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from fedquery.errors import SourceDrift, SourceRejected
from fedquery.spi.capabilities import Capabilities

_NOT_ASKED = "the source has not been asked yet whether it does this exactly"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know of a source.

    ``sentence`` says what it is; ``probe`` is a SELECT that reads no department's table and returns one value, taken as its
    text. With ``assumed``, the capabilities ``carries`` hold only where the probe answers so; ``otherwise`` says what it means
    when it does not. ``list_bytes`` makes the answer, or None where there is none, to :attr:`Capabilities.list_bytes`.
    """

    name: str
    sentence: str
    probe: str
    assumed: str | None = None
    carries: Capabilities = field(default_factory=Capabilities)
    otherwise: str = ""
    list_bytes: Callable[[str | None], int] | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What the probes of one source answered; None for one that the source could not answer."""

    kind: str
    version: str
    facts: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def digest(self) -> str:
        """The capability version: 64 hex digits, equal for sources that answered equally."""
        document = {"kind": self.kind, "version": self.version, "facts": dict(self.facts)}
        return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def probed(facts: Iterable[Fact], ask: Callable[[str], str | None]) -> dict[str, str | None]:
    """The answer to each probe; ``ask`` returns the text of a SELECT's one value, or raises SourceRejected or SourceDrift."""
    answers: dict[str, str | None] = {}
    for fact in facts:
        try:
            answers[fact.name] = ask(fact.probe)
        except (SourceRejected, SourceDrift):
            answers[fact.name] = None
    return answers


def derived(full: Capabilities, facts: Iterable[Fact], fingerprint: Fingerprint | None) -> Capabilities:
    """What is left of ``full`` at a source with that fingerprint; at one that was never probed, what rests on no fact."""
    for fact in facts:
        if fact.list_bytes is not None:
            full = replace(full, list_bytes=fact.list_bytes(fingerprint.facts.get(fact.name) if fingerprint else None))
        if fact.assumed is None:
            continue
        if fingerprint is None or fact.name not in fingerprint.facts:
            full = full.without(fact.carries, _NOT_ASKED, contradicted=False)
        elif fingerprint.facts[fact.name] != fact.assumed:
            full = full.without(fact.carries, fact.otherwise)
    return full
