"""Checks a grant: that it gives what exists and may be shared, in forms that are offered, to someone who exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fedquery.catalog.check_departments import WIDTH, every_parameter, filter_problems
from fedquery.catalog.filters import known_parameters, never_true, parse_predicate
from fedquery.catalog.folding import fold
from fedquery.catalog.model import Catalog, Column, Grant, GrantColumn, GrantResource, Resource, Sharing
from fedquery.catalog.problem import Path, Problem, error, known, warning
from fedquery.masks import Form
from fedquery.names import ResourceName
from fedquery.predicates import ColumnOperand, Compare, ValueOperand
from fedquery.spi import Connector

_DEPARTMENT = "department:"


def grant_problems(catalog: Catalog, id: str, connectors: Mapping[str, Connector]) -> Iterator[Problem]:
    """The faults of one grant."""
    grant, path = catalog.grants[id], ("grants", id)
    if grant.id != id:
        yield error((*path, "id"), f"{grant.id!r} must be {id!r}, as the entry is named")
    if "purpose" in grant.lists:
        yield error((*path, "lists", "purpose"), "purpose is bound to the grant's purpose; use another name")
    for index, grantee in enumerate(grant.grantees):
        yield from _grantee(catalog, (*path, "grantees", str(index)), grantee)
    for name, given in grant.resources.items():
        place = (*path, "resources", name)
        entry = _entry(catalog, name)
        if entry is None:
            yield error(place, f"there is no resource {name}; {known(name, (str(n) for n, _ in catalog.resources()))}")
            continue
        yield from _given(catalog, grant, place, name, given, entry, connectors)
    yield from _separated(catalog, grant, path)
    forms = {form.kind for _, form, _, _ in _identifiers(catalog, grant, path)}
    if grant.lookup and not forms & {"token", "join"}:
        yield warning((*path, "lookup"), "no column is given as token or join, so that nothing can be looked up; leave it out")


def _entry(catalog: Catalog, name: str) -> Resource | None:
    try:
        return catalog.resource(ResourceName.parse(name))
    except ValueError:
        return None


def _grantee(catalog: Catalog, path: Path, grantee: str) -> Iterator[Problem]:
    if grantee.startswith(_DEPARTMENT):
        department = grantee.removeprefix(_DEPARTMENT)
        if department not in catalog.departments:
            yield error(path, f"there is no department {department}; {known(department, catalog.departments)}")
    elif grantee != "all" and grantee not in catalog.accounts:
        advice = known(grantee, (*catalog.accounts, "all", *(f"{_DEPARTMENT}{d}" for d in catalog.departments)))
        yield error(path, f"there is no account {grantee}; {advice}")


def _given(
    catalog: Catalog,
    grant: Grant,
    path: Path,
    name: str,
    given: GrantResource,
    entry: Resource,
    connectors: Mapping[str, Connector],
) -> Iterator[Problem]:
    if not given.approval.by.strip():
        yield error((*path, "approval", "by"), f"who approved it for {name.partition('.')[0]} is missing; write the office")
    if _is_closed(entry.sharing):
        yield error(path, _not_shared(name, entry.sharing))
        return
    yield from _filters(catalog, grant, path, name, given, entry, connectors)
    for column, use in given.columns.items():
        place = (*path, "columns", column)
        item = entry.columns.get(column)
        if item is None:
            yield error(place, f"{name} has no column {column}; {known(column, entry.columns)}")
            continue
        if item.sharing and _is_closed(item.sharing):
            yield error(place, _not_shared(f"{name}.{column}", item.sharing))
        elif use.parsed not in item.allowed:
            offered = ", ".join(str(form) for form in item.allowed) or "none"
            yield error(place, f"{name}.{column} is not offered as {use.form}; the forms of its entry are {offered}")
        if use.parsed.kind == "verify":
            yield from _rules(place, column, use, entry)
    if "all" in grant.grantees:
        yield from _for_everyone(path, name, given, entry)


def _filters(
    catalog: Catalog,
    grant: Grant,
    path: Path,
    name: str,
    given: GrantResource,
    entry: Resource,
    connectors: Mapping[str, Connector],
) -> Iterator[Problem]:
    """The grant's own row filter, and whether it brings what the entry's binds."""
    bound = known_parameters(catalog, grant)
    if given.row_filter is not None:
        source = catalog.departments[name.partition(".")[0]].sources.get(entry.source)
        connector = connectors.get(source.kind) if source else None
        capabilities = connector.capabilities if connector else None
        yield from filter_problems((*path, "row_filter"), given.row_filter, entry, bound, capabilities)
    if entry.row_filter is None:
        return
    try:
        parse_predicate(entry.row_filter, entry, every_parameter(catalog))
    except ValueError:
        return  # told at the entry
    try:
        predicate = parse_predicate(entry.row_filter, entry, bound)
    except ValueError as problem:
        yield error(path, f"the row filter of {name} cannot be bound under this grant: {problem}; add it under [lists]")
        return
    if never_true(fold(predicate, {"purpose": grant.purpose})):
        yield warning(path, f"{name} shares rows only where {entry.row_filter}; for the purpose {grant.purpose} there are none")


def _rules(path: Path, column: str, use: GrantColumn, entry: Resource) -> Iterator[Problem]:
    for index, text in enumerate(use.rules):
        place = (*path, "rules", str(index))
        try:
            rule = parse_predicate(text, entry, {})
        except ValueError as problem:
            yield error(place, str(problem))
            continue
        match rule:
            case Compare(_, ColumnOperand(name), ValueOperand()) | Compare(_, ValueOperand(), ColumnOperand(name)):
                if name != column:
                    yield error(place, f"the rule is about {name}; a rule compares {column} itself with a fixed value")
            case _:
                yield error(place, f"{text!r} is no rule; a rule compares {column} with one fixed value, as {column} > 100")


def _for_everyone(path: Path, name: str, given: GrantResource, entry: Resource) -> Iterator[Problem]:
    """``all`` is for what is shared unconditionally, columns included."""
    advice = "name accounts or departments as grantees"
    if WIDTH[entry.sharing.attribute] < WIDTH["unconditional"]:
        yield error(path, f"{name} is shared conditionally, so it cannot be given to all; {advice}")
        return
    for column in given.columns:
        item = entry.columns.get(column)
        if item and item.sharing and item.sharing.attribute == "conditional":
            yield error(
                (*path, "columns", column), f"{name}.{column} is shared conditionally, so it cannot be given to all; {advice}"
            )


def _separated(catalog: Catalog, grant: Grant, path: Path) -> Iterator[Problem]:
    """Identifiers of one kind, given as tokens here and clear there: they never compare."""
    tokens: dict[str, str] = {}
    clear: dict[str, tuple[str, Path]] = {}
    for kind, form, column, place in _identifiers(catalog, grant, path):
        if form.kind in ("token", "join"):
            tokens.setdefault(kind, column)
        elif form.kind == "clear":
            clear.setdefault(kind, (column, place))
    for kind in tokens.keys() & clear.keys():
        column, place = clear[kind]
        yield warning(
            place, f"{column} is given clear and {tokens[kind]} as a token of {kind}: they will not join; give both in one form"
        )


def _identifiers(catalog: Catalog, grant: Grant, path: Path) -> Iterator[tuple[str, Form, str, Path]]:
    for name, given in grant.resources.items():
        entry = _entry(catalog, name)
        for column, use in given.columns.items() if entry else ():
            item: Column | None = entry.columns.get(column) if entry else None
            if item and item.identifier:
                yield item.identifier, use.parsed, f"{name}.{column}", (*path, "resources", name, "columns", column)


def _is_closed(sharing: Sharing) -> bool:
    return sharing.attribute == "not_shared"


def _not_shared(what: str, sharing: Sharing) -> str:
    basis = f"; legal basis: {sharing.legal_basis.citation}" if sharing.legal_basis else ""
    reason = (sharing.reason or "").rstrip(".")
    return f"{what} is not shared: {reason}{basis}. No grant can give it; take it out"
