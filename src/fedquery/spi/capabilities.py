"""What a source declares that it does exactly as DuckDB does. Forgetting to declare makes it slow, never wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

#: Operators a source may declare per logical type; ``order`` is ORDER BY, ``group`` GROUP BY, DISTINCT and equality joins.
OPERATORS = frozenset({"=", "<>", "<", "<=", ">", ">=", "in", "null", "order", "group"})
AGGREGATES = frozenset({"count", "count_distinct", "sum", "min", "max", "avg", "bool_or", "bool_and"})
#: ``semi`` and ``anti`` are EXISTS, IN and aggregates of sub-queries, and their negations.
JOINS = frozenset({"inner", "left", "semi", "anti"})
SETS = frozenset({"union all", "union", "intersect", "except"})
#: Scalar functions and operators by DuckDB's names; ``checked`` is a computation that raises wherever DuckDB's does.
FUNCTIONS = frozenset({
    "+", "-", "*", "negate", "abs", "cast", "checked", "case", "coalesce", "nullif", "greatest", "least",
    "like", "ilike", "starts_with", "ends_with", "contains", "left", "right", "substring", "length", "upper", "lower", "||",
    "concat", "year", "quarter", "month", "day", "dayofweek", "isodow", "dayofyear", "strftime", "date_trunc",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lost:
    """A part of what a kind of source does that one source does not. ``contradicted``: it was asked, and answered otherwise."""

    part: Capabilities
    reason: str
    contradicted: bool = True


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Everything is empty by default, and what is empty is kept back.

    ``operators`` maps a logical type's name to the operators that, over this dialect's *normalised reading* of a column
    (:meth:`Dialect.read`), answer exactly as DuckDB does, NULLs and edge values included. ``functions`` are the names,
    of :data:`FUNCTIONS`, of those that do; arithmetic and choices are meant over exact numbers, at the precision that DuckDB
    gives their result. ``aggregates`` maps an aggregate's name to the type names it is exact for.
    ``joins`` and ``sets`` are those of :data:`JOINS` and :data:`SETS`, over values that the other declarations allow.
    ``masks`` are the masks the dialect spells; a column with ``enforce = "source"`` needs them here.
    ``slots`` are the operators :meth:`Dialect.slot` can turn into an index-friendly superset on the raw column.
    """

    operators: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    functions: frozenset[str] = frozenset()
    aggregates: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    joins: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    masks: frozenset[str] = frozenset()
    slots: frozenset[str] = frozenset()
    #: What is read at one state of the data: a ``table``, a whole ``statement``, all statements of a ``query``; "" for nothing.
    snapshot: str = ""
    limit: bool = False
    order_limit: bool = False
    cancel: bool = False
    #: Long lists of keys can be put into temporary tables (:meth:`Dialect.stored`); done where the source's entry allows it.
    scratch: bool = False
    #: Bytes that the lists of keys of a statement may have, as JSON or with commas between; None where nothing limits them.
    list_bytes: int | None = None
    #: Everything of DuckDB's language that the gateway allows: the source runs DuckDB itself on the department's side.
    embedded: bool = False
    #: What a probe of the source has switched off.
    lost: tuple[Lost, ...] = ()

    def compares(self, type_name: str, operator: str) -> bool:
        """Whether ``operator`` on this type is exact at the source."""
        return operator in self.operators.get(type_name, frozenset())

    def applies(self, type_name: str, name: str) -> bool:
        """Whether what a policy asks of a column is exact at the source: an operator on this type, or a function."""
        return self.compares(type_name, name) or name in self.functions

    def aggregates_exactly(self, aggregate: str, type_name: str) -> bool:
        """Whether ``aggregate`` over this type is exact at the source. ``count(*)`` asks for the type ``*``."""
        return type_name in self.aggregates.get(aggregate, frozenset())

    def without(self, part: Capabilities, reason: str, *, contradicted: bool = True) -> Capabilities:
        """All but ``part``, which is remembered as lost."""
        return replace(
            self,
            operators=_less(self.operators, part.operators),
            functions=self.functions - part.functions,
            aggregates=_less(self.aggregates, part.aggregates),
            joins=self.joins - part.joins,
            sets=self.sets - part.sets,
            masks=self.masks - part.masks,
            slots=self.slots - part.slots,
            limit=self.limit and not part.limit,
            order_limit=self.order_limit and not part.order_limit,
            cancel=self.cancel and not part.cancel,
            scratch=self.scratch and not part.scratch,
            embedded=self.embedded and not part.embedded,
            lost=(*self.lost, Lost(part, reason, contradicted)),
        )

    def why(self, had: Callable[[Capabilities], bool], *, contradicted: bool = False) -> str | None:
        """Why the source has lost what ``had`` finds in a part; None where it never had it, or still has it."""
        found = (lost for lost in self.lost if (lost.contradicted or not contradicted) and had(lost.part))
        return next((lost.reason for lost in found), None)


def _less(all: Mapping[str, frozenset[str]], part: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    return MappingProxyType({name: has - part.get(name, frozenset()) for name, has in all.items()})
