"""The directory's verbs end to end: exact problems, changes before they are made, versions, round trip, conflict."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from fedquery._paths import CATALOG
from fedquery.catalog.digest import digest
from fedquery.catalog.load import load
from fedquery.errors import CatalogConflict
from fedquery.store import catalogs
from fedquery.store.database import open_store
from tests.cli.conftest import Run

DEMO = CATALOG / "demo"
GRANT = "grants/tax-relief.toml"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the demo's directory, to be changed; the default folder of this installation."""
    return Path(shutil.copytree(DEMO, tmp_path / "fedquery-data" / "catalog"))


def edit(files: Path, name: str, old: str, new: str) -> int:
    """Change one place; the line that it is in."""
    text = (files / name).read_text(encoding="utf-8")
    assert text.count(old) >= 1
    (files / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_validate_lists_every_fault_of_every_file_with_its_line(run: Run, files: Path) -> None:
    assert "The directory is valid" in run("catalog", "validate").stdout
    grantee = edit(files, GRANT, '"analyst"', '"analist"')
    source = edit(files, "departments/civil.toml", 'source = "main"', 'source = "mian"')
    place = f"departments/civil.toml:{source}: resources.marriage_registration.source"
    expected = [
        f"{place}: civil has no source mian; did you mean main?",
        f"{GRANT}:{grantee}: grantees.0: there is no account analist; did you mean analyst?",
    ]
    found = json.loads(run("catalog", "validate", "--json", code=1).stdout)
    assert found == {"valid": False, "problems": expected, "warnings": []}
    told = run("catalog", "validate", code=1).stderr
    assert all(problem in told for problem in expected)
    assert "catalog.problem" in told


def test_a_faulty_directory_is_not_applied(run: Run, files: Path) -> None:
    run("db", "upgrade")
    edit(files, GRANT, '"analyst"', '"analist"')
    run("catalog", "apply", "--why", "first", code=1)
    assert json.loads(run("catalog", "history", "--json").stdout) == []


def test_a_warning_is_told_and_stops_nothing(run: Run, files: Path) -> None:
    edit(files, "grants/backflow.toml", 'person_id = "clear"', 'person_id = "token"')
    done = run("catalog", "validate")
    assert "they will not join" in done.stderr
    assert "The directory is valid" in done.stdout


def test_versions_from_diff_to_rollback(run: Run, files: Path, tmp_path: Path) -> None:
    run("db", "upgrade")
    first = json.loads(run("catalog", "apply", "--why", "first", "--by", "lin", "--json").stdout)
    assert first["version"] == digest(load(files))
    assert run("catalog", "diff").stdout == "Nothing changes.\n"

    edit(files, GRANT, "valid_to = 2030-12-31", "valid_to = 2031-12-31")
    edit(files, GRANT, 'industry_code = "clear"\n', "")
    assert run("catalog", "diff").stdout.splitlines() == [
        "widening   grants/tax-relief/valid_to: extended: 2030-12-31 -> 2031-12-31",
        "narrowing  grants/tax-relief/resources/amr.enterprise/columns/industry_code: column of the grant removed",
    ]
    assert json.loads(run("catalog", "diff", "--json").stdout)[0] == {
        "effect": "widening",
        "path": "grants/tax-relief/valid_to",
        "what": "extended: 2030-12-31 -> 2031-12-31",
    }
    second = json.loads(run("catalog", "apply", "--why", "a year more", "--json").stdout)
    assert (second["number"], second["parent"]) == (2, first["version"])

    run("catalog", "export", "copy")
    assert digest(load(tmp_path / "copy")) == second["version"]
    run("catalog", "export", "old", "--version", first["version"][:12])
    assert digest(load(tmp_path / "old")) == first["version"]
    assert "is not empty" in run("catalog", "export", "old", code=1).stderr

    back = json.loads(run("catalog", "rollback", first["version"][:12], "--why", "too early", "--json").stdout)
    assert (back["number"], back["version"]) == (3, first["version"])
    history = json.loads(run("catalog", "history", "--json").stdout)
    assert [entry["why"] for entry in history] == ["too early", "a year more", "first"]
    assert history[-1]["by"] == "lin"
    assert "There is no catalogue version beef" in run("catalog", "rollback", "beef", "--why", "x", code=1).stderr


def test_a_change_made_from_an_older_version_is_in_conflict(run: Run, files: Path, tmp_path: Path) -> None:
    """Two stewards: the second one's change was made from a version that is no longer the head."""
    run("db", "upgrade")
    first = json.loads(run("catalog", "apply", "--why", "first", "--json").stdout)["version"]
    edit(files, GRANT, "valid_to = 2030-12-31", "valid_to = 2029-12-31")
    run("catalog", "apply", "--why", "mine")
    store = open_store(f"sqlite:///{tmp_path / 'fedquery-data' / 'fedquery.db'}")
    try:
        with pytest.raises(CatalogConflict, match="The directory has changed since"):
            catalogs.apply(store, load(DEMO), parent=first, by="wu", why="theirs", at=dt.datetime.now(dt.UTC))
    finally:
        store.close()
    assert len(json.loads(run("catalog", "history", "--json").stdout)) == 2
