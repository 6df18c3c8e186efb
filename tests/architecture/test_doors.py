"""One door per library: each is imported only where its job is done, the clock and the environment included."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.test_floors import ROOT, imported

DOORS = {
    "duckdb": ("src/fedquery/run/", "src/fedquery/testing/", "src/fedquery/spi/embedded", "connectors/fedquery_files/"),
    "fsspec": ("src/fedquery/spi/embedded",),
    "sqlglot": ("src/fedquery/plan/", "src/fedquery/catalog/", "src/fedquery/testing/"),
    "sqlalchemy": ("src/fedquery/store/",),
    "alembic": ("src/fedquery/store/",),
    "flask": ("src/fedquery/http/",),
    "flask_openapi3": ("src/fedquery/http/",),
    "werkzeug": ("src/fedquery/http/",),
    "gunicorn": ("src/fedquery/http/",),
    "typer": ("src/fedquery/cli",),
    "rich": ("src/fedquery/cli", "src/fedquery/demo/"),
    "adbc_driver_postgresql": ("connectors/fedquery_postgres/",),
    "adbc_driver_sqlite": ("connectors/fedquery_sqlite/",),
    "pymysql": ("connectors/fedquery_mysql/", "src/fedquery/demo/"),
    "sqlite3": ("connectors/fedquery_sqlite/", "src/fedquery/demo/", "src/fedquery/store/"),
    "psycopg": ("src/fedquery/demo/", "connectors/fedquery_postgres/"),
    "pytest": ("src/fedquery/testing/",),
}  # fmt: skip
SOURCES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")])


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_libraries_come_in_by_their_door(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    for module, line in imported(path):
        doors = DOORS.get(module.split(".")[0])
        assert doors is None or place.startswith(doors), f"{place}:{line}: {module} comes in here"


CLOCKS = ("src/fedquery/gateway.py", "src/fedquery/http/", "src/fedquery/cli", "src/fedquery/demo/")
ENVIRONMENT = ("src/fedquery/settings.py", "src/fedquery/demo/", "src/fedquery/testing/")


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_doors_ask_the_clock_and_the_environment(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Attribute):
            continue
        if node.attr in ("now", "utcnow", "today") and isinstance(node.value, (ast.Name, ast.Attribute)):
            assert place.startswith(CLOCKS), f"{place}:{node.lineno}: asks the clock"
        if node.attr in ("environ", "getenv") and isinstance(node.value, ast.Name) and node.value.id == "os":
            assert place.startswith(ENVIRONMENT), f"{place}:{node.lineno}: reads the environment"
