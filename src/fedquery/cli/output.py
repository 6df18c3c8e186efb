"""What the terminal shows: tables, JSON for scripts, and errors with the place underlined."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fedquery.errors import FedqueryError, Span

#: Columns, where no terminal says how many there are.
_UNFOLDED = 100_000
#: The SQL that is running, so that an error can show its line.
_statement: list[str] = []


def out() -> Console:
    """Standard output; made anew so that it follows a redirected stream. What goes to a file or a pipe is not folded."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_UNFOLDED)


def err() -> Console:
    """Standard error: progress and everything that is not the answer."""
    return Console(stderr=True, highlight=False)


def remember(sql: str) -> str:
    """Keep the statement for :func:`show_error`."""
    _statement[:] = [sql]
    return sql


def show(rows: Iterable[Any], columns: Sequence[str], as_json: bool) -> None:
    """A listing: of dataclasses or mappings, as a table or as a JSON array of objects with ``columns``."""
    values = [{name: _field(row, name) for name in columns} for row in rows]
    if as_json:
        show_json(values)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in values:
        table.add_row(*(Text("" if row[name] is None else str(row[name])) for name in columns))
    out().print(table)


def show_json(value: Any) -> None:
    """JSON for scripts, unwrapped and uncoloured."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def show_error(failure: FedqueryError) -> None:
    """What is wrong, the SQL line with the place underlined, the reasons, the hint."""
    console = err()
    console.print(Text.assemble(("error ", "bold red"), (failure.code, "dim"), "  ", failure.message), soft_wrap=True)
    if failure.span and _statement:
        console.print(underlined(_statement[0], failure.span), soft_wrap=True)
    for reason in failure.reasons:
        if reason not in failure.message:
            console.print(Text(f"  - {reason}"), soft_wrap=True)
    if failure.suggestions:
        console.print(Text(f"  did you mean: {', '.join(failure.suggestions)}"), soft_wrap=True)
    if failure.hint:
        console.print(Text.assemble(("hint ", "bold"), failure.hint), soft_wrap=True)
    if failure.fault == "bug" and failure.query_id:
        console.print(Text(f"query {failure.query_id}"))


def underlined(sql: str, span: Span) -> Text:
    """The line that holds the span's start, and carets under the span; wide characters count as two.

    >>> print(underlined("SELECT 姓名, x FROM t", Span(11, 12, 1, 12)).plain)
    1 | SELECT 姓名, x FROM t
                     ^
    """
    begin = sql.rfind("\n", 0, span.start) + 1
    end = sql.find("\n", span.start)
    line = sql[begin : end if end >= 0 else len(sql)].expandtabs(1)
    head = f"{span.line} | "
    before = cell_len(line[: span.start - begin])
    width = max(1, cell_len(line[span.start - begin : span.end - begin]))
    return Text.assemble((head, "dim"), line, "\n", " " * (len(head) + before), ("^" * width, "bold red"))


def _field(row: Any, name: str) -> Any:
    value = row[name] if isinstance(row, Mapping) else getattr(row, name)
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value
