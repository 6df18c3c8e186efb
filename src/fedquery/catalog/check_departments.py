"""Checks a department's part: its sources against their connectors, its resources and columns against their source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from fedquery.arrow import LogicalType
from fedquery.catalog.filters import known_parameters, never_true, parse_predicate
from fedquery.catalog.folding import fold
from fedquery.catalog.model import Catalog, Column, Resource, Sharing, SourceDef
from fedquery.catalog.problem import Path, Problem, error, known, warning
from fedquery.masks import Form, Mask
from fedquery.predicates import comparisons
from fedquery.spi import Capabilities, Connector, is_reference

#: How widely each sharing attribute shares; a column is never shared more widely than its resource.
WIDTH = {"not_shared": 0, "conditional": 1, "unconditional": 2}
_VARCHAR = LogicalType("varchar")
_SECRET_WORDS = frozenset({"password", "passwd", "passphrase", "pwd", "secret", "token", "apikey"})
_SECRET_ENDS = ("api_key", "access_key", "private_key")
#: A resident number has 18 characters; with 8 of them known, what is left can be found by trying (birth date, sequence).
_MOST_SHOWN = {"person_id": 7}


def department_problems(catalog: Catalog, id: str, connectors: Mapping[str, Connector]) -> Iterator[Problem]:
    """The faults of one department."""
    department, path = catalog.departments[id], ("departments", id)
    if department.id != id:
        yield error((*path, "id"), f"{department.id!r} must be {id!r}, as the entry is named")
    for name, source in department.sources.items():
        yield from _source((*path, "sources", name), source, connectors)
    for name, resource in department.resources.items():
        place = (*path, "resources", name)
        used = department.sources.get(resource.source)
        if used is None:
            advice = known(resource.source, department.sources)
            yield error((*place, "source"), f"{id} has no source {resource.source}; {advice}")
        connector = connectors.get(used.kind) if used else None
        yield from _resource(catalog, place, resource, connector)


def _source(path: Path, source: SourceDef, connectors: Mapping[str, Connector]) -> Iterator[Problem]:
    connector = connectors.get(source.kind)
    secrets = list(_plain_secrets((*path, "options"), source.options))
    yield from secrets
    if connector is None:
        yield error(
            (*path, "kind"),
            f"no connector of the kind {source.kind} is installed; {known(source.kind, sorted(connectors))}",
        )
        return
    told = {problem.path for problem in secrets}
    try:
        connector.options.model_validate(source.options)
    except ValidationError as faults:
        for fault in faults.errors(include_url=False, include_input=False, include_context=False):
            place = (*path, "options", *map(str, fault["loc"]))
            if place not in told:
                yield error(place, _said(fault, connector))
    if source.scratch and connector.capabilities.embedded:
        yield warning((*path, "scratch"), f"sources of the kind {source.kind} need no temporary tables; leave it out")
    elif source.scratch and not connector.capabilities.scratch:
        yield error((*path, "scratch"), f"sources of the kind {source.kind} can make no temporary tables; leave it out")


def _said(fault: Any, connector: Connector) -> str:
    if fault["type"] == "extra_forbidden":
        return f"unknown option of the kind {connector.kind}; {known(str(fault['loc'][-1]), connector.options.model_fields)}"
    if fault["type"] == "missing":
        return f"missing; the kind {connector.kind} needs it"
    return str(fault["msg"]).removeprefix("Value error, ")


def _plain_secrets(path: Path, value: Any) -> Iterator[Problem]:
    """Options that hold a secret itself; never shown."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _plain_secrets((*path, str(name)), inner)
    elif isinstance(value, str) and not is_reference(value):
        name = path[-1].lower()
        if _SECRET_WORDS & set(name.split("_")) or name.endswith(_SECRET_ENDS) or _has_password(value):
            yield error(path, "a secret does not belong into the directory; put it behind env:NAME or file:PATH and write that")


def _has_password(text: str) -> bool:
    try:
        return bool(urlsplit(text).password)
    except ValueError:
        return False


