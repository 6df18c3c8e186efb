"""What a caller may find in the directory: listed entries and those his grants name, with the forms he has of each."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fedquery.catalog.model import Catalog, Column, Grant, Resource
from fedquery.identity import Principal
from fedquery.names import ResourceName
from fedquery.policy.decide import active_grants


def directory(catalog: Catalog, principal: Principal, today: dt.date) -> list[dict[str, Any]]:
    """One document per entry, in name order. Physical names and row filters' values never appear."""
    grants = active_grants(catalog, principal, today) if principal.may_query() else ()
    found = []
    for name, entry in catalog.resources():
        giving = tuple(grant for grant in grants if str(name) in grant.resources)
        if entry.listed or giving:
            found.append(_entry(catalog, name, entry, giving))
    return found


def _entry(catalog: Catalog, name: ResourceName, entry: Resource, giving: tuple[Grant, ...]) -> dict[str, Any]:
    department = catalog.departments[name.department]
    columns = {
        column: item
        for column, item in entry.columns.items()
        if entry.listed or any(column in grant.resources[str(name)].columns for grant in giving)
    }
    return {
        "name": str(name),
        "department": {"id": department.id, "name": department.name.model_dump()},
        "title": entry.title.model_dump(),
        "description": entry.description.model_dump(),
        "format": entry.format,
        "update_cycle": entry.update_cycle,
        "sharing": entry.sharing.model_dump(exclude_none=True),
        "level": entry.level,
        "grade": entry.grade,
        "row_filter": entry.row_filter,
        "columns": [_column(str(name), column, item, giving) for column, item in columns.items()],
        "grants": [_grant(grant) for grant in giving],
    }


def _grant(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "title": grant.title.model_dump(),
        "purpose": grant.purpose,
        "valid_to": grant.valid_to.isoformat(),
        "lookup": grant.lookup,
    }


def _column(resource: str, name: str, entry: Column, giving: tuple[Grant, ...]) -> dict[str, Any]:
    forms = {}
    for grant in giving:
        given = grant.resources[resource].columns.get(name)
        if given is not None:
            forms[grant.id] = {"form": given.form, "use": list(given.use), "rules": list(given.rules)}
    return {
        "name": name,
        "type": entry.type,
        "description": entry.description.model_dump(),
        "nullable": entry.nullable,
        "key": entry.key,
        "identifier": entry.identifier,
        "level": entry.level,
        "grade": entry.grade,
        "sensitive": entry.sensitive,
        "available_forms": list(entry.forms),
        "forms": forms,
        **({"sharing": entry.sharing.model_dump(exclude_none=True)} if entry.sharing else {}),
    }
