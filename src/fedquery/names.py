"""Names of the directory, and the only place that quotes them.

>>> ResourceName.parse("psb.resident")
ResourceName(department='psb', name='resident')
>>> quote('a"b')
'"a""b"'
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Directory names are lower case so that no system's case folding can change them.
IDENTIFIER = r"[a-z][a-z0-9_]{0,62}"
_IDENTIFIER = re.compile(IDENTIFIER)


@dataclass(frozen=True, slots=True, order=True)
class ResourceName:
    """``department.name``, as written in SQL."""

    department: str
    name: str

    @staticmethod
    def parse(text: str) -> ResourceName:
        """Raises ValueError when it is not two identifiers joined by a dot."""
        department, dot, name = text.partition(".")
        if not dot or not is_identifier(department) or not is_identifier(name):
            raise ValueError(f"{text!r} is not of the form department.resource")
        return ResourceName(department, name)

    def __str__(self) -> str:
        return f"{self.department}.{self.name}"


def is_identifier(text: str) -> bool:
    """Whether ``text`` may name something in the directory."""
    return _IDENTIFIER.fullmatch(text) is not None


def quote(name: str) -> str:
    """A name as a quoted identifier of standard SQL and of DuckDB."""
    return '"' + name.replace('"', '""') + '"'
