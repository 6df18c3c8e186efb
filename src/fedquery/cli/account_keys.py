"""API keys: issue, revoke, list. A key's text is shown once, when it is issued."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from fedquery.cli.installation import By, Config, Json, current_catalog, now, opened, who
from fedquery.cli.output import err, out, show, show_json
from fedquery.errors import BadRequest
from fedquery.store import principals

app = typer.Typer(help="API keys of the directory's accounts.", no_args_is_help=True)


@app.command()
def issue(
    account: Annotated[str, typer.Argument(help="An account of the directory.")],
    label: Annotated[str, typer.Option(help="What the key is for.")] = "",
    days: Annotated[int, typer.Option(min=1, max=3660, help="Days until it ends.")] = 365,
    by: By = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """A new key. Its text is printed now and never again; only its hash is kept."""
    with opened(config) as (_, store):
        if account not in current_catalog(store)[1].accounts:
            raise BadRequest(f"There is no account {account} in the directory.", hint="Accounts are in accounts.toml.")
        at = now()
        key = principals.issue(store, account, label=label, by=who(by), at=at, expires=at + dt.timedelta(days=days))
    if json:
        show_json({"id": key.id, "account": account, "key": key.text})
    else:
        err().print(f"Key {key.id} of {account}. This is the only time that it is shown:")
        out().print(key.text, soft_wrap=True, markup=False)


@app.command()
def revoke(id: Annotated[str, typer.Argument(help="The key's id.")], by: By = None, config: Config = None) -> None:
    """End a key now; its sessions end with it."""
    with opened(config) as (_, store):
        principals.revoke(store, id, by=who(by), at=now())
    out().print(f"Key {id} is revoked.")


@app.command("list")
def list_keys(
    account: Annotated[str | None, typer.Option(help="Of one account only.", show_default=False)] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """The keys, oldest first; never their texts."""
    with opened(config) as (_, store):
        keys = principals.keys(store, account)
    show(keys, ("id", "account", "label", "issued_at", "issued_by", "expires_at", "revoked_at", "used_at"), json)
