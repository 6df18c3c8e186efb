"""(principal, grant, resource) -> Decision: which columns in which form, which rows, and why. Deny by default; pure.

A query runs under exactly one grant; grants are never united. What the caller may not find is UnknownName, one text for
hidden and missing; what he may find but not use is denied with the reason and the next step.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from fedquery import sentences as say
from fedquery.arrow import LogicalType
from fedquery.catalog.filters import parse_predicate, text_of
from fedquery.catalog.folding import fold
from fedquery.catalog.model import Catalog, Column, Grant, Resource
from fedquery.errors import AccessDenied, GrantProblem, Span, UnknownName
from fedquery.identity import Principal
from fedquery.masks import Form
from fedquery.names import ResourceName
from fedquery.predicates import And, Constant, Predicate, parameters
from fedquery.said import either

_TEXT = LogicalType.parse("varchar")
_TEXTS = LogicalType.parse("varchar[]")


@dataclass(frozen=True, slots=True)
class ColumnDecision:
    """One column as the grant gives it. ``rules`` are the comparisons a ``verify`` column answers."""

    name: str
    entry: Column
    form: Form
    uses: frozenset[str] = frozenset()
    rules: tuple[Predicate, ...] = ()

    @property
    def type(self) -> LogicalType:
        return self.entry.logical

    @property
    def domain(self) -> str | None:
        """The kind of identifier, which with the grant makes the domain of its tokens."""
        return self.entry.identifier if self.form.kind in ("token", "join") else None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a caller has of one resource: its slice. ``digest`` is what it is, without the values of attributes and lists."""

    resource: ResourceName
    entry: Resource
    source: str
    columns: Mapping[str, ColumnDecision]
    denied: Mapping[str, str]
    row_filter: Predicate | None
    values: Mapping[str, object] = field(repr=False)
    reasons: tuple[str, ...] = ()
    digest: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", self._digest())

    @property
    def cuts(self) -> bool:
        """Whether the slice may have fewer rows than the resource."""
        return self.row_filter is not None

    def _digest(self) -> str:
        document = {
            "resource": str(self.resource),
            "columns": {c.name: [str(c.form), sorted(c.uses), [text_of(r) for r in c.rules]] for c in self.columns.values()},
            "row_filter": text_of(self.row_filter) if self.row_filter is not None else None,
        }
        return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def active_grants(catalog: Catalog, principal: Principal, today: dt.date) -> tuple[Grant, ...]:
    """The grants that the caller can use today."""
    return tuple(g for g in catalog.grants_of(principal.id, principal.department) if g.valid_from <= today <= g.valid_to)


def choose_grant(
    catalog: Catalog, principal: Principal, wanted: str | None, resources: Mapping[ResourceName, Span | None], today: dt.date
) -> Grant:
    """The one grant a query runs under: the one named, or the only active one that covers every resource.

    ``resources`` are those that the statement reads, each with its place there.

    Raises AccessDenied for callers without data rights, GrantProblem when the grant is not the caller's, out of its time,
    missing, or not the only one.
    """
    if not principal.may_query():
        raise AccessDenied(
            say.NO_GRANTS(),
            hint=say.ROLES_APART(),
            reasons=(say.SEPARATION(),),
        )
    mine = catalog.grants_of(principal.id, principal.department)
    if wanted is not None:
        grant = next((g for g in mine if g.id == wanted), None)
        if grant is None:
            raise GrantProblem(say.NOT_YOUR_GRANT(grant=repr(wanted)), hint=say.GRANTS_LISTED())
        require_valid(grant, today)
        return grant
    active = active_grants(catalog, principal, today)
    names = {str(name) for name in resources}
    covering = [g for g in active if names <= set(g.resources)]
    if len(covering) == 1:
        return covering[0]
    for name in sorted(resources):
        entry = catalog.resource(name)
        if not any(str(name) in g.resources for g in active) and (entry is None or not entry.listed):
            raise _unknown_table(catalog, principal, name, resources[name])
    if covering:
        raise GrantProblem(
            say.SEVERAL_GRANTS(grants=", ".join(g.id for g in covering)),
            hint=say.NAME_GRANT(),
        )
    raise GrantProblem(
        say.NO_GRANT_COVERS(names=", ".join(sorted(names))),
        hint=say.ONE_GRANT(),
        reasons=tuple(
            say.GRANT_LACKS(grant=g.id, names=", ".join(sorted(names - set(g.resources))))
            for g in active
            if names & set(g.resources)
        ),
    )


def require_valid(grant: Grant, today: dt.date) -> None:
    """The grant may be used today. Raises GrantProblem."""
    if today > grant.valid_to:
        raise GrantProblem(
            say.GRANT_ENDED(grant=grant.id, day=grant.valid_to),
            hint=say.RENEW(),
            policy=grant.id,
        )
    if today < grant.valid_from:
        raise GrantProblem(say.GRANT_BEGINS(grant=grant.id, day=grant.valid_from), hint=say.WAIT(), policy=grant.id)


def _unknown_table(catalog: Catalog, principal: Principal, name: ResourceName, at: Span | None) -> UnknownName:
    """The one answer for a table that is hidden and one that does not exist; what it suggests, the caller may find."""
    known = [str(other) for other, entry in catalog.resources() if _findable(catalog, principal, other, entry)]
    near = tuple(get_close_matches(str(name), known, 3))
    return UnknownName(
        say.UNKNOWN_TABLE(name=name),
        hint=say.DID_YOU_MEAN(names=either(near)) if near else say.DIRECTORY_LISTS(),
        span=at,
        suggestions=near,
    )


