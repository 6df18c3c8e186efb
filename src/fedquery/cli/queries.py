"""``fedquery sql`` and ``fedquery explain``: in this process, or at a server by HTTP."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import pyarrow as pa
import typer

from fedquery.arrow import ARROW_STREAM
from fedquery.cli.answer import print_answer, watched
from fedquery.cli.installation import Config, settings
from fedquery.cli.output import err, out, remember, show_json
from fedquery.cli.remote import ask
from fedquery.errors import BadRequest, Cancelled
from fedquery.gateway import Gateway
from fedquery.http import formats
from fedquery.run.result import Result


class Format(StrEnum):
    """What an answer is printed as."""

    table = "table"
    csv = "csv"
    json = "json"
    arrow = "arrow"


MEDIA_TYPES = {Format.table: formats.JSON, Format.csv: formats.CSV, Format.json: formats.JSON, Format.arrow: ARROW_STREAM}

Sql = Annotated[str, typer.Argument(help="The statement; @FILE reads a file, - reads standard input.")]
GrantId = Annotated[str | None, typer.Option("--grant", help="The grant to query under.", show_default=False)]
Account = Annotated[str | None, typer.Option("--as", help="The account that asks, in this process.", show_default=False)]
Url = Annotated[str | None, typer.Option("--url", help="A server to ask instead.", show_default=False)]
KeyFile = Annotated[Path | None, typer.Option("--key-file", help="File with the API key for the server.", show_default=False)]
Given = Annotated[
    list[str] | None, typer.Option("--parameter", "-p", help="name=value for each $name; the value is JSON or text.")
]
NoPush = Annotated[
    bool, typer.Option("--no-push", help="Ask each source for its slice's columns only; the answer is the same.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(sql)
    app.command()(explain)


def sql(
    statement: Sql,
    grant: GrantId = None,
    account: Account = None,
    parameter: Given = None,
    url: Url = None,
    key_file: KeyFile = None,
    format: Annotated[Format, typer.Option("--format", "-f")] = Format.table,
    rows: Annotated[int, typer.Option(min=1, help="Most rows that a table shows; the other formats are whole.")] = 100,
    no_push: NoPush = False,
    config: Config = None,
) -> None:
    """Run one statement and print its answer. Ctrl-C ends it at every department."""
    text, parameters = remember(_text(statement)), _parameters(parameter)
    cap = rows if format is Format.table else None
    body = {"sql": text, "parameters": parameters, "grant": grant, "push": not no_push, "max_rows": cap}
    if url:
        try:
            with ask(url, key_file, "/v1/query", body, MEDIA_TYPES[format]) as answer:
                if format is Format.table:
                    print_answer(jsonlib.load(answer))
                else:
                    _copy(answer, sys.stdout.buffer)
        except KeyboardInterrupt:  # the server ends a query whose caller has gone
            raise Cancelled("The query was ended; the server ends it at every department.") from None
        return
    gateway = Gateway.open(settings(config))
    try:
        who = gateway.principal(_account(account))
        with gateway.query(who, text, parameters=parameters, grant=grant, push=not no_push) as result:
            try:
                _print(result, format, cap)
            except KeyboardInterrupt:
                result.cancel()
                raise Cancelled("The query was ended at every department.") from None
    finally:
        gateway.close()


def explain(
    statement: Sql,
    grant: GrantId = None,
    account: Account = None,
    parameter: Given = None,
    url: Url = None,
    key_file: KeyFile = None,
    json: Annotated[bool, typer.Option("--json", help="JSON, for scripts.")] = False,
    no_push: NoPush = False,
    analyze: Annotated[bool, typer.Option("--analyze", help="Run it, and tell what it cost.")] = False,
    config: Config = None,
) -> None:
    """What a statement would ask of which department; nothing is read, unless --analyze runs it."""
    text, parameters = remember(_text(statement)), _parameters(parameter)
    if url:
        body = {"sql": text, "parameters": parameters, "grant": grant, "push": not no_push, "analyze": analyze}
        with ask(url, key_file, "/v1/explain", body, formats.JSON if json else formats.TEXT) as answer:
            _copy(answer, sys.stdout.buffer)
        return
    gateway = Gateway.open(settings(config))
    try:
        who = gateway.principal(_account(account))
        if analyze:
            with gateway.query(who, text, parameters=parameters, grant=grant, push=not no_push) as result, watched(result):
                for _ in result:
                    continue
            plan = gateway.analysis(who, result)
        else:
            plan = gateway.explain(who, text, parameters=parameters, grant=grant, push=not no_push)
    finally:
        gateway.close()
    if json:
        show_json(plan.document)
    else:
        out().print(plan.text, markup=False, soft_wrap=True, end="")


def _print(result: Result, format: Format, cap: int | None) -> None:
    """The whole answer, or a table of its first rows."""
    with watched(result):
        result.start()
    if format is Format.table:
        print_answer(_first_rows(result, cap))
        return
    for mark in result.marks:
        err().print(f"of the rows you may see: {mark.operator} over {mark.resource} ({mark.reason})", markup=False)
    with watched(result):
        if format is Format.arrow:
            for chunk in formats.arrow_chunks(result.schema, result, "zstd"):
                sys.stdout.buffer.write(chunk)
        else:
            file = formats.BoundedFile(sys.stdout.buffer, sys.maxsize)
            if format is Format.csv:
                formats.write_csv(result.schema, result, file)
            else:
                formats.write_json(formats.head(result), result, lambda count: formats.tail(result, count, False), file)
    sys.stdout.buffer.flush()


def _first_rows(result: Result, limit: int | None) -> dict[str, Any]:
    cap = formats.Cap(limit)
    kept = list(_while_watched(result, cap))
    rows = [row for batch in kept for row in formats.rows_of(batch)]
    return {**formats.head(result), "rows": rows, **formats.tail(result, cap.count, cap.reached)}


def _while_watched(result: Result, cap: formats.Cap) -> Iterator[pa.RecordBatch]:
    with watched(result):
        yield from cap.rows(result)


def _copy(answer: Any, target: BinaryIO) -> None:
    while chunk := answer.read(1 << 16):
        target.write(chunk)
    target.flush()


def _text(statement: str) -> str:
    if statement == "-":
        return sys.stdin.read()
    if statement.startswith("@"):
        try:
            return Path(statement[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise BadRequest(f"The file {statement[1:]} cannot be read as UTF-8 text.") from None
    return statement


def _parameters(given: list[str] | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for pair in given or ():
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{pair!r} is not of the form name=value")
        try:
            values[name.removeprefix("$")] = jsonlib.loads(value)
        except ValueError:
            values[name.removeprefix("$")] = value
    return values


def _account(account: str | None) -> str:
    if account is None:
        raise typer.BadParameter("name the account that asks with --as, or a server with --url")
    return account
