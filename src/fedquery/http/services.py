"""What the doors stand on: the gateway, who may come in, and the bounds of one process."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask import current_app

from fedquery.catalog.model import Catalog
from fedquery.http.sessions import Sessions
from fedquery.identity import Principal
from fedquery.run.result import Result

EXTENSION = "fedquery"


class Gateway(Protocol):
    """The straight line, as the doors use it."""

    def query(
        self, principal: Principal, sql: str, *, parameters: Mapping[str, Any], grant: str | None = None, push: bool = True
    ) -> Result: ...
    def explain(
        self, principal: Principal, sql: str, *, parameters: Mapping[str, Any], grant: str | None = None, push: bool = True
    ) -> Any: ...
    def analysis(self, principal: Principal, result: Result) -> Any: ...
    def close(self) -> None: ...
    def catalog(self) -> Catalog: ...
    def directory(self, principal: Principal) -> list[dict[str, Any]]: ...


class Keys(Protocol):
    """API keys of accounts."""

    def authenticate(self, key: str) -> Principal:
        """Raises NotAuthenticated, with one text for unknown, wrong, expired and revoked keys."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one request may ask and one process may hold.

    ``running`` leaves request threads free for /health, sign-in and cancelled queries; ``spool_bytes`` bounds a CSV or JSON
    answer, which is written to disk before it is sent.
    """

    sql_bytes: int = 64 * 1024
    body_bytes: int = 256 * 1024
    spool_bytes: int = 512 * 1024 * 1024
    running: int = 32


@dataclass(frozen=True, slots=True)
class Services:
    """One per application; found by ``services()`` inside a request."""

    gateway: Gateway
    keys: Keys
    bounds: Bounds = Bounds()
    sessions: Sessions = field(default_factory=Sessions)
    places: threading.BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", threading.BoundedSemaphore(self.bounds.running))


def services() -> Services:
    """The services of the application that serves this request."""
    found: Services = current_app.extensions[EXTENSION]
    return found
