"""The audit log: verify its chain, show its records."""

from __future__ import annotations

from typing import Annotated

import typer

from fedquery.cli.installation import By, Config, Json, now, opened, who
from fedquery.cli.output import out, show, show_json
from fedquery.store.audit import Audit

app = typer.Typer(help="The evidence of every query.", no_args_is_help=True)

_WARNING = """\
The head file remembers every record, so that none can be cut from the store unseen. A new one begins where the store ends now:
what is missing from the store at this moment will never be found missing by it. Only a restored backup or a lost file needs
this. The old file is kept beside the new one; keep it, and the copies that lie elsewhere: they alone tell what was there."""

Only = Annotated[str | None, typer.Option(show_default=False)]


@app.command()
def verify(config: Config = None, json: Json = False) -> None:
    """Read the whole chain; fails at the first record that is missing or was changed."""
    with opened(config) as (own, store):
        found = Audit(store, own.data_dir / "audit.head").verify()
    if json:
        show_json({"records": found.records, "hash": found.hash, "head_behind": found.head_behind})
    else:
        out().print(f"{found.records} records, unbroken. Last hash: {found.hash}", soft_wrap=True)


@app.command("show")
def show_records(
    query: Only = None,
    account: Only = None,
    department: Only = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    config: Config = None,
    json: Json = False,
) -> None:
    """The newest records first: of one query, one account, or those that name a department's resources."""
    with opened(config) as (own, store):
        log = Audit(store, own.data_dir / "audit.head")
        entries = log.records(limit=limit, query_id=query, account=account, department=department)
    if json:
        show_json([{"hash": entry.hash, **entry.body} for entry in entries])
        return
    rows = [
        {
            "seq": entry.seq,
            "at": entry.body["at"],
            "kind": entry.kind,
            "account": entry.body["account"],
            "query": entry.body["query_id"],
            "what": entry.body.get("state")
            or entry.body.get("error_code")
            or entry.body.get("grant")
            or entry.body.get("text"),
        }
        for entry in entries
    ]
    show(rows, ("seq", "at", "kind", "account", "query", "what"), False)


@app.command("new-head")
def new_head(
    why: Annotated[str, typer.Option("--why", help="The reason, for the record.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: the warning is understood.")] = False,
    by: By = None,
    config: Config = None,
) -> None:
    """Start the head file anew after a restored backup or a lost file. Read the warning: it gives up evidence."""
    typer.echo(_WARNING, err=True)
    if not yes:
        typer.confirm("Start a new head file?", abort=True, err=True)
    with opened(config) as (own, store):
        seq = Audit(store, own.data_dir / "audit.head").new_head(now(), who(by), why)
    out().print(f"The new head file begins with record {seq}, which says who started it and why.", soft_wrap=True)
