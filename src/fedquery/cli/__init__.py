"""The command line: one command per job; errors say what is wrong, where, and what to do."""

from __future__ import annotations

import sys

import typer

from fedquery.cli import account_keys, audit, catalog, operation, queries, sources
from fedquery.cli.output import show_error
from fedquery.errors import FedqueryError

app = typer.Typer(
    name="fedquery",
    help="One SQL statement over many departments, governed by a unified directory, answered as Arrow.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
operation.register(app)
queries.register(app)
app.add_typer(catalog.app, name="catalog")
app.add_typer(sources.app, name="source")
app.add_typer(account_keys.app, name="key")
app.add_typer(audit.app, name="audit")


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 refused or failed, 2 wrong usage."""
    try:
        app()
    except FedqueryError as failure:
        show_error(failure)
        sys.exit(1)
    except BrokenPipeError:  # whoever read the output has enough
        sys.stderr.close()
        sys.exit(1)
