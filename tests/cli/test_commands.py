"""The command line over a real store: exit codes, JSON listings, versions, keys, evidence, errors with their place."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fedquery.catalog.digest import digest
from fedquery.catalog.load import load
from fedquery.cli.output import underlined
from fedquery.errors import Span

DEMO = Path(__file__).parents[2] / "catalog" / "demo"


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Runs ``fedquery`` in an installation of its own."""

    def fedquery(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FEDQUERY_")}
        command = [sys.executable, "-m", "fedquery", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr
        return done

    return fedquery


def test_a_store_is_made_and_a_catalogue_applied_exported_and_told(run: Any, tmp_path: Path) -> None:
    refused = run("catalog", "history", code=1)
    assert "fedquery db upgrade" in refused.stderr
    run("db", "upgrade")
    applied = json.loads(run("catalog", "apply", str(DEMO), "--why", "first", "--by", "lin", "--json").stdout)
    assert applied["version"] == digest(load(DEMO))
    history = json.loads(run("catalog", "history", "--json").stdout)
    assert [(entry["by"], entry["why"], entry["digest"]) for entry in history] == [("lin", "first", applied["version"])]
    run("catalog", "export", "copy")
    assert digest(load(tmp_path / "copy")) == applied["version"]
    assert len(json.loads(run("source", "list", "--json").stdout)) == len(load(DEMO).sources())


def test_a_key_is_shown_once_and_can_be_revoked(run: Any) -> None:
    run("db", "upgrade")
    run("catalog", "apply", str(DEMO), "--why", "first")
    account = sorted(load(DEMO).accounts)[0]
    key = json.loads(run("key", "issue", account, "--label", "test", "--json").stdout)
    assert key["key"].startswith(f"fq_{key['id']}_")
    run("key", "revoke", key["id"])
    listed = run("key", "list", "--json").stdout
    assert json.loads(listed)[0]["revoked_at"]
    assert key["key"] not in listed
    assert "There is no account nobody" in run("key", "issue", "nobody", code=1).stderr


def test_a_faulty_directory_is_told_with_file_and_line_without_a_store(run: Any, tmp_path: Path) -> None:
    (tmp_path / "bad" / "grants").mkdir(parents=True)
    (tmp_path / "bad" / "grants" / "flu.toml").write_text('id = "flu"\npurpse = "x"\n')
    done = run("catalog", "validate", "bad", "--json", code=1)
    problems = json.loads(done.stdout)["problems"]
    assert any(problem.startswith("grants/flu.toml:2: purpse: unknown key; did you mean purpose?") for problem in problems)
    assert json.loads(run("catalog", "validate", str(DEMO), "--json").stdout)["valid"] is True


def test_the_audit_of_a_new_store_is_unbroken(run: Any) -> None:
    run("db", "upgrade")
    assert json.loads(run("audit", "verify", "--json").stdout)["records"] == 0
    assert json.loads(run("audit", "show", "--json").stdout) == []


def test_a_restored_store_is_behind_its_head_file_until_somebody_answers_for_a_new_one(run: Any, tmp_path: Path) -> None:
    run("db", "upgrade")
    store, head = tmp_path / "fedquery-data" / "fedquery.db", tmp_path / "fedquery-data" / "audit.head"
    again = ("audit", "new-head", "--by", "chen", "--why")
    run(*again, "first", "--yes")
    backup = sqlite3.connect(tmp_path / "backup.db")
    with contextlib.closing(sqlite3.connect(store)) as kept, contextlib.closing(backup):
        kept.backup(backup)
    run(*again, "second", "--yes")
    for file in (store, store.with_name("fedquery.db-wal"), store.with_name("fedquery.db-shm")):
        file.unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup.db", store)
    remembered = head.read_text()
    assert "missing" in run("audit", "verify", code=1).stderr
    unasked = run(*again, "nobody is here to answer", code=1)
    assert "will never be found missing" in unasked.stderr
    assert head.read_text() == remembered
    run(*again, "the disk was replaced", "--yes")
    assert json.loads(run("audit", "verify", "--json").stdout)["records"] == 2
    (last, _) = json.loads(run("audit", "show", "--json").stdout)
    assert (last["kind"], last["account"], last["text"]) == ("notice", "chen", "new head file: the disk was replaced")
    assert remembered in [old.read_text() for old in head.parent.glob("audit.head.until-*")]


def test_settings_say_where_they_are_from(run: Any, tmp_path: Path) -> None:
    (tmp_path / "fedquery.toml").write_text("port = 9000\n")
    rows = {row["setting"]: row for row in json.loads(run("settings", "--json").stdout)}
    assert (rows["port"]["value"], rows["port"]["from"]) == (9000, "fedquery.toml")
    assert rows["host"]["from"] == "default"


def test_a_taken_port_is_said_at_once(run: Any) -> None:
    run("db", "upgrade")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("serve", "--port", str(port), code=1)
    assert f"The port {port} of 127.0.0.1 cannot be used" in done.stderr
    assert "--port" in done.stderr


def test_wrong_usage_is_two(run: Any) -> None:
    run("no-such-command", code=2)
    run("catalog", "rollback", code=2)


def test_carets_stand_under_wide_characters() -> None:
    sql = "SELECT 1,\n  姓名, x FROM t"
    start = sql.index("x")
    lines = underlined(sql, Span(start, start + 1, 2, 7)).plain.split("\n")
    assert lines[0] == "2 |   姓名, x FROM t"
    assert lines[1] == " " * (len("2 |   ") + 4 + 2) + "^"
