"""What a case needs a connector to declare; a case whose need is not declared is left out at collection, visibly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Case = TypeVar("_Case", bound=Callable[..., None])


def needs(declared: Callable[..., bool]) -> Callable[[_Case], _Case]:
    """``declared(capabilities)``, or ``declared(capabilities, logical_type)`` for a case of each type."""

    def mark(case: _Case) -> _Case:
        case.needs = declared  # type: ignore[attr-defined]
        return case

    return mark
