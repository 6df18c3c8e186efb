"""The planner's values: what it is given, and the plan it gives back. All frozen.

Trees are sqlglot's; there is no second hierarchy of plan nodes. This adds what SQL cannot say: leaves, owners, decisions,
promised schemas.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import pyarrow as pa
from sqlglot import exp

from fedquery.arrow import LogicalType
from fedquery.names import ResourceName
from fedquery.policy.decide import ColumnDecision, Decision
from fedquery.predicates import Compare, In, IsNull, Predicate
from fedquery.spi import Capabilities, Dialect, Parameter, TableRead


class Engine(Protocol):
    """What planning asks of DuckDB, over no data at all: types of statements, values of constants."""

    def describe(self, tables: Mapping[str, pa.Schema], sql: str) -> pa.Schema:
        """The output schema of ``sql`` over empty tables; raises TypeProblem for what does not fit."""
        ...

    def evaluate(self, expressions: Sequence[str]) -> tuple[Constant | None, ...]:
        """The values of constant expressions; None for one that cannot be computed."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """A folded value: DuckDB's name of its type, and DuckDB's text of it; None for NULL."""

    type: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """What planning knows of a source: how it spells, what it declares, and which of its limits shape a plan.

    ``version`` is the capability version, empty for a source that was never asked. Without ``push`` it is asked for the columns
    of its slices only, whatever it declares.
    """

    dialect: Dialect
    capabilities: Capabilities
    version: str = ""
    push: bool = True

    def without_push(self) -> Profile:
        """The same source, asked for columns only; its masks and filters are governance, and stay with it."""
        kept = Capabilities(masks=self.capabilities.masks, lost=self.capabilities.lost)
        return dataclasses.replace(self, capabilities=kept, push=False)

    def without_scratch(self) -> Profile:
        """The same source without temporary tables: their session would not be on the snapshot of its other statements."""
        return dataclasses.replace(self, capabilities=dataclasses.replace(self.capabilities, scratch=False))


@dataclass(frozen=True, slots=True)
class LeafColumn:
    """A column of a leaf, as the statement sees it. ``rule`` makes it the yes or no of a ``verify`` column.

    ``raw``: its source hands it over unmasked, and the gateway masks it (:mod:`fedquery.plan.masking`).
    """

    name: str
    type: LogicalType
    decision: ColumnDecision
    rule: Predicate | None = None
    raw: bool = False


@dataclass(frozen=True, slots=True)
class KeyWish:
    """A column of a leaf that may be narrowed to the list ``name`` of values of ``type``, known when the query runs.

    ``spread`` is its own least and greatest value as a number, where that may be known and the order is the same everywhere.
    """

    name: str
    column: str
    type: LogicalType
    spread: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One mention of a resource: an opaque relation that holds the caller's slice and nothing else.

    ``slots`` are superset conditions on physical columns, rendered inside the leaf so that the source can use an index;
    ``wishes`` are columns whose values another fragment may narrow while the query runs.
    """

    id: str
    alias: str
    decision: Decision
    columns: tuple[LeafColumn, ...]
    slots: tuple[Compare | In | IsNull, ...] = ()
    wishes: tuple[KeyWish, ...] = ()

    def column(self, name: str) -> LeafColumn | None:
        """The column of that name."""
        for column in self.columns:
            if column.name == name:
                return column
        return None


