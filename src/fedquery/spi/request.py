"""What a source is asked: one finished statement, the values bound to it, and the schema it must return."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from fedquery.arrow import LogicalType
from fedquery.predicates import Compare, In, IsNull
from fedquery.spi.visit import Visit


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one fragment: rows and bytes of Arrow, and seconds from the call of ``read`` to the end of the stream."""

    rows: int | None = None
    bytes: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Parameter:
    """A value bound to the statement. A list type carries a tuple. Never printed: it may be a key."""

    name: str
    value: object
    type: LogicalType

    def __repr__(self) -> str:
        return f"Parameter({self.name}: {self.type})"


@dataclass(frozen=True, slots=True)
class PhysicalColumn:
    """A column as the source has it.

    ``declared`` is the source's own type text as ``describe`` gave it (``"character(18)"``); ``type`` the logical type
    the directory promises. ``invalid`` says what becomes of a value the type cannot hold: ``"error"`` or ``"null"``.
    """

    name: str
    type: LogicalType
    declared: str = ""
    invalid: str = "error"


@dataclass(frozen=True, slots=True)
class TableRead:
    """What the statement reads of one remote table: physical columns and superset conditions (operands name physical columns).

    A hint for sources that load before they compute. Ignoring ``conjuncts`` is always right.
    """

    table: tuple[str, ...]
    columns: tuple[PhysicalColumn, ...]
    conjuncts: tuple[Compare | In | IsNull, ...] = ()


@dataclass(frozen=True, slots=True)
class SqlRequest:
    """One fragment for one source.

    ``split`` is the same statement narrowed to one part of its table (:meth:`Dialect.split`): all parts together return
    what ``text`` does. With ``split_by`` parts must be ranges of that column (:meth:`Dialect.split_by`). ``stored`` are lists
    that it finds in temporary tables (:meth:`Dialect.stored`): the source makes them before, and they are gone when it ends;
    such a statement is the only one of its visit. ``visit`` is what the statements of the query at this source share; None for
    one that is alone.
    """

    query_id: str
    fragment: str
    text: str
    schema: pa.Schema
    parameters: tuple[Parameter, ...] = ()
    stored: tuple[Parameter, ...] = ()
    reads: tuple[TableRead, ...] = ()
    limits: Limits = Limits()
    split: str | None = None
    split_by: str | None = None
    visit: Visit | None = field(default=None, compare=False)
