"""From a department's real table to a query over it: describe, draft, fill in, load, ask."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import sqlite3
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedquery.catalog.draft import directory_names, draft
from fedquery.catalog.load import Texts, load, parse
from fedquery.cli import main
from fedquery.errors import CatalogProblem
from fedquery.gateway import Gateway
from fedquery.names import is_identifier
from fedquery.settings import Settings
from fedquery.spi import LogicalType, RemoteColumn, RemoteTable
from fedquery.store import catalogs
from fedquery.store.database import open_store, upgrade_store

CIVIL = """\
id = "civil"
name = { zh = "民政局", en = "Civil Affairs" }

[sources.main]
kind = "sqlite"
options = { path = "civil.db" }

[sources.files]
kind = "files"
options = { folder = "lake" }
"""
GRANT = """\
id = "check"
title = { zh = "核对", en = "Check" }
purpose = "check"
legal_basis = { zh = "国务院令第809号第二十条", en = "Decree 809, Art. 20" }
scenario = { zh = "一次核对", en = "a check" }
scope = { zh = "全市范围", en = "the city" }
valid_from = 2000-01-01
valid_to = 2999-12-31
grantees = ["lin"]
"""
ACCOUNTS = '[accounts.lin]\nname = "Lin"\ndepartment = "civil"\nroles = ["analyst"]\n'
ROWS = [("1", "王一", 300.5, "2026-01-31"), ("2", "李二", 120, "2026-02-28")]

Run = Callable[..., str]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A data folder with two systems of one department, and a directory that knows the systems but no table."""
    with closing(sqlite3.connect(tmp_path / "civil.db")) as database, database:
        database.execute(
            'CREATE TABLE "T_GLJT" (XH TEXT PRIMARY KEY, XM VARCHAR(50), "YJE" DECIMAL(10,2) NOT NULL, FFRQ DATE, BZ)'
        )
        database.executemany('INSERT INTO "T_GLJT" (XH, XM, "YJE", FFRQ) VALUES (?, ?, ?, ?)', ROWS)
        database.execute("CREATE TABLE other (a INTEGER)")
    (tmp_path / "lake").mkdir()
    pq.write_table(pa.table({"区划": ["990101"], "RS": pa.array([7], pa.int32())}), tmp_path / "lake" / "tj.parquet")
    for name, text in {"departments/civil.toml": CIVIL, "accounts.toml": ACCOUNTS}.items():
        path = tmp_path / "directory" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (tmp_path / "fedquery.toml").write_text('data_dir = "."\n')
    return tmp_path


