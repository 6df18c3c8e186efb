"""The house keeps its measure: short files, one sentence each, public names that are what they say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import fedquery
import fedquery.spi
from tests.architecture.test_floors import ROOT

SOURCES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")])
LIMIT = 400


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_has_one_job_and_says_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LIMIT, f"{path} has two jobs"
    docstring = ast.get_docstring(ast.parse(text)) or ""
    assert docstring.split("\n\n")[0].strip(), f"{path} does not say what it is for"


@pytest.mark.parametrize("module", [fedquery, fedquery.spi])
def test_public_names_are_sorted_and_real(module: object) -> None:
    names = module.__all__  # type: ignore[attr-defined]
    assert len(set(names)) == len(names)
    for name in names:
        assert hasattr(module, name)


def test_lock_files_carry_no_address() -> None:
    assert '"resolved"' not in (ROOT / "web" / "package-lock.json").read_text("utf-8")
    assert "://" not in (ROOT / "constraints.txt").read_text("utf-8")


def test_constraints_pin_names_to_versions() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert lines
    for line in lines:
        assert re.fullmatch(r"[a-zA-Z0-9_.-]+==[a-zA-Z0-9_.!+-]+", line), line
