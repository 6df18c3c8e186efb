"""The directory as code: validate, diff, apply, export, rollback, history."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from fedquery.catalog.check import load_checked
from fedquery.catalog.export import write
from fedquery.catalog.model import Catalog
from fedquery.cli.installation import By, Config, Json, now, opened, settings, who
from fedquery.cli.output import err, out, show, show_json
from fedquery.errors import CatalogProblem
from fedquery.spi import connectors
from fedquery.store import catalogs

app = typer.Typer(help="The unified directory, as files and as versions.", no_args_is_help=True)

Folder = Annotated[Path | None, typer.Argument(help="Folder of TOML files; default: catalog_dir.", show_default=False)]
Why = Annotated[str, typer.Option("--why", help="The reason, for the record.")]


@app.command()
def validate(folder: Folder = None, config: Config = None, json: Json = False) -> None:
    """Check the files alone: no store, no source. Every fault with its file and line."""
    try:
        catalog, warnings = load_checked(folder or settings(config).catalog_dir, connectors())
    except CatalogProblem as fault:
        if json:
            show_json({"valid": False, "problems": list(fault.problems), "warnings": []})
            raise typer.Exit(1) from None
        raise
    counts = {name: len(getattr(catalog, name)) for name in ("departments", "grants", "accounts")}
    counts["resources"] = len(catalog.resources())
    if json:
        show_json({"valid": True, "problems": [], "warnings": list(warnings), **counts})
    else:
        _warn(warnings)
        out().print("The directory is valid: " + ", ".join(f"{count} {name}" for name, count in counts.items()) + ".")


@app.command()
def diff(folder: Folder = None, config: Config = None, json: Json = False) -> None:
    """What the files would change of the version in force, and whether that widens or narrows what is had."""
    from fedquery.catalog.diff import diff as changes_between

    new = checked(folder or settings(config).catalog_dir)
    with opened(config) as (_, store):
        head = catalogs.current(store)
        old = catalogs.content(store, head.digest) if head else Catalog()
    changes = changes_between(old, new)
    if json:
        show_json([asdict(change) for change in changes])
    else:
        out().print("\n".join(map(str, changes)) or "Nothing changes.", markup=False, soft_wrap=True)


@app.command()
def apply(why: Why, folder: Folder = None, by: By = None, config: Config = None, json: Json = False) -> None:
    """Make the files the version in force."""
    catalog = checked(folder or settings(config).catalog_dir)
    with opened(config) as (_, store):
        head = catalogs.current(store)
        version = catalogs.apply(store, catalog, parent=head.digest if head else None, by=who(by), why=why, at=now())
    _in_force(version, json)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="An empty or new folder.")],
    version: Annotated[str | None, typer.Option(help="Default: the one in force.", show_default=False)] = None,
    config: Config = None,
) -> None:
    """Write a version as TOML files that read back to the same version."""
    with opened(config) as (_, store):
        catalog = catalogs.content(store, resolved(catalogs.history(store, 100_000), version))
    try:
        write(catalog, folder)
    except FileExistsError:
        raise CatalogProblem(f"{folder} is not empty.", hint="Name an empty or new folder.") from None


@app.command()
def rollback(
    version: Annotated[str, typer.Argument(help="A version of the history, or the beginning of it.")],
    why: Why,
    by: By = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Make the content of an earlier version the version in force."""
    with opened(config) as (_, store):
        known = catalogs.history(store, 100_000)
        target, head = resolved(known, version), resolved(known, None)
        made = catalogs.rollback(store, target, parent=head, by=who(by), why=why, at=now())
    _in_force(made, json)


@app.command()
def history(limit: Annotated[int, typer.Option(min=1)] = 20, config: Config = None, json: Json = False) -> None:
    """The versions, the newest first: who made each, when and why."""
    with opened(config) as (_, store):
        versions = catalogs.history(store, limit)
    show(versions, ("number", "digest", "parent", "at", "by", "why") if json else ("number", "digest", "at", "by", "why"), json)


def checked(folder: Path) -> Catalog:
    """The catalogue of a folder, with its cross-references checked. Raises CatalogProblem with every fault."""
    catalog, warnings = load_checked(folder, connectors())
    _warn(warnings)
    return catalog


def _warn(warnings: tuple[str, ...]) -> None:
    """On standard error: what is allowed, and probably not meant."""
    for warning in warnings:
        err().print(f"warning {warning}", markup=False, soft_wrap=True)


def resolved(known: tuple[catalogs.Version, ...], version: str | None) -> str:
    """The digest that ``version`` begins, or the newest. Raises CatalogProblem for none or more than one."""
    found = sorted({v.digest for v in known if v.digest.startswith(version)}) if version else [v.digest for v in known[:1]]
    if len(found) != 1:
        what = "There is no catalogue version" if not found else "There is more than one catalogue version"
        raise CatalogProblem(f"{what} {version or ''}".rstrip() + ".", hint="`fedquery catalog history` lists them.")
    return found[0]


def _in_force(version: catalogs.Version, as_json: bool) -> None:
    if as_json:
        show_json({"number": version.number, "version": version.digest, "parent": version.parent})
    else:
        out().print(f"Version {version.number} is in force: {version.digest}", soft_wrap=True)
