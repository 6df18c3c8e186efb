"""The connector of connectors/README.md is installed and queried; the options that are listed are those there are."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from fedquery.spi import connectors
from tests.docs.pages import ROOT, blocks

TUTORIAL = ROOT / "connectors" / "README.md"
PAGE = ROOT / "docs" / "connectors.md"
LISTED = ("postgres", "mysql", "sqlite", "files")

CIVIL = """\
id = "civil"
name = { zh = "民政局", en = "Civil Affairs" }

[sources.lines]
kind = "jsonl"
options = { folder = "lines" }

[resources.visit]
title = { zh = "走访", en = "Visits" }
description = { zh = "走访记录", en = "Visits" }
source = "lines"
table = ["visit"]
format = "file"
update_cycle = "daily"
level = "general"
grade = 1
sharing = { attribute = "unconditional" }
row_filter = "score > 1"

[resources.visit.columns.name]
physical = "XM"
type = "varchar"
forms = ["keep(1,0)"]
description = { zh = "姓名", en = "Name" }

[resources.visit.columns.visited_on]
physical = "day"
type = "date"
invalid = "null"
description = { zh = "日期", en = "Day" }

[resources.visit.columns.score]
physical = "score"
type = "integer"
description = { zh = "分数", en = "Score" }
"""
GRANT = """\
id = "visits"
title = { zh = "走访", en = "Visits" }
purpose = "visits"
legal_basis = { zh = "《政务数据共享条例》第二十条", en = "Decree 809, Art. 20" }
scenario = { zh = "走访核对", en = "checking visits" }
scope = { zh = "全市范围", en = "the city" }
valid_from = 2000-01-01
valid_to = 2999-12-31
grantees = ["lin"]

[resources."civil.visit"]
approval = { by = "Civil Affairs", on = 2026-01-01 }
columns = { name = "keep(1,0)", visited_on = "clear", score = "clear" }
"""
ROWS = [
    {"XM": "王秀英", "day": "2026-01-31", "score": 3},
    {"XM": "李建国", "day": "no day", "score": 2},
    {"XM": "赵敏", "day": "2026-02-01", "score": 1},
    {"XM": None, "score": 7},
]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tutorial's connector as an installed distribution, and an installation with one source of its kind."""
    folder = tmp_path_factory.mktemp("tutorial")
    code, entry_points = (block.text for block in list(blocks(TUTORIAL))[:2])
    info = folder / "site" / "fedquery_jsonl-0.1.dist-info"
    info.mkdir(parents=True)
    (folder / "site" / "fedquery_jsonl.py").write_text(code, "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fedquery-jsonl\nVersion: 0.1\n")
    points = tomllib.loads(entry_points)["project"]["entry-points"]
    (info / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in found.items()) for group, found in points.items()
        )
    )
    for name, text in {
        "directory/departments/civil.toml": CIVIL,
        "directory/grants/visits.toml": GRANT,
        "directory/accounts.toml": '[accounts.lin]\nname = "Lin"\ndepartment = "civil"\nroles = ["analyst"]\n',
        "lines/visit.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS),
        "secrets/master.key": "k" * 64,
        "fedquery.toml": 'data_dir = "."\n',
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    run(folder, "db", "upgrade")
    run(folder, "catalog", "apply", "directory", "--why", "test")
    return folder


def run(folder: Path, *arguments: str) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith("FEDQUERY_")}
    command = [sys.executable, "-m", "fedquery", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env=own | {"PYTHONPATH": os.pathsep.join([str(folder / "site"), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_tutorials_connector_describes(installed: Path) -> None:
    found = json.loads(run(installed, "source", "describe", "civil.lines", "--json"))
    assert [(row["table"], row["column"], row["type"]) for row in found] == [
        ("visit", "XM", "varchar"), ("visit", "day", "varchar"), ("visit", "score", "bigint"),
    ]  # fmt: skip


def test_the_tutorials_connector_answers(installed: Path) -> None:
    answer = run(installed, "sql", "SELECT * FROM civil.visit ORDER BY score", "--as", "lin", "--format", "csv")
    assert answer.replace('"', "").split() == ["name,visited_on,score", "李**,,2", "王**,2026-01-31,3", ",,7"]


def test_the_tutorial_is_as_short_as_it_says() -> None:
    code = next(iter(blocks(TUTORIAL))).text
    lines = [line for line in code.splitlines() if line.strip() and not line.strip().startswith('"""')]
    assert len(lines) <= 75


def test_the_options_on_the_page_are_those_there_are() -> None:
    (example,) = (tomllib.loads(block.text) for block in blocks(PAGE) if block.language == "toml")
    for source in example["sources"].values():
        connectors()[source["kind"]].options(**source["options"])
    assert {source["kind"] for source in example["sources"].values()} == set(LISTED) == set(connectors())

    kind, told = "", {name: set() for name in LISTED}
    section = PAGE.read_text("utf-8").split("## Options")[1].split("## ")[0]
    for first, options in re.findall(r"^\| (`\w+`)? ?\| ([^|]+) \|", section, re.MULTILINE):
        kind = first.strip("`") or kind
        if kind:
            told[kind] |= set(re.findall(r"`(\w+)`", options))
    assert told == {name: set(connectors()[name].options.model_fields) for name in LISTED}
