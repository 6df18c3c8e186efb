"""The directory under other policies: rows cut, values masked, keys as tokens, keys that may not travel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.tpch.data import TEXT_KEYS, kind_of
from benchmarks.tpch.systems import CATALOG
from fedquery.catalog.load import load
from fedquery.catalog.model import Catalog, Column, Grant, GrantColumn


@dataclass(frozen=True, slots=True)
class Variant:
    """A directory, and the grant to ask under."""

    name: str
    grant: str
    catalog: Catalog


def variants() -> Mapping[str, Variant]:
    """Every variant by its name; ``clear`` is the directory without any policy."""
    plain = load(CATALOG)
    found = (
        Variant("clear", "clear", plain),
        Variant("filtered", "filtered", plain),
        Variant("masked", "masked", plain),
        Variant("tokens", "clear", _tokens(plain, "source")),
        Variant("late tokens", "clear", _tokens(plain, "gateway")),
        Variant("no egress", "clear", _columns(plain, lambda _, column: column.model_copy(update={"egress": ()}))),
    )
    return {variant.name: variant for variant in found}


def _tokens(catalog: Catalog, enforce: Literal["source", "gateway"]) -> Catalog:
    """Every key is had as a token only, so it is a text; it is the same at all departments."""

    def change(name: str, column: Column) -> Column:
        if (kind := kind_of(name)) is None:
            return column
        return column.model_copy(update={"type": "varchar", "identifier": kind, "forms": ("token",), "enforce": enforce})

    def give(grant: Grant) -> Grant:
        resources = {
            name: given.model_copy(
                update={"columns": {c: GrantColumn(form="token") if kind_of(c) else use for c, use in given.columns.items()}}
            )
            for name, given in grant.resources.items()
        }
        return grant.model_copy(update={"resources": resources})

    changed = _columns(catalog, change)
    supply = changed.departments["supply"]
    files = supply.sources["main"].model_copy(update={"options": {"folder": TEXT_KEYS}})
    departments = {**changed.departments, "supply": supply.model_copy(update={"sources": {"main": files}})}
    grants = {id: give(grant) for id, grant in changed.grants.items()}
    return changed.model_copy(update={"departments": departments, "grants": grants})


def _columns(catalog: Catalog, change: Callable[[str, Column], Column]) -> Catalog:
    departments = {}
    for id, department in catalog.departments.items():
        resources = {
            name: entry.model_copy(update={"columns": {c: change(c, column) for c, column in entry.columns.items()}})
            for name, entry in department.resources.items()
        }
        departments[id] = department.model_copy(update={"resources": resources})
    return catalog.model_copy(update={"departments": departments})
