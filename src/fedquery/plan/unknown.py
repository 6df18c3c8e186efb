"""Names that lead nowhere: unknown, ambiguous or denied, each with its place, the reason and near names."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from fedquery import sentences as say
from fedquery.errors import AccessDenied, AmbiguousName, FedqueryError, UnknownName
from fedquery.plan.leaves import columns_of
from fedquery.plan.model import Leaf
from fedquery.plan.parse import span_of
from fedquery.said import either

#: What sqlglot says of a name that leads nowhere; it is the caller's own.
_NOWHERE = (
    ("Unknown output column: ", say.NO_OUTPUT, say.WRITE_OUTPUT),
    ("Unknown table: ", say.NO_ALIAS, say.WRITE_ALIAS),
    ("Cannot automatically join: ", say.NOT_ON_BOTH_SIDES, say.JOIN_ON),
)


def unresolved(complaint: str) -> FedqueryError:
    """The error for what sqlglot says of a name that it cannot resolve."""
    if "mbiguous" in complaint:
        return AmbiguousName(say.SOME_COLUMN_AMBIGUOUS(), hint=say.WRITE_TABLE())
    for words, told, hint in _NOWHERE:
        if complaint.startswith(words):
            return UnknownName(told(name=complaint.removeprefix(words).strip("'\"")), hint=hint())
    return UnknownName(say.UNRESOLVED(), hint=say.CHECK_NAMES())


def unknown_column(column: exp.Column, scope: Scope, tables: Mapping[int, Leaf], text: str) -> FedqueryError:
    """Denied, with the reason, when a listed entry in scope has such a column; else unknown, with near names."""
    near: set[str] = set()
    for alias, source in scope.sources.items():
        if column.table and alias != column.table:
            continue
        if isinstance(source, exp.Table):
            decision = tables[id(source)].decision
            if decision.entry.listed and column.name in decision.denied:
                entry = decision.entry.columns[column.name].sharing
                basis = entry.legal_basis.citation if entry and entry.legal_basis else None
                return AccessDenied(
                    decision.denied[column.name],
                    hint=say.NO_GRANT_CAN() if basis else say.OTHER_GRANT_OR_ASK(),
                    span=span_of(column, text),
                    reasons=(say.BASIS(citation=basis),) if basis else decision.reasons,
                )
        near |= set(_offered(source, tables))
    if not column.table and sum(column.name in _offered(s, tables) for s in scope.sources.values()) > 1:
        return AmbiguousName(say.AMBIGUOUS_COLUMN(name=column.name), hint=say.WRITE_TABLE(), span=span_of(column, text))
    written = f"{column.table}.{column.name}" if column.table else column.name
    suggestions = tuple(difflib.get_close_matches(column.name, sorted(near), 3))
    return UnknownName(
        say.UNKNOWN_COLUMN(name=written),
        hint=say.DID_YOU_MEAN(names=either(suggestions)) if suggestions else say.DIRECTORY_LISTS_COLUMNS(),
        span=span_of(column, text),
        suggestions=suggestions,
    )


def _offered(source: exp.Expr | Scope, tables: Mapping[int, Leaf]) -> list[str]:
    if isinstance(source, Scope):
        return columns_of(source)
    return list(tables[id(source)].decision.columns)
