"""Who asks: a principal, with the roles and attributes that policies may refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

#: analyst and application query; steward governs a department's entries; platform operates and reads no rows.
ROLES = ("analyst", "application", "steward", "platform")


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or an application, as authenticated.

    ``attributes`` hold what row filters bind (``region``, ``district``): strings or tuples of strings.
    """

    id: str
    kind: str  # "person" | "application"
    department: str
    roles: frozenset[str] = frozenset()
    attributes: Mapping[str, str | tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    name: str = ""

    def may_query(self) -> bool:
        """Separation of roles: whoever operates the platform has no data grants."""
        return bool(self.roles & {"analyst", "application"}) and "platform" not in self.roles
