"""The audit log: verify its chain, show its records."""

from __future__ import annotations

from typing import Annotated

import typer

from fedquery.cli.installation import Config, Json, opened
from fedquery.cli.output import out, show, show_json
from fedquery.store.audit import Audit

app = typer.Typer(help="The evidence of every query.", no_args_is_help=True)

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