def decide(catalog: Catalog, grant: Grant, principal: Principal, name: ResourceName, at: Span | None = None) -> Decision:
    """What ``principal`` has of ``name``, which he wrote ``at``, under ``grant``.

    Raises UnknownName when he may not find it, AccessDenied when he may find it but the grant does not give it, or when
    its row filter can match no row for him: an empty answer would look like an answer.
    """
    entry = catalog.resource(name)
    given = grant.resources.get(str(name))
    if entry is None or not _findable(catalog, principal, name, entry):
        raise _unknown_table(catalog, principal, name, at)
    if given is None:
        raise _not_granted(name, entry, grant, at)
    values: dict[str, object] = {**principal.attributes, **grant.lists, "purpose": grant.purpose}
    types = {key: _TEXTS if isinstance(value, tuple) else _TEXT for key, value in values.items()}
    terms = []
    for text in filter(None, (entry.row_filter, given.row_filter)):
        terms.append(_bound_filter(text, name, entry, grant, values, types, at))
    kept = tuple(term for term in terms if term != Constant(True))
    row_filter = None if not kept else kept[0] if len(kept) == 1 else And(kept)
    columns = {
        column: ColumnDecision(
            column,
            entry.columns[column],
            use.parsed,
            frozenset(use.use),
            tuple(parse_predicate(rule, entry, types) for rule in use.rules),
        )
        for column, use in given.columns.items()
    }
    ordered = {column: columns[column] for column in entry.columns if column in columns}
    needed = {o.name for term in kept for o in parameters(term)}
    return Decision(
        resource=name,
        entry=entry,
        source=f"{name.department}.{entry.source}",
        columns=ordered,
        denied={column: _column_reason(name, column, entry, grant) for column in entry.columns if column not in columns},
        row_filter=row_filter,
        values={key: values[key] for key in sorted(needed)},
        reasons=(
            say.UNDER_GRANT(grant=grant.id, purpose=grant.purpose, basis=grant.legal_basis, day=grant.valid_to),
            say.APPROVED(department=name.department, by=given.approval.by, day=given.approval.on),
            *(say.ROWS(condition=text_of(term)) for term in kept),
        ),
    )


def _findable(catalog: Catalog, principal: Principal, name: ResourceName, entry: Resource) -> bool:
    """Listed for everyone, or named by a grant of the caller's, whichever he asks under."""
    return entry.listed or any(str(name) in g.resources for g in catalog.grants_of(principal.id, principal.department))


def _bound_filter(
    text: str,
    name: ResourceName,
    entry: Resource,
    grant: Grant,
    values: Mapping[str, object],
    types: Mapping[str, LogicalType],
    at: Span | None,
) -> Predicate:
    try:
        predicate = parse_predicate(text, entry, types)
    except ValueError as problem:
        raise AccessDenied(
            say.FILTER_NEEDS(name=name, grant=grant.id),
            hint=say.ASK_FOR_ATTRIBUTE(),
            span=at,
            reasons=(say.ROWS(condition=text),),
            policy=grant.id,
            private=str(problem),
        ) from None
    folded = fold(predicate, values)
    if isinstance(folded, Constant) and folded.value is not True:
        raise AccessDenied(
            say.NO_ROW(grant=grant.id, name=name),
            hint=say.ROWS_ONLY_WHERE(condition=text, purpose=grant.purpose),
            span=at,
            reasons=(say.ROWS(condition=text),),
            policy=grant.id,
        )
    return folded


def _not_granted(name: ResourceName, entry: Resource, grant: Grant, at: Span | None) -> AccessDenied:
    sharing = entry.sharing
    if sharing.attribute == "not_shared" and sharing.legal_basis:
        return AccessDenied(
            say.NOT_SHARED(name=name, reason=sharing.reason),
            hint=say.LEGAL_BASIS(citation=sharing.legal_basis.citation),
            span=at,
            reasons=(say.ATTRIBUTE_NOT_SHARED(), say.BASIS(citation=sharing.legal_basis.citation)),
            policy=grant.id,
        )
    reasons = (
        (say.ATTRIBUTE_CONDITIONAL(), say.CONDITIONS(scope=sharing.scope, use=sharing.use))
        if sharing.attribute == "conditional"
        else (say.ATTRIBUTES[sharing.attribute](), say.UNCONDITIONALLY())
    )
    return AccessDenied(
        say.NOT_INCLUDED(grant=grant.id, purpose=grant.purpose, name=name),
        hint=say.OTHER_GRANT(),
        span=at,
        reasons=reasons,
        policy=grant.id,
    )


def _column_reason(name: ResourceName, column: str, entry: Resource, grant: Grant) -> str:
    sharing = entry.columns[column].sharing
    if sharing and sharing.attribute == "not_shared" and sharing.legal_basis:
        reason = (sharing.reason or "").rstrip(".")
        return say.COLUMN_NOT_SHARED(name=f"{name}.{column}", reason=reason, citation=sharing.legal_basis.citation)
    return say.COLUMN_NOT_INCLUDED(grant=grant.id, purpose=grant.purpose, name=f"{name}.{column}")
