"""One fault of the directory: how grave it is, which key it is at, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from fedquery.catalog.load import Texts

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """``path`` is the key's path in the whole catalogue, such as ``("grants", "backflow", "grantees")``."""

    severity: Literal["error", "warning"]
    path: Path
    message: str

    @property
    def file(self) -> str:
        """The file of the folder that holds the entry."""
        return "accounts.toml" if self.path[0] == "accounts" else f"{self.path[0]}/{self.path[1]}.toml"

    @property
    def key(self) -> Path:
        """The path inside that file."""
        return self.path if self.path[0] == "accounts" else self.path[2:]

    def located(self, texts: Texts) -> str:
        """``file:line: key.path: message``; without the line where the file is not at hand."""
        return f"{texts.place(self.file, self.key)}: {self.message}"


def error(path: Path, message: str) -> Problem:
    """A fault with which the directory cannot be used."""
    return Problem("error", path, message)


def warning(path: Path, message: str) -> Problem:
    """What is allowed, and probably not meant."""
    return Problem("warning", path, message)


def known(name: str, names: Iterable[str]) -> str:
    """What to do about an unknown name: the nearest known one, or the list of them."""
    candidates = list(names)
    if near := get_close_matches(name, candidates, n=1):
        return f"did you mean {near[0]}?"
    return f"known are {', '.join(candidates)}" if candidates else "there are none"
