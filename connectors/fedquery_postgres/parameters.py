"""Bound values as settings of the transaction: bound parameters in the statement would switch the streaming path off.

A scalar is its text behind ``=`` and NULL is the empty setting, so that NULL and the empty text differ. A list is JSON.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from fedquery.spi import Parameter

_SPACE = "fedquery"
#: The first page of a part of a table, and the first after it: two dots, so that no parameter has these names.
LOW, HIGH = f"{_SPACE}.part.low", f"{_SPACE}.part.high"


def setting(name: str) -> str:
    """The setting that carries the parameter ``name``."""
    return f"{_SPACE}.{name}"


def settings(parameters: Iterable[Parameter]) -> dict[str, str]:
    """Every parameter's setting and its value."""
    return {setting(p.name): encoded(p.value) for p in parameters}


def elements(name: str) -> str:
    """The members of the list ``name`` as a table of texts: its one column is ``"e"``."""
    return f"""jsonb_array_elements_text(CAST(current_setting('{setting(name)}') AS jsonb)) AS "_" ("e")"""


def encoded(value: object) -> str:
    """The text of a setting that carries ``value``."""
    if isinstance(value, (list, tuple)):
        return json.dumps([_text(v) for v in value], ensure_ascii=False)
    return "" if value is None else "=" + _text(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return value.isoformat(" ") if isinstance(value, dt.datetime) else str(value)


def configure(values: dict[str, str]) -> str:
    """One SELECT that makes the settings for this transaction only."""
    calls = (f"set_config({_quoted(name)}, {_quoted(value)}, true)" for name, value in values.items())
    return f"SELECT {', '.join(calls)}"


def _quoted(text: str) -> str:
    """A string whose meaning does not depend on standard_conforming_strings. PostgreSQL's texts hold no U+0000."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
