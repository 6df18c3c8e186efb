"""A small installation over one SQLite file, with a gateway to ask."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fedquery.catalog.model import Catalog
from fedquery.gateway import Gateway
from fedquery.identity import Principal
from fedquery.settings import Settings
from fedquery.store import catalogs
from fedquery.store.database import open_store, upgrade_store

ROWS = 3000
ANALYST = Principal("ana", "person", "tax", frozenset({"analyst"}))


def _text(word: str) -> dict[str, str]:
    return {"zh": word * 4, "en": word * 4}


def directory(path: Path) -> Catalog:
    """One department with one SQLite file; ``wage`` is had whole and clear, ``part`` is the same table, cut."""
    entry: dict[str, Any] = {
        "title": _text("wage"),
        "description": _text("wage"),
        "source": "main",
        "table": ["wage"],
        "update_cycle": "daily",
        "sharing": {"attribute": "unconditional"},
        "level": "general",
        "grade": 1,
        "columns": {
            name: {"physical": name, "type": type, "declared": declared, "description": _text(name)}
            for name, type, declared in (("id", "bigint", "INTEGER"), ("town", "varchar", "TEXT"))
        },
    }
    given = {"columns": {"id": "clear", "town": "clear"}, "approval": {"by": "office", "on": "2026-01-01"}}
    return Catalog.model_validate(
        {
            "departments": {
                "tax": {
                    "id": "tax",
                    "name": _text("tax"),
                    "sources": {"main": {"kind": "sqlite", "options": {"path": str(path)}}},
                    "resources": {"wage": entry, "part": {**entry, "row_filter": "id < 100"}},
                }
            },
            "grants": {
                "checks": {
                    "id": "checks",
                    "title": _text("checks"),
                    "purpose": "checks",
                    "legal_basis": _text("law"),
                    "scenario": _text("scenario"),
                    "scope": _text("scope"),
                    "valid_from": "2026-01-01",
                    "valid_to": "2099-12-31",
                    "grantees": ["all"],
                    "resources": {"tax.wage": given, "tax.part": given},
                }
            },
            "accounts": {"ana": {"id": "ana", "name": "Ana", "department": "tax", "roles": ["analyst"]}},
        }
    )


@dataclass
class Installation:
    """Its settings, its database file, and gateways opened over it."""

    settings: Settings
    path: Path

    def apply(self, catalog: Catalog) -> None:
        store = open_store(self.settings.store_url)
        head = catalogs.current(store)
        parent = head.digest if head else None
        catalogs.apply(store, catalog, parent=parent, by="test", why="test", at=dt.datetime.now(dt.UTC))
        store.close()


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    settings = Settings(data_dir=tmp_path)
    settings.secrets_dir.mkdir()
    (settings.secrets_dir / "master.key").write_text("m" * 64)
    path = tmp_path / "wage.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE wage (id INTEGER PRIMARY KEY, town TEXT)")
        connection.executemany("INSERT INTO wage VALUES (?, ?)", [(n, f"town {n % 7}") for n in range(ROWS)])
    connection.close()
    upgrade_store(settings.store_url)
    made = Installation(settings, path)
    made.apply(directory(path))
    return made


@pytest.fixture
def gateway(installation: Installation) -> Iterator[Gateway]:
    opened = Gateway.open(installation.settings)
    yield opened
    opened.close()
