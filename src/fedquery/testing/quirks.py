"""What a connector's tests say about it: how its source declares types, what it cannot hold, and its known gaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from fedquery.arrow import LogicalType
from fedquery.spi import SourceConfig
from fedquery.testing.dataset import VALUES, Holds


@dataclass(frozen=True, slots=True)
class Gap:
    """A case that is known to fail. It fails the suite once it works, and when it names no case."""

    case: str
    reason: str
    raises: type[BaseException]


def gap(case: str, *, reason: str, raises: type[BaseException]) -> Gap:
    """``case`` is a test's name, ``test_join``, or one of its cases, ``test_join[semi]``."""
    return Gap(case, reason, raises)


def holds_everything(type: LogicalType, value: object) -> bool:
    """The source can hold every value of every type."""
    return True


@dataclass(frozen=True, slots=True)
class Quirks:
    """The small questions that differ from source to source.

    ``declared`` gives the source's own type text for each logical type that it can hold; columns of other types are left
    out. ``proposes`` gives the logical type that ``describe`` drafts where it is another one (None: no draft at all).
    ``holds`` is False for a value that the source cannot store: it is loaded as NULL. ``nullable`` is False when the source
    cannot say that a column has no NULLs. ``slow`` is a statement over ``"__s1"`` (20,000 rows with an ``id``) that runs for
    minutes. ``inapplicable`` gives, by the test's name, why a case makes no sense for this kind of source.
    """

    declared: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict.fromkeys(VALUES, "")))
    proposes: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))
    holds: Holds = holds_everything
    nullable: bool = True
    gaps: tuple[Gap, ...] = ()
    inapplicable: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    slow: str = (
        'SELECT count(*) AS "n" FROM "__s1" AS "a" CROSS JOIN "__s1" AS "b" CROSS JOIN "__s1" AS "c" '
        'WHERE "a"."id" + "b"."id" <> "c"."id"'
    )

    @property
    def types(self) -> tuple[str, ...]:
        """The logical types under test, in the order of the dataset."""
        return tuple(t for t in VALUES if t in self.declared)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A real source that holds the dataset.

    ``paths`` gives each table's path at the source. ``down`` opens the same kind of source where nothing answers,
    ``refused`` with credentials that are wrong. ``secrets`` must never be seen in an error. ``running`` counts the
    statements of a query that the source itself still sees.
    """

    config: SourceConfig
    paths: Mapping[str, tuple[str, ...]]
    down: SourceConfig | None = None
    refused: SourceConfig | None = None
    secrets: tuple[str, ...] = ()
    running: Callable[[str], int] | None = None