def _resource(catalog: Catalog, path: Path, resource: Resource, connector: Connector | None) -> Iterator[Problem]:
    capabilities = connector.capabilities if connector else None
    if resource.row_filter is not None:
        bound = every_parameter(catalog)
        yield from filter_problems((*path, "row_filter"), resource.row_filter, resource, bound, capabilities)
    for name, column in resource.columns.items():
        place = (*path, "columns", name)
        yield from _column(place, column, resource.sharing)
        for index, form in enumerate(column.allowed):
            yield from _form((*place, "forms", str(index)), form, column, connector)
        for index, department in enumerate(column.egress):
            if department not in catalog.departments:
                advice = known(department, catalog.departments)
                yield error((*place, "egress", str(index)), f"there is no department {department}; {advice}")


def _column(path: Path, column: Column, of_resource: Sharing) -> Iterator[Problem]:
    if column.codes is not None and column.logical != _VARCHAR:
        yield error((*path, "codes"), f"codes unify text, and the type is {column.type}; declare the column as varchar")
    if column.key and column.nullable:
        yield error((*path, "key"), "a key is never NULL; add nullable = false, or leave key out")
    if column.sharing and WIDTH[column.sharing.attribute] > WIDTH[of_resource.attribute]:
        yield error(
            (*path, "sharing"),
            f"the column is {_words(column.sharing)} and its resource {_words(of_resource)}; "
            "a column cannot be shared more widely than its resource",
        )


def _form(path: Path, form: Form, column: Column, connector: Connector | None) -> Iterator[Problem]:
    if form.kind in ("token", "join") and not column.identifier:
        yield error(path, f"{form} needs the kind of identifier; add identifier, such as identifier = 'person_id'")
    if form.kind == "verify" and column.logical.name in ("blob", "interval", "list"):
        yield error(path, f"a column of the type {column.type} cannot be compared, so it cannot be verified")
    if form.mask is None:
        return
    if problem := form.mask.problem(column.logical):
        said = problem if form.kind == "mask" else f"{form} needs varchar, and the type is {column.type}"
        yield error(path, f"{said}; use another form")
    most = _MOST_SHOWN.get(column.identifier or "")
    if most is not None and (shown := _shown(form.mask)) > most:
        yield error(
            path,
            f"{form} shows {shown} characters of a {column.identifier}, so that the rest can be guessed; "
            f"show at most {most}, or use token",
        )
    if connector and column.enforce == "source" and form.mask.name not in connector.capabilities.masks:
        yield error(
            path,
            f"sources of the kind {connector.kind} cannot apply {form.mask.name}, and enforce is 'source'; "
            "use another form, or enforce = 'gateway'",
        )


def _shown(mask: Mask) -> int:
    """How many characters of a value it leaves."""
    return sum(int(a) for a in mask.arguments) if mask.name in ("keep", "prefix") else 0


def every_parameter(catalog: Catalog) -> dict[str, LogicalType]:
    """What a resource's row filter may bind under one grant or another."""
    bound = known_parameters(catalog)
    for grant in catalog.grants.values():
        bound |= known_parameters(catalog, grant)
    return bound


def filter_problems(
    path: Path, text: str, resource: Resource, known: Mapping[str, LogicalType], capabilities: Capabilities | None
) -> Iterator[Problem]:
    """The faults of a row filter: whether it can be read, can ever hold, and is exact at its source."""
    try:
        predicate = parse_predicate(text, resource, known)
    except ValueError as problem:
        yield error(path, str(problem))
        return
    if never_true(fold(predicate, {})):
        yield warning(path, "no row can ever meet this condition, so that every query is refused")
    if capabilities and not capabilities.embedded:
        for column, operator in sorted(set(comparisons(predicate))):
            type = resource.columns[column].logical
            if not capabilities.applies(type.name, operator):
                yield error(path, f"{operator} on {column} ({type}) is not exact at this kind of source; use another condition")


def _words(sharing: Sharing) -> str:
    return {"not_shared": "not shared", "conditional": "shared conditionally"}.get(sharing.attribute, "shared unconditionally")
