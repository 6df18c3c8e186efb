"""Running an installation: demo, serve, settings, db upgrade."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from fedquery.cli.installation import Config, Json, settings, store_password
from fedquery.cli.output import err, out, show
from fedquery.store.database import upgrade_store

database = typer.Typer(help="The metadata store.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(demo)
    app.command()(serve)
    app.command("settings")(show_settings)
    app.add_typer(database, name="db")


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the console; 0 takes a free one.")] = 8080,
    citizens: Annotated[int, typer.Option(min=2000, help="Inhabitants of the demo city.")] = 20_000,
    data: Annotated[Path | None, typer.Option(help="Folder to keep the city in; without it, it is gone at the end.")] = None,
    json: Json = False,
) -> None:
    """A whole city on this machine: departments with their databases, a directory, accounts, the console."""
    from fedquery.demo.command import run  # brings the demo's own packages along

    run(port=port, citizens=citizens, data=data, as_json=json)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.", show_default=False)] = None,
    config: Config = None,
) -> None:
    """Serve the HTTP API and the console until told to stop."""
    from fedquery.http.entrance import open_services
    from fedquery.http.wsgi import listening
    from fedquery.http.wsgi import serve as run
    from fedquery.store.database import open_store

    own = settings(config, {"host": host, "port": port})
    open_store(own.store_url, store_password(own)).close()  # what is wrong with it is said here, not in a worker
    logging.basicConfig(level=own.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    address = f"[{own.host}]" if ":" in own.host else own.host
    with listening(own.host, own.port) as (bind, taken):
        run(lambda: open_services(own), bind, lambda: err().print(f"fedquery serves on http://{address}:{taken}"))


def show_settings(config: Config = None, json: Json = False) -> None:
    """Each setting, its value, and where the value came from."""
    own = settings(config)
    origins = own.origins()
    rows = [{"setting": name, "value": getattr(own, name), "from": origins[name]} for name in type(own).model_fields]
    show(rows, ("setting", "value", "from"), json)


@database.command()
def upgrade(config: Config = None) -> None:
    """Create the store, or bring it to this release's version; a backup is made first."""
    own = settings(config)
    backup = upgrade_store(own.store_url, store_password(own))
    out().print(f"The store is ready.{f' Backup: {backup}' if backup else ''}", soft_wrap=True)
