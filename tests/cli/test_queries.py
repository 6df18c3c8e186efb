"""``fedquery sql`` and ``fedquery explain``, in process and at a server: formats, marks, refusals, parameters, Ctrl-C."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import time

import pytest

from tests.cli.conftest import Run, Town, command

BY_SEX = "SELECT sex, count(*) AS n FROM psb.resident WHERE residence_status = 'active' GROUP BY sex ORDER BY sex"


@pytest.fixture(params=["process", "server"])
def whom(request: pytest.FixtureRequest, town: Town) -> tuple[str, ...]:
    """Asked in this process, or at a server with a key."""
    if request.param == "process":
        return ("--as", "analyst", "--grant", "backflow")
    return ("--url", request.getfixturevalue("url"), "--key-file", town.key_file("analyst"), "--grant", "backflow")


def test_the_formats_hold_one_answer(town: Town, ask: Run, whom: tuple[str, ...]) -> None:
    document = json.loads(ask("sql", BY_SEX, *whom, "--format", "json").stdout)
    assert [column["name"] for column in document["columns"]] == ["sex", "n"]
    rows = document["rows"]
    assert document["row_count"] == len(rows) == 2
    asked = ask("sql", BY_SEX, *whom, "--format", "csv").stdout
    assert list(csv.reader(io.StringIO(asked.removeprefix("\ufeff")))) == [
        ["sex", "n"],
        *([str(v) for v in row] for row in rows),
    ]
    table = ask("sql", BY_SEX, *whom)
    shown = [line.split() for line in table.stdout.splitlines()]
    assert shown == [["sex", "n"], *([str(v) for v in row] for row in rows)]
    assert "2 rows" in table.stderr


def test_marks_stand_before_the_rows(town: Town, ask: Run, whom: tuple[str, ...]) -> None:
    told = ask("sql", BY_SEX, *whom).stderr
    assert "of the rows you may see: aggregate over psb.resident" in told


def test_a_table_that_is_cut_says_so(town: Town, ask: Run, whom: tuple[str, ...]) -> None:
    done = ask("sql", "SELECT person_id FROM psb.resident", *whom, "--rows", "3")
    assert len(done.stdout.splitlines()) == 4
    assert "the first 3 rows; there are more" in done.stderr


def test_a_refusal_underlines_its_place_and_says_what_to_do(town: Town, ask: Run, whom: tuple[str, ...]) -> None:
    done = ask("sql", "SELECT sex,\n       ethnicty\nFROM psb.resident", *whom, code=1)
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert "query.unknown_name" in lines[0]
    at = next(number for number, line in enumerate(lines) if line.startswith("2 | "))
    assert lines[at] == "2 |        ethnicty"
    assert lines[at + 1] == " " * 11 + "^" * 8


def test_what_the_grant_does_not_give_is_denied_with_the_reason(town: Town, ask: Run, whom: tuple[str, ...]) -> None:
    done = ask("sql", "SELECT * FROM tax.filing", *whom, code=1)
    assert "access.denied" in done.stderr
    assert "The grant backflow (backflow) does not include tax.filing." in done.stderr
    assert "hint" in done.stderr


def test_parameters_and_files(town: Town, ask: Run, whom: tuple[str, ...]) -> None:
    (town.folder / "question.sql").write_text("SELECT $word AS 词, $n + 1 AS n", encoding="utf-8")
    done = ask("sql", "@question.sql", *whom, "-p", "word=张三", "-p", "n=41", "--format", "json")
    assert json.loads(done.stdout)["rows"] == [["张三", json.loads(done.stdout)["rows"][0][1]]]
    assert str(json.loads(done.stdout)["rows"][0][1]) == "42"


def test_explain_names_the_source_and_reads_nothing(town: Town, ask: Run, whom: tuple[str, ...]) -> None:
    text = ask("explain", BY_SEX, *whom).stdout
    assert "psb" in text
    document = json.loads(ask("explain", BY_SEX, *whom, "--json").stdout)
    assert "psb.main" in json.dumps(document)


def test_without_push_the_gateway_does_it_all_to_the_same_answer(town: Town, ask: Run, whom: tuple[str, ...]) -> None:
    pushed = json.loads(ask("sql", BY_SEX, *whom, "--format", "json").stdout)
    pulled = json.loads(ask("sql", BY_SEX, *whom, "--format", "json", "--no-push").stdout)
    assert pulled["rows"] == pushed["rows"]
    assert sum(s["rows"] for s in pulled["sources"]) > sum(s["rows"] for s in pushed["sources"])
    assert "not asked" not in ask("explain", BY_SEX, *whom).stdout
    assert "pushing is switched off" in ask("explain", BY_SEX, *whom, "--no-push").stdout


def test_explain_analyze_tells_what_every_department_brought(town: Town, ask: Run, whom: tuple[str, ...]) -> None:
    document = json.loads(ask("explain", BY_SEX, *whom, "--analyze", "--json").stdout)
    (fragment,) = document["fragments"]
    answer = json.loads(ask("sql", BY_SEX, *whom, "--format", "json").stdout)
    assert (fragment["rows"], fragment["state"]) == (answer["sources"][0]["rows"], "done")
    assert (document["run"]["rows"], document["run"]["fetched_rows"]) == (len(answer["rows"]), fragment["rows"])
    assert "expected_rows" not in fragment and "statement" not in fragment  # an analyst sees what came, not what was reckoned
    assert f"brought: {fragment['rows']:,} rows" in ask("explain", BY_SEX, *whom, "--analyze").stdout


def test_wrong_usage_is_two_and_a_bad_key_is_one(town: Town, ask: Run, url: str) -> None:
    assert "--as" in ask("sql", "SELECT 1", code=2).stderr
    ask("sql", "SELECT 1", "--as", "analyst", "-p", "n", code=2)
    assert "key" in ask("sql", "SELECT 1", "--url", url, code=1).stderr
    (town.folder / "wrong.key").write_text("fq_no_such", encoding="ascii")
    done = ask("sql", "SELECT 1", "--url", url, "--key-file", "wrong.key", code=1)
    assert "access.unauthenticated" in done.stderr
    assert "access.denied" in ask("sql", "SELECT 1", "--as", "nobody", code=1).stderr


def test_ctrl_c_ends_the_query_and_is_on_record(town: Town, ask: Run, whom: tuple[str, ...]) -> None:
    """The first bytes of an endless answer show that it runs; then a real SIGINT."""
    endless = "SELECT a.person_id, c.mobile FROM psb.resident a CROSS JOIN psb.residence_permit CROSS JOIN psb.resident c"
    with subprocess.Popen(
        command("sql", endless, *whom, "--format", "arrow"),
        cwd=town.folder,
        env=town.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read(1000)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 1
    assert b"limit.cancelled" in told
    assert b"Traceback" not in told
    until = time.monotonic() + 10  # a server notices that its caller has gone when it next writes
    while (last := json.loads(ask("audit", "show", "--limit", "1", "--json").stdout)[0])["kind"] != "outcome":
        assert time.monotonic() < until
    assert (last["state"], last["account"]) == ("cancelled", "analyst")
