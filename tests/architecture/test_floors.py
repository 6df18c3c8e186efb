"""Imports go down only: never up, never sideways between packages of a floor."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "fedquery"

#: The floor of each part of fedquery, lowest first.
FLOORS = (
    {
        "said",
        "sentences",
        "errors",
        "names",
        "masks",
        "mask_meaning",
        "predicates",
        "identity",
        "experience",
        "settings",
        "arrow",
        "_paths",
    },
    {"spi", "catalog"},
    {"policy", "store"},
    {"plan"},
    {"run", "knowledge", "testing"},
    {"gateway", "evidence"},
    {"http", "cli", "demo", "__main__"},
)
#: Sideways steps that are meant, each with its reason.
MEANT = {
    ("catalog", "spi"): "the directory is checked against what connectors declare",
    ("gateway", "evidence"): "the straight line leaves evidence at each of its steps",
    ("cli", "http"): "`fedquery serve` starts the server",
    ("cli", "demo"): "`fedquery demo` starts the city",
    ("demo", "http"): "the demo serves the console",
    ("__main__", "cli"): "python -m fedquery is the command line",
}
FLOOR = {part: number for number, parts in enumerate(FLOORS) for part in parts}


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, with the line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports name their whole path"
            module = node.module or ""
            yield from ((f"{module}.{alias.name}" if module == "fedquery" else module, node.lineno) for alias in node.names)


def part_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def files() -> list[Path]:
    return sorted(p for p in SOURCE.rglob("*.py") if p.name != "__init__.py" or p.parent != SOURCE)


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_down(path: Path) -> None:
    own = part_of(path)
    assert own in FLOOR, f"{own} has no floor"
    for module, line in imported(path):
        if not module.startswith("fedquery.") or module == "fedquery.__version__":
            continue
        other = module.split(".")[1]
        if other == own or (own, other) in MEANT:
            continue
        if FLOOR[own] == FLOOR[other] == 0:  # words: single files, no packages
            continue
        assert FLOOR[other] < FLOOR[own], f"{path}:{line}: {own} (floor {FLOOR[own]}) imports {other} (floor {FLOOR[other]})"


def test_what_is_meant_is_used() -> None:
    used = {(part_of(p), m.split(".")[1]) for p in files() for m, _ in imported(p) if m.startswith("fedquery.")}
    assert set(MEANT) <= used


@pytest.mark.parametrize("path", sorted((ROOT / "connectors").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_connectors_see_the_spi_only(path: Path) -> None:
    own = path.relative_to(ROOT / "connectors").parts[0]
    for module, line in imported(path):
        top = module.split(".")[0]
        allowed = top == own or module == "fedquery.spi" or module.startswith("fedquery.spi.")
        assert allowed or not top.startswith("fedquery"), f"{path}:{line}: a connector imports {module}"
