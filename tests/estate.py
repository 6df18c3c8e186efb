"""Departments of a test, each on a real system of its kind, behind one gateway whose one grant gives everything in clear."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fedquery.catalog.model import Catalog
from fedquery.gateway import Gateway
from fedquery.settings import Settings
from fedquery.store import catalogs
from fedquery.store.database import open_store, upgrade_store

ACCOUNT, GRANT, ZONE = "analyst", "everything", "Asia/Shanghai"
_APPROVAL = {"by": "office", "on": dt.date(2026, 1, 1)}


@dataclass(frozen=True, slots=True)
class Entry:
    """A directory entry: its table's path, and by column ``type`` and whatever else the directory may say of one."""

    table: tuple[str, ...]
    columns: Mapping[str, Mapping[str, Any]]
    row_filter: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A department: its source's kind, options and time limit, its entries by name, the secrets that its options name."""

    kind: str
    options: Mapping[str, Any]
    entries: Mapping[str, Entry]
    secrets: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 30
    scratch: bool = False


def open_gateway(folder: Path, places: Mapping[str, Place]) -> Gateway:
    """A gateway over these departments, its store in ``folder``."""
    settings = Settings(data_dir=folder, time_zone=ZONE)
    settings.secrets_dir.mkdir(parents=True)
    secrets = {"master.key": "m" * 64, **{name: text for place in places.values() for name, text in place.secrets.items()}}
    for name, text in secrets.items():
        (settings.secrets_dir / name).write_text(text)
    upgrade_store(settings.store_url)
    store = open_store(settings.store_url)
    catalogs.apply(store, _catalog(places), parent=None, by="test", why="test", at=dt.datetime.now(dt.UTC))
    store.close()
    return Gateway.open(settings)


def _catalog(places: Mapping[str, Place]) -> Catalog:
    return Catalog.model_validate(
        {
            "departments": {id: _department(id, place, tuple(places)) for id, place in places.items()},
            "grants": {GRANT: _grant(places)},
            "accounts": {
                ACCOUNT: {"id": ACCOUNT, "name": "Analyst", "department": next(iter(places)), "roles": ["analyst"]},
            },
        }
    )


def _text(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


def _department(id: str, place: Place, everybody: tuple[str, ...]) -> dict[str, Any]:
    limits = {"concurrency": 16, "seconds": place.seconds, "scratch": place.scratch}
    return {
        "id": id,
        "name": _text(id),
        "sources": {"main": {"kind": place.kind, "options": place.options, **limits}},
        "resources": {
            name: {
                "title": _text(name),
                "description": _text(name),
                "source": "main",
                "table": entry.table,
                "update_cycle": "daily",
                "sharing": {"attribute": "conditional", "scope": "tests", "use": "testing"},
                "level": "general",
                "grade": 1,
                "row_filter": entry.row_filter,
                "columns": {
                    column: {"physical": column, "description": _text(column), "egress": everybody, **more}
                    for column, more in entry.columns.items()
                },
            }
            for name, entry in place.entries.items()
        },
    }


def _grant(places: Mapping[str, Place]) -> dict[str, Any]:
    return {
        "id": GRANT,
        "title": _text(GRANT),
        "purpose": "testing",
        "legal_basis": {"zh": "测试法第一条", "en": "Test Law, Art. 1"},
        "scenario": {"zh": "测试场景", "en": "tests"},
        "scope": {"zh": "测试范围", "en": "tests"},
        "valid_from": dt.date(2020, 1, 1),
        "valid_to": dt.date(2099, 12, 31),
        "grantees": [ACCOUNT],
        "resources": {
            f"{id}.{name}": {"approval": _APPROVAL, "columns": dict.fromkeys(entry.columns, "clear")}
            for id, place in places.items()
            for name, entry in place.entries.items()
        },
    }
