"""Secrets by reference: ``env:NAME`` or ``file:PATH``, resolved when a source is opened, never stored, never printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fedquery.errors import SecretProblem

SCHEMES = ("env", "file")


def is_reference(text: str) -> bool:
    """Whether ``text`` is a secret reference rather than a secret."""
    scheme, colon, rest = text.partition(":")
    return bool(colon and rest) and scheme in SCHEMES


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Resolves references. ``folder`` is where relative ``file:`` paths start; they may not leave it."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def resolve(self, reference: str) -> str:
        """The secret behind a reference. Raises SecretProblem, which names the reference and never the value."""
        scheme, _, rest = reference.partition(":")
        if scheme == "env":
            if rest in self.environment:
                return self.environment[rest]
            raise SecretProblem(f"The environment variable {rest} is not set.", hint="Set it for the fedquery process.")
        if scheme == "file":
            path = (self.folder / rest).resolve()
            if not path.is_relative_to(self.folder.resolve()):
                raise SecretProblem(f"{reference} points outside the secrets folder.", hint="Put the file into that folder.")
            try:
                return path.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as problem:
                raise SecretProblem(
                    f"{reference} cannot be read.", hint="Create the file, readable by fedquery only."
                ) from problem
        raise SecretProblem(f"{reference!r} is not a secret reference.", hint="Write env:NAME or file:PATH.")

    def __repr__(self) -> str:
        return "Secrets()"
