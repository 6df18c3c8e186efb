"""fedquery: one SQL statement over many departments, governed, as Arrow."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fedquery.errors import FedqueryError
    from fedquery.gateway import Gateway
    from fedquery.identity import Principal
    from fedquery.run.result import Result

__version__ = "0.1.0"

__all__ = ["FedqueryError", "Gateway", "Principal", "Result", "__version__"]

#: Loaded when first named: a connector that imports ``fedquery.spi`` does not pay for the gateway.
_HOMES = {
    "FedqueryError": "fedquery.errors",
    "Gateway": "fedquery.gateway",
    "Principal": "fedquery.identity",
    "Result": "fedquery.run.result",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'fedquery' has no attribute {name!r}")