@pytest.fixture
def run(city: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``fedquery`` in that folder: its output; of a failure, what it says on standard error."""
    monkeypatch.chdir(city)

    def fedquery(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["fedquery", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert (ended.value.code or 0) == code, err
        return err if code else out

    return fedquery


@pytest.fixture
def ask(city: Path) -> Iterator[Callable[[str], list[dict[str, object]]]]:
    """A gateway over the directory as it then lies in the folder, asked by Lin."""
    opened: list[Gateway] = []

    def asked(sql: str) -> list[dict[str, object]]:
        settings = Settings(data_dir=city)
        settings.secrets_dir.mkdir(exist_ok=True)
        (settings.secrets_dir / "master.key").write_text(secrets.token_hex(32))
        upgrade_store(settings.store_url)
        with closing(open_store(settings.store_url)) as store:
            catalogs.apply(store, load(city / "directory"), parent=None, by="lin", why="test", at=dt.datetime.now(dt.UTC))
        gateway = Gateway.open(settings)
        opened.append(gateway)
        with gateway.query(gateway.principal("lin"), sql) as result:
            return [row for batch in result for row in batch.to_pylist()]

    yield asked
    for gateway in opened:
        gateway.close()


def filled(text: str) -> str:
    """The draft as a steward leaves it: everything that was empty has a value, every column may be had in clear."""
    for empty, value in {
        'update_cycle = ""': 'update_cycle = "daily"',
        'level = ""': 'level = "general"',
        'attribute = ""': 'attribute = "unconditional"',
        "grade = 0": "grade = 1",
        "forms = []": 'forms = ["clear"]',
        'zh = ""': 'zh = "名称"',
        'en = ""': 'en = "A name"',
        'type = ""': 'type = "varchar"',
    }.items():
        text = text.replace(empty, value)
    return text


def grant_of(city: Path) -> str:
    """A grant of every column that the directory has."""
    entries = load(city / "directory").departments["civil"].resources
    parts = [GRANT]
    for name, entry in entries.items():
        given = "\n".join(f'{column} = "clear"' for column in entry.columns)
        parts.append(f'[resources."civil.{name}"]\napproval = {{ by = "civil", on = 2026-01-01 }}\n')
        parts.append(f'[resources."civil.{name}".columns]\n{given}\n')
    return "\n".join(parts)


def test_a_table_is_registered_in_four_steps(city: Path, run: Run, ask: Callable[[str], list[dict[str, object]]]) -> None:
    file = city / "directory" / "departments" / "civil.toml"
    drafts = [
        run("source", "describe", "civil.main", "T_GLJT", "--draft", "--catalog", "directory"),
        run("source", "describe", "civil.files", "tj.parquet", "--draft", "--catalog", "directory"),
    ]
    file.write_text("\n".join([CIVIL, *drafts]), "utf-8")
    refused = run("catalog", "validate", "directory", code=1)
    lines = file.read_text("utf-8").splitlines()
    told = {(path, int(line)) for line, path in re.findall(r"civil\.toml:(\d+): resources\.([\w.]+):", refused)}
    assert {path for path, _ in told} >= {
        *(f"t_gljt.{key}" for key in ("update_cycle", "level", "grade", "sharing.attribute")),
        *(f"t_gljt.{key}.{language}" for key in ("title", "description") for language in ("zh", "en")),
        "t_gljt.columns.xm.grade",
        "t_gljt.columns.xm.description.zh",
        "t_gljt.columns.bz.type",
        "tj_parquet.columns.rs.grade",
    }
    for path, line in told:
        assert '""' in lines[line - 1] or lines[line - 1] == "grade = 0", f"{path} is not at line {line}"

    file.write_text("\n".join([CIVIL, *map(filled, drafts)]), "utf-8")
    (city / "directory" / "grants").mkdir()
    (city / "directory" / "grants" / "check.toml").write_text(grant_of(city), "utf-8")
    run("catalog", "validate", "directory")
    answer = ask(
        "SELECT g.xh, g.xm, g.yje, strftime(g.ffrq, '%Y-%m-%d') AS day, f.rs "
        "FROM civil.t_gljt g CROSS JOIN civil.tj_parquet f ORDER BY g.xh"
    )
    assert [(r["xh"], r["xm"], float(str(r["yje"])), r["day"], r["rs"]) for r in answer] == [(*row, 7) for row in ROWS]


def test_a_draft_gives_nothing_before_its_forms_are_chosen(city: Path, run: Run) -> None:
    text = run("source", "describe", "civil.main", "--draft", "--catalog", "directory")
    entries = tomllib.loads(text)["resources"]
    assert sorted(entries) == ["other", "t_gljt"]
    assert all(column["forms"] == [] for entry in entries.values() for column in entry["columns"].values())
    columns = entries["t_gljt"]["columns"]
    assert columns["xh"] | {"description": 0} == {
        "physical": "XH", "type": "varchar", "declared": "TEXT", "nullable": False, "key": True, "grade": 0, "forms": [],
        "description": 0,
    }  # fmt: skip
    assert (columns["yje"]["type"], columns["ffrq"]["type"], columns["bz"]["type"]) == ("decimal(10,2)", "date", "")
    assert "# the declared type says nothing; look at the values and choose one\n[resources.t_gljt.columns.bz]" in text


def test_a_table_that_is_not_there_is_told_with_those_that_are(run: Run) -> None:
    refused = run("source", "describe", "civil.main", "T_GLJ", "--draft", "--catalog", "directory", code=1)
    assert "civil.main has no table T_GLJ that its login can read." in refused
    assert "did you mean: T_GLJT" in refused
    run("source", "describe", "civil.main", "--draft", "--json", "--catalog", "directory", code=2)


HOSTILE = (
    'a"\n[accounts.root]\nroles = ["platform"]\n#',
    "]\x00\x07\x7f\u2028\u202e",
    "'''\"\"\"\\",
    "住址",
    "1",
    "ÄÖ_9",
    " ",
    "x" * 200,
)


def test_no_name_or_comment_of_a_source_can_say_more_than_itself() -> None:
    columns = tuple(
        RemoteColumn(name, name, LogicalType("varchar"), comment=name, note=name) for twice in range(2) for name in HOSTILE
    )
    table = RemoteTable(("public", HOSTILE[0]), columns, comment=HOSTILE[0])
    found = tomllib.loads(draft(table, "main"))
    assert list(found) == ["resources"]
    ((name, entry),) = found["resources"].items()
    assert is_identifier(name)
    assert entry["table"] == ["public", HOSTILE[0]]
    assert [column["physical"] for column in entry["columns"].values()] == [*HOSTILE, *HOSTILE]
    catalog = parse(Texts({"departments/civil.toml": CIVIL + filled(draft(table, "main"))}))
    assert list(catalog.departments["civil"].resources) == [name]
    with pytest.raises(CatalogProblem):
        parse(Texts({"departments/civil.toml": CIVIL + draft(table, "main")}))


def test_names_stay_short_apart_and_recognisable() -> None:
    names = directory_names(("SFZH", "sfzh", "Sfzh", "sfzh_2", "x" * 100, "X" * 100, "住址", "姓名", "2020年"), "column")
    assert names[:3] == ("sfzh", "sfzh_2", "sfzh_3")
    assert len(set(names)) == 9
    assert all(is_identifier(name) for name in names)
