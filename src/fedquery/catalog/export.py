"""Catalog -> the TOML files that :mod:`fedquery.catalog.load` reads back to an equal catalogue, in a stable order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel

from fedquery.catalog.model import Catalog


def export(catalog: Catalog) -> dict[str, str]:
    """The files' texts by their path in the folder. Fields that have their default are left out."""
    files = {f"departments/{id}.toml": _text(_department(value)) for id, value in sorted(catalog.departments.items())}
    files |= {f"grants/{id}.toml": _text(_values(value)) for id, value in sorted(catalog.grants.items())}
    if catalog.accounts:
        accounts = {id: _without_id(_values(value)) for id, value in sorted(catalog.accounts.items())}
        files["accounts.toml"] = _text({"accounts": accounts})
    return files


def write(catalog: Catalog, folder: Path) -> None:
    """Write the files into ``folder``, which must be empty or new. Raises FileExistsError when it is not."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    for name, text in export(catalog).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _department(value: BaseModel) -> dict[str, Any]:
    """Sources and resources by name; columns stay in their order."""
    document = _values(value)
    for tables in ("sources", "resources"):
        if tables in document:
            document[tables] = dict(sorted(document[tables].items()))
    return document


def _values(value: BaseModel) -> dict[str, Any]:
    document = value.model_dump(mode="python", exclude_defaults=True)
    return {name: _plain(item) for name, item in document.items()}


def _plain(value: Any) -> Any:
    """Tuples as lists; no None, which TOML does not have and which is always a default."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value


def _without_id(document: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in document.items() if name != "id"}


def _text(document: dict[str, Any]) -> str:
    return tomli_w.dumps(document)
