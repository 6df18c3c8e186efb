"""The departments' systems: list them, reach them, describe their tables as draft entries."""

from __future__ import annotations

import time
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from fedquery.catalog.draft import draft as draft_of
from fedquery.catalog.model import Catalog, SourceDef
from fedquery.cli.installation import Config, Json, current_catalog, now, opened, secrets, settings
from fedquery.cli.output import err, show, show_json
from fedquery.errors import BadRequest, FedqueryError
from fedquery.knowledge.fingerprints import Fingerprints
from fedquery.knowledge.statistics import Statistics
from fedquery.run.sources import Sources
from fedquery.settings import Settings
from fedquery.spi import RemoteTable, TableStatistics, connectors
from fedquery.spi import Source as Opened
from fedquery.store.database import Store

app = typer.Typer(help="The departments' systems.", no_args_is_help=True)

Files = Annotated[
    Path | None, typer.Option("--catalog", help="Folder of TOML files instead of the version in force.", show_default=False)
]
Source = Annotated[str, typer.Argument(help="A source of the directory: department.source.")]


@app.command("list")
def list_sources(catalog: Files = None, config: Config = None, json: Json = False) -> None:
    """The sources of the directory; secrets are shown as references only."""
    _, found = _installation(catalog, config)
    rows = [
        {"source": id, "kind": entry.kind, "concurrency": entry.concurrency, "seconds": entry.seconds, "options": entry.options}
        for id, entry in found.sources()
    ]
    show(rows, ("source", "kind", "concurrency", "seconds", "options"), json)


