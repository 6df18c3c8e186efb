"""The departments' systems, keys and evidence, from the command line at a small city."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.cli.conftest import Run, Town


def test_every_source_is_listed_without_secrets_and_answers(ask: Run) -> None:
    listed = json.loads(ask("source", "list", "--json").stdout)
    reached = json.loads(ask("source", "ping", "--json").stdout)
    assert {row["source"] for row in listed} == {row["source"] for row in reached}
    assert {row["state"] for row in reached} == {"ok"}
    passwords = [row["options"]["password"] for row in listed if "password" in row["options"]]
    assert all(password.startswith(("env:", "file:")) for password in passwords)


def test_describe_shows_the_tables_as_the_source_names_them(ask: Run) -> None:
    rows = json.loads(ask("source", "describe", "civil.main", "--json").stdout)
    assert ("T_HYDJ", "SFZH_A", "CHAR(18)", "varchar") in {
        (row["table"], row["column"], row["declared"], row["type"]) for row in rows
    }
    assert "There is no source civil.man" in ask("source", "describe", "civil.man", code=1).stderr


def test_a_fingerprint_shows_what_a_source_answered_and_is_kept(ask: Run) -> None:
    shown = json.loads(ask("source", "fingerprint", "civil.main", "--json").stdout)
    facts = {row["fact"]: row for row in shown["facts"]}
    assert (facts["sqlite_division"]["answer"], facts["sqlite_division"]["assumed"]) == ("2", None)
    assert facts["division"]["answer"] == facts["division"]["assumed"] == "2.5"
    assert {row["switched_off"] for row in shown["facts"]} == {""}
    assert shown["version"].startswith("sqlite 3.")
    printed = ask("source", "fingerprint", "civil.main")
    assert shown["capability_version"][:12] in printed.stderr
    assert "What 5 / 2 is in SQLite." in printed.stdout


def test_analyze_asks_every_source_what_it_knows_of_its_tables(ask: Run) -> None:
    rows = json.loads(ask("source", "analyze", "--json").stdout)
    listed = {row["source"] for row in json.loads(ask("source", "list", "--json").stdout)}
    assert {row["source"] for row in rows} == listed
    assert {row["state"] for row in rows} == {"ok"}
    known = [row for row in rows if row["rows"]]
    assert {"civil.main", "psb.main"} <= {row["source"] for row in known}
    assert "T_HYDJ" in ask("source", "analyze", "civil.main").stdout
    assert "There is no source civil.man" in ask("source", "analyze", "civil.man", code=1).stderr


def test_queries_and_refusals_are_on_record_and_the_chain_is_whole(ask: Run) -> None:
    before = json.loads(ask("audit", "verify", "--json").stdout)["records"]
    ask("sql", "SELECT count(*) FROM psb.resident", "--as", "analyst", "--grant", "backflow")
    ask("sql", "SELECT * FROM tax.filing", "--as", "analyst", "--grant", "backflow", code=1)
    assert json.loads(ask("audit", "verify", "--json").stdout)["records"] == before + 3
    kinds = [entry["kind"] for entry in json.loads(ask("audit", "show", "--limit", "3", "--json").stdout)]
    assert kinds == ["refusal", "outcome", "intent"]
    of_tax = json.loads(ask("audit", "show", "--department", "tax", "--limit", "1", "--json").stdout)
    assert of_tax[0]["error_code"] == "access.denied"


def test_a_listing_for_a_pipe_is_whole(inside: Callable[[Path, Mapping[str, str]], Run], town: Town, ask: Run) -> None:
    """A script that looks for a query's id finds it, however narrow the terminal is that it was started from."""
    ask("sql", "SELECT 1 AS n", "--as", "analyst", "--grant", "backflow")
    id = json.loads(ask("audit", "show", "--limit", "1", "--json").stdout)[0]["query_id"]
    narrow = inside(town.folder, {"FEDQUERY_DATA_DIR": str(town.settings.data_dir), "COLUMNS": "40"})
    assert all(id in line for line in narrow("audit", "show", "--query", id).stdout.splitlines()[1:])
    text = "a text that is wider than the terminal"
    assert text in narrow("sql", f"SELECT '{text}' AS t", "--as", "analyst", "--grant", "backflow").stdout


def test_a_key_lives_until_it_is_revoked(ask: Run, url: str) -> None:
    key = json.loads(ask("key", "issue", "analyst", "--label", "short", "--json").stdout)
    with open("issued.key", "w", encoding="ascii") as file:  # noqa: PTH123 - in the folder the commands run in
        file.write(key["key"])
    asked = ("sql", "SELECT 1 AS n", "--grant", "backflow", "--url", url, "--key-file", "issued.key", "--format", "csv")
    assert ask(*asked).stdout.split() == ['"n"', "1"]
    ask("key", "revoke", key["id"])
    assert "access.unauthenticated" in ask(*asked, code=1).stderr
    listed = {row["id"]: row for row in json.loads(ask("key", "list", "--account", "analyst", "--json").stdout)}
    assert listed[key["id"]]["revoked_at"]


def test_settings_name_the_environment_as_their_origin(ask: Run) -> None:
    rows = {row["setting"]: row for row in json.loads(ask("settings", "--json").stdout)}
    assert "FEDQUERY_DATA_DIR" in rows["data_dir"]["from"] or rows["data_dir"]["from"] == "environment"
