"""Where a key stands in a TOML text: ``tomllib`` does not tell.

>>> line_of('[a]\\nb = 1\\n[a.c]\\nd = { e = 2 }', ("a", "c", "d", "e"))
4
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

_HEADER = re.compile(r"\s*\[(?P<name>[^\[].*)\]\s*(#.*)?")
_ASSIGNMENT = re.compile(r"""\s*(?P<name>(?:[\w-]+|"[^"]*"|'[^']*'|\s*\.\s*)+?)\s*=""")
_MULTILINE = re.compile(r'"""|\'\'\'')


def line_of(text: str, path: tuple[str, ...]) -> int:
    """The line, from 1, of the longest beginning of ``path`` that the text mentions; 1 when it mentions none of it."""
    best, line = 0, 1
    for number, found in _mentions(text):
        shared = min(len(found), len(path))
        if shared > best and found[:shared] == path[:shared]:
            best, line = shared, number
    return line


def _mentions(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every table header and every assignment, with the whole path that it names."""
    table: tuple[str, ...] = ()
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if not inside:
            if header := _HEADER.fullmatch(line):
                table = _keys(f"[{header['name']}]")
                yield number, table
            elif assignment := _ASSIGNMENT.match(line):
                yield number, (*table, *_keys(f"{assignment['name']} = 0"))
        if len(_MULTILINE.findall(line)) % 2:
            inside = not inside


def _keys(fragment: str) -> tuple[str, ...]:
    """The keys that a header or an assignment names, read by the TOML parser itself."""
    try:
        value: Any = tomllib.loads(fragment)
    except tomllib.TOMLDecodeError:
        return ()
    keys: list[str] = []
    while isinstance(value, dict) and value:
        ((key, value),) = value.items()
        keys.append(key)
    return tuple(keys)