@app.command()
def ping(
    source: Annotated[str | None, typer.Argument(help="department.source; default: all.", show_default=False)] = None,
    catalog: Files = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Reach one source, or all: a line for each; fails when one cannot be reached."""
    own, found = _installation(catalog, config)
    ids = [source] if source else [id for id, _ in found.sources()]
    rows = []
    reached = Sources(connectors(), secrets(own), own.time_zone, own.data_dir)
    try:
        opened_sources = reached.of(found)
        for id in ids:
            _require(found, id)
            began = time.monotonic()
            try:
                opened_sources[id].ping()
                state, detail = "ok", ""
            except FedqueryError as failure:
                state, detail = failure.code, failure.message
            rows.append({"source": id, "state": state, "ms": round((time.monotonic() - began) * 1000), "detail": detail})
    finally:
        reached.close()
    show(rows, ("source", "state", "ms", "detail"), json)
    if any(row["state"] != "ok" for row in rows):
        raise typer.Exit(1)


@app.command()
def describe(
    source: Source,
    table: Annotated[str | None, typer.Argument(help="One table, as the list names it; default: all.")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Print drafts of directory entries, in TOML.")] = False,
    catalog: Files = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Every table that the login can read, with the types as the source names them; or drafts of their entries."""
    if draft and json:
        raise typer.BadParameter("--draft prints TOML; leave --json out")
    own, found = _installation(catalog, config)
    _require(found, source)
    reached = Sources(connectors(), secrets(own), own.time_zone, own.data_dir)
    try:
        tables = list(reached.of(found)[source].describe())
    finally:
        reached.close()
    if table is not None:
        tables = _named(table, tables, source)
    if draft:
        typer.echo("\n".join(draft_of(one, source.partition(".")[2]) for one in tables), nl=False)
        return
    rows = [
        {
            "table": ".".join(one.path),
            "column": column.name,
            "declared": column.declared,
            "type": str(column.type) if column.type else "none",
            "nullable": column.nullable,
            "key": column.key,
            "note": column.note or column.comment,
        }
        for one in tables
        for column in one.columns
    ]
    show(rows, ("table", "column", "declared", "type", "nullable", "key", "note"), json)


@app.command()
def fingerprint(source: Source, config: Config = None, json: Json = False) -> None:
    """Ask a source its facts now and keep the answers: what it is, and which capabilities they switch off."""
    with opened(config) as (own, store):
        found = current_catalog(store)[1]
        _require(found, source)
        entry = dict(found.sources())[source]
        reached = Sources(connectors(), secrets(own), own.time_zone, own.data_dir)
        try:
            kept = Fingerprints(store, now).renew(source, entry, reached.of(found)[source]).fingerprint
            connector = reached.connector(entry.kind)
        finally:
            reached.close()
    lost = [each.reason for each in connector.derive(kept).lost]
    rows = [
        {
            "fact": fact.name,
            "answer": kept.facts[fact.name],
            "assumed": fact.assumed,
            "meaning": fact.sentence,
            "switched_off": fact.otherwise if fact.otherwise in lost else "",
        }
        for fact in connector.facts
    ]
    if json:
        show_json({"source": source, "version": kept.version, "capability_version": kept.digest, "facts": rows})
        return
    err().print(f"{source} reports the version {kept.version}; capability version {kept.digest[:12]}")
    show(rows, ("fact", "answer", "assumed", "meaning", "switched_off"), json)


@app.command()
def analyze(
    source: Annotated[str | None, typer.Argument(help="department.source; default: all.", show_default=False)] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Ask one source, or all, what they know of their tables, and their facts, and keep the answers: a line for each table.

    Fails when one cannot be asked.
    """
    rows: list[dict[str, object]] = []
    with opened(config) as (own, store):
        found = current_catalog(store)[1]
        if source:
            _require(found, source)
        reached = Sources(connectors(), secrets(own), own.time_zone, own.data_dir)
        try:
            opened_sources = reached.of(found)
            for id, entry in found.sources():
                if source in (None, id):
                    rows += _analyzed(store, found, id, entry, opened_sources[id])
        finally:
            reached.close()
    show(rows, ("source", "table", "rows", "row_bytes", "columns", "state"), json)
    if any(row["state"] != "ok" for row in rows):
        raise typer.Exit(1)


def _analyzed(store: Store, catalog: Catalog, id: str, entry: SourceDef, source: Opened) -> list[dict[str, object]]:
    """A line for each table that the directory names; tables of which nothing is known have no rows."""
    empty: dict[str, object] = {"source": id, "table": "", "rows": None, "row_bytes": None, "columns": None}
    try:
        Fingerprints(store, now).renew(id, entry, source)
        kept = Statistics(store, now).renew(id, catalog, source)
    except FedqueryError as failure:
        return [empty | {"state": failure.code}]
    department, _, name = id.partition(".")
    paths = sorted({r.table for r in catalog.departments[department].resources.values() if r.source == name})
    lines = []
    for path in paths:
        known = kept.tables.get(path, TableStatistics())
        found = {"rows": known.rows, "row_bytes": known.width}
        counted = {key: round(value) if value is not None else None for key, value in found.items()}
        lines.append({**empty, **counted, "table": ".".join(path), "columns": len(known.columns), "state": "ok"})
    return lines or [empty | {"state": "ok"}]


def _named(name: str, tables: list[RemoteTable], source: str) -> list[RemoteTable]:
    """The table of that whole path, or else of that last part. Raises BadRequest for none or more than one."""
    found = [t for t in tables if ".".join(t.path) == name] or [t for t in tables if t.path[-1] == name]
    if len(found) != 1:
        near = tuple(get_close_matches(name, sorted(".".join(t.path) for t in found or tables), n=5, cutoff=0.3))
        what = "no table" if not found else "more than one table"
        raise BadRequest(
            f"{source} has {what} {name} that its login can read.",
            hint=f"`fedquery source describe {source}` lists them.",
            suggestions=near,
        )
    return found


def _installation(files: Path | None, config: Path | None) -> tuple[Settings, Catalog]:
    if files:
        from fedquery.cli.catalog import checked

        return settings(config), checked(files)
    with opened(config) as (own, store):
        return own, current_catalog(store)[1]


def _require(catalog: Catalog, source: str) -> None:
    known = [id for id, _ in catalog.sources()]
    if source not in known:
        raise BadRequest(f"There is no source {source}.", hint=f"The sources are {', '.join(known)}.")
