"""An answer on the terminal: progress of each department while it runs, then a table with what it rests on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from rich.live import Live
from rich.table import Table
from rich.text import Text

from fedquery.cli.output import err, out
from fedquery.run.result import Result


@contextlib.contextmanager
def watched(result: Result) -> Iterator[None]:
    """Show how far each department is, on standard error and only where it is a terminal."""
    console = err()
    if not console.is_terminal:
        yield
        return
    with Live(get_renderable=lambda: _progress(result), console=console, transient=True, refresh_per_second=8):
        yield


def _progress(result: Result) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for one in result.progress():
        table.add_row(Text(one.department), Text(one.state), f"{one.rows:,} rows", f"{one.bytes / 1024:,.0f} KiB")
    return table


def print_answer(document: dict[str, Any]) -> None:
    """The JSON answer as a table. Marks come first: they say what the rows mean; a cut is told, never silent."""
    for mark in document["marks"]:
        text = f"of the rows you may see: {mark['operator']} over {mark['resource']} ({mark['reason']})"
        err().print(Text(text, style="yellow"), soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in document["columns"]:
        form = "" if column["form"] == "clear" else f"\n{column['form']}"
        table.add_column(Text(column["name"] + form), overflow="fold")
    for row in document["rows"]:
        table.add_row(*(_cell(value) for value in row))
    out().print(table)
    count = f"{document['row_count']:,} {'row' if document['row_count'] == 1 else 'rows'}"
    shown = f"the first {count}; there are more" if document["truncated_by"] else count
    sources = ", ".join(f"{one['source']} {one['rows']:,} rows {one['ms']} ms" for one in document["sources"])
    err().print(Text(f"{shown} · {sources}" if sources else shown, style="dim"), soft_wrap=True)


def _cell(value: Any) -> Text:
    if value is None:
        return Text("NULL", style="dim")
    return Text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