@dataclass(frozen=True, slots=True)
class Bound:
    """A checked statement over leaves: every name resolved, every use allowed, types known.

    ``tree`` is qualified and has no star; its tables are leaf ids. ``lookups`` counts the values that were turned into
    tokens, by kind of identifier.
    """

    text: str
    tree: exp.Query
    leaves: Mapping[str, Leaf]
    columns: tuple[OutputColumn, ...]
    schema: pa.Schema
    marks: tuple[Mark, ...]
    uses: Mapping[str, Mapping[str, tuple[str, ...]]]
    lookups: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """A completeness mark: ``operator`` over a slice that the policy cuts means "of the rows you may see"."""

    resource: str
    operator: str
    reason: str
    #: The policy's condition that cuts the slice, as the directory writes it.
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a source may be asked a part of a statement, and the rule that allows it or keeps it back.

    ``superset``: it is asked, and asked again at the gateway, which drops the rows that were too many.
    """

    kind: Literal["exact", "superset", "none"]
    rule: str

    @property
    def travels(self) -> bool:
        """Whether the source is asked it."""
        return self.kind != "none"


@dataclass(frozen=True, slots=True)
class Pushed:
    """A part of the statement that a source does, in the caller's names, and the verdict that let it travel."""

    text: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class KeptBack:
    """A piece of the statement that was not asked of the source, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Between:
    """The least and the greatest of keys that are too many to be sent."""

    least: object
    greatest: object


@dataclass(frozen=True, slots=True)
class RangeSlot:
    """What :class:`Between` puts into a key slot: a condition over two bound values, and a hint for each.

    ``spread`` are the least and the greatest value of the column that it narrows, as numbers.
    """

    condition: str
    hints: tuple[Compare, Compare]
    spread: tuple[float, float]


@dataclass(frozen=True, slots=True)
class KeySlot:
    """A typed place in a fragment's finished text, inside a governed leaf, that shipped keys may fill.

    ``condition`` reads the list parameter ``name`` and goes to ``place`` of the text; ``hint`` says the same of the physical
    column to the table read number ``read``, where it can be said. ``written`` stands around keys that are whole numbers in the
    text itself, where that is of use; ``stored`` is the condition that reads them from a temporary table, where it may, and
    ``range`` what the least and the greatest key alone may put there. ``most`` is how many bytes all lists of the statement may
    have, where its source takes no more.
    """

    name: str
    column: str
    type: LogicalType
    condition: str
    place: int
    read: int = 0
    hint: In | None = None
    written: tuple[str, str] | None = None
    stored: str | None = None
    most: int | None = None
    range: RangeSlot | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """The distinct values of ``column`` of the fragment ``giver`` may fill the slot ``slot`` of the fragment ``taker``.

    ``origin`` is the column of the directory whose values travel. With more than ``limit`` values, or where the source takes no
    list of that length, the least and the greatest of them may, where they leave little of the taker; else nothing is shipped.
    """

    giver: str
    column: str
    origin: str
    taker: str
    slot: str
    limit: int


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one source is asked.

    ``text`` is the finished statement in the source's dialect; ``schema`` what it must return; ``resources`` the directory
    names it reads; ``body`` the statement in DuckDB's words over its leaves, which are slices of the ``relations``;
    ``pushed`` and ``kept_back`` tell people what was asked and what was not; ``slots`` are where keys of other fragments may
    narrow it (:func:`fedquery.plan.fill.fill`), ``stored`` those keys that go into temporary tables; what its runs teach is
    kept under ``template``. ``split`` is the statement again, narrowed to one part of its table, where the source can read it
    in parts, which are ranges of the physical column ``split_by`` if there is one; ``repeated`` says that the residual may scan
    it more than once; ``expected`` are the rows that planning reckoned with.
    """

    id: str
    source: str
    department: str
    resources: tuple[str, ...]
    text: str
    schema: pa.Schema
    parameters: tuple[Parameter, ...]
    reads: tuple[TableRead, ...]
    body: str
    pushed: tuple[Pushed, ...] = ()
    kept_back: tuple[KeptBack, ...] = ()
    repeated: bool = False
    policies: tuple[str, ...] = ()
    slots: tuple[KeySlot, ...] = ()
    template: str = ""
    stored: tuple[Parameter, ...] = ()
    split: str | None = None
    split_by: str | None = None
    expected: float = 0.0
    projection: str = field(default="*", repr=False)
    unmasked: tuple[str, ...] = ()
    relations: Mapping[str, ResourceName] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column of the answer, with what became of it: source columns, form, and the department that gave them."""

    name: str
    type: str
    origins: tuple[str, ...] = ()
    form: str = "clear"
    token_domain: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The finished plan: fragments to fetch, and the residual to run over them in DuckDB.

    ``residual`` is DuckDB SQL whose only relations are the fragments' ids.
    ``passed_on``, where the residual does no more than hand on columns of the one fragment, are these, with their types in the
    answer: then nothing need run. ``shipments`` are in an order in which every giver comes before it takes no more: they have
    no ring.
    """

    sql: str
    grant: str
    purpose: str
    catalog_version: str
    policy_digest: str
    fragments: tuple[Fragment, ...]
    residual: str
    columns: tuple[OutputColumn, ...] = ()
    marks: tuple[Mark, ...] = ()
    uses: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    shipments: tuple[Shipment, ...] = ()
    lookups: Mapping[str, int] = field(default_factory=dict)
    passed_on: tuple[tuple[str, pa.DataType], ...] = ()
