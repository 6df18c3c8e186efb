"""The directory as a whole: whether its entries fit each other and what the installed connectors can do.

Each entry by itself is checked when it is read (:mod:`fedquery.catalog.load`). Here are cross-references, forms, filters
and rights; every fault is found at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from fedquery.catalog.check_departments import department_problems
from fedquery.catalog.check_grants import grant_problems
from fedquery.catalog.load import Texts, parse, read
from fedquery.catalog.model import Catalog
from fedquery.catalog.problem import Problem, error, known
from fedquery.errors import CatalogProblem
from fedquery.spi import Connector

NO_FILES = Texts({})


def check(catalog: Catalog, connectors: Mapping[str, Connector]) -> tuple[Problem, ...]:
    """Every fault and every warning, departments first, then grants, then accounts."""
    return tuple(_problems(catalog, connectors))


def require(catalog: Catalog, connectors: Mapping[str, Connector], texts: Texts = NO_FILES) -> tuple[str, ...]:
    """The warnings, each with its place. Raises CatalogProblem that lists every error with its file, line and key."""
    found = check(catalog, connectors)
    errors = tuple(problem.located(texts) for problem in found if problem.severity == "error")
    if errors:
        count = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
        raise CatalogProblem(
            f"The directory has {count}; it cannot be used.", problems=errors, hint="Mend what is listed, and validate again."
        )
    return tuple(problem.located(texts) for problem in found)


def load_checked(folder: Path, connectors: Mapping[str, Connector]) -> tuple[Catalog, tuple[str, ...]]:
    """The catalogue of a folder, whole and fit for use, with its warnings. Raises CatalogProblem with every fault."""
    texts = read(folder)
    catalog = parse(texts)
    return catalog, require(catalog, connectors, texts)


def _problems(catalog: Catalog, connectors: Mapping[str, Connector]) -> Iterator[Problem]:
    for id in sorted(catalog.departments):
        yield from department_problems(catalog, id, connectors)
    for id in sorted(catalog.grants):
        yield from grant_problems(catalog, id, connectors)
    for id, account in sorted(catalog.accounts.items()):
        path = ("accounts", id)
        if account.id != id:
            yield error((*path, "id"), f"{account.id!r} must be {id!r}, as the entry is named")
        if account.department not in catalog.departments:
            advice = known(account.department, catalog.departments)
            yield error((*path, "department"), f"there is no department {account.department}; {advice}")
        if "purpose" in account.attributes:
            yield error((*path, "attributes", "purpose"), "purpose is bound to the grant's purpose; use another name")
