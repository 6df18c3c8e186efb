"""A catalogue version is its content: canonical JSON, and the SHA-256 of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from fedquery.catalog.model import Catalog, SourceDef


def canonical(catalog: Catalog) -> str:
    """One JSON text for equal catalogues: keys sorted, defaults left out (so that new optional fields change no version).

    A resource's columns keep their order: it is what ``SELECT *`` answers.
    """
    return json.dumps(
        _ordered(catalog.model_dump(mode="json", exclude_defaults=True), ()), ensure_ascii=False, separators=(",", ":")
    )


def from_canonical(text: str) -> Catalog:
    """The catalogue that :func:`canonical` wrote."""
    return Catalog.model_validate_json(text)


def digest(catalog: Catalog) -> str:
    """64 hex digits: the version."""
    return hashlib.sha256(canonical(catalog).encode("utf-8")).hexdigest()


def entry_digest(entry: SourceDef) -> str:
    """64 hex digits of one source's entry."""
    return hashlib.sha256(json.dumps(entry.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def _ordered(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        is_columns = len(path) == 5 and (path[0], path[2], path[4]) == ("departments", "resources", "columns")
        names = list(value) if is_columns else sorted(value)
        return {name: _ordered(value[name], (*path, name)) for name in names}
    if isinstance(value, list):
        return [_ordered(item, ()) for item in value]
    return value
