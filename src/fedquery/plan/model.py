"""The planner's values: what it is given, and the plan it gives back. All frozen.

Trees are sqlglot's; there is no second hierarchy of plan nodes. This adds what SQL cannot say: leaves, owners, decisions,
promised schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from fedquery.spi import Parameter, TableRead


@dataclass(frozen=True, slots=True)
class Mark:
    """A completeness mark: ``operator`` over a slice that the policy cuts means "of the rows you may see"."""

    resource: str
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeptBack:
    """A piece of the statement that was not asked of the source, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one source is asked.

    ``text`` is the finished statement in the source's dialect; ``schema`` what it must return; ``resources`` the directory
    names it reads; ``pushed`` and ``kept_back`` tell people what was asked and what was not.
    """

    id: str
    source: str
    department: str
    resources: tuple[str, ...]
    text: str
    schema: pa.Schema
    parameters: tuple[Parameter, ...]
    reads: tuple[TableRead, ...]
    logical: str
    pushed: tuple[str, ...] = ()
    kept_back: tuple[KeptBack, ...] = ()
    repeated: bool = False
    policies: tuple[str, ...] = ()


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

    ``residual`` is DuckDB SQL whose only relations are the fragments' ids; ``residual_parameters`` are bound to it.
    """

    sql: str
    grant: str
    purpose: str
    catalog_version: str
    policy_digest: str
    fragments: tuple[Fragment, ...]
    residual: str
    residual_parameters: Mapping[str, object] = field(default_factory=dict)
    columns: tuple[OutputColumn, ...] = ()
    marks: tuple[Mark, ...] = ()
    trace: tuple[tuple[str, str], ...] = ()
