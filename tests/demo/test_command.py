"""``fedquery demo`` as a user starts it: one line when ready, an answer over HTTP, nothing left behind."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

PROGRAM = Path(sys.executable).with_name("fedquery")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, as users have one: sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="fq-") as name:
        yield Path(name)


@contextmanager
def demo(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A running demo, with its temporary files in ``folder``, and its line."""
    environment = {**os.environ, "TMPDIR": str(folder)}
    command = [str(PROGRAM), "demo", "--json", "--port", "0", "--citizens", "2000", *more]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            yield process, json.loads(line)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(60)


def ask(there: dict[str, Any], account: str, sql: str, grant: str) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - the demo's own address
        f"{there['url']}/v1/query",
        data=json.dumps({"sql": sql, "grant": grant}).encode(),
        headers={
            "Authorization": f"Bearer {there['accounts'][account]['key']}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        document: dict[str, Any] = json.load(answer)
        return document


def processes(folder: Path) -> list[str]:
    """Whatever still runs that names the folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if str(folder) in line:
            found.append(line)
    return found


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_and_leaves_nothing(folder: Path, end: signal.Signals) -> None:
    with demo(folder) as (process, there):
        assert set(there["accounts"]) == {"analyst", "district_analyst", "application", "steward", "platform"}
        sql = "SELECT hukou_district, count(*) AS n FROM psb.resident GROUP BY ALL ORDER BY 1"
        assert ask(there, "analyst", sql, "backflow")["row_count"] == 3
        assert ask(there, "district_analyst", sql, "backflow")["row_count"] == 1
        assert "backflow" in there["accounts"]["analyst"]["grants"]
        assert there["accounts"]["platform"]["grants"] == []
        process.send_signal(end)
        assert process.wait(60) == 0
    # The package that brings PostgreSQL keeps one empty lock file for all servers it ever starts; it is not ours to remove.
    assert {path.name for path in folder.iterdir()} <= {".lockfile"}
    assert processes(folder) == []


def test_a_kept_city_is_used_again_and_no_other(folder: Path) -> None:
    data = folder / "kept"
    sql = "SELECT count(*) AS n FROM amr.abnormal_list"
    with demo(folder, "--data", str(data)) as (_, there):
        first = ask(there, "analyst", sql, "credit-supervision")["rows"]
    with demo(folder, "--data", str(data)) as (_, there):
        assert ask(there, "analyst", sql, "credit-supervision")["rows"] == first
    refused = subprocess.run(
        [str(PROGRAM), "demo", "--citizens", "3000", "--data", str(data)], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "2000 citizens" in " ".join(refused.stderr.split())
    assert processes(data) == []


def test_a_taken_port_is_said_before_anything_is_made(folder: Path) -> None:
    with demo(folder) as (_, there):
        port = there["url"].rsplit(":", 1)[1]
        refused = subprocess.run([str(PROGRAM), "demo", "--port", port], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert "--port" in refused.stderr


def test_a_departed_client_ends_the_statement_at_its_source(folder: Path) -> None:
    """Through everything real: the caller's connection is cut while PostgreSQL works, and within 2 seconds it does not."""
    data = folder / "kept"
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '/* fedquery%' AND state = 'active'"
    with demo(folder, "--data", str(data)) as (_, there):
        address = f"postgresql://postgres@/psb?host={data / 'departments' / 'postgres'}"
        with psycopg.connect(address) as blocker, psycopg.connect(address, autocommit=True) as watcher:
            blocker.execute('LOCK TABLE "T_CZRK" IN ACCESS EXCLUSIVE MODE')
            client = http.client.HTTPConnection(there["url"].removeprefix("http://"))
            client.request(
                "POST",
                "/v1/query",
                json.dumps({"sql": "SELECT full_name FROM psb.resident", "grant": "birth-service"}),
                {"Authorization": f"Bearer {there['accounts']['analyst']['key']}", "Content-Type": "application/json"},
            )
            until = time.monotonic() + 20
            while _count(watcher, running) == 0:
                assert time.monotonic() < until, "the statement never reached its source"
                time.sleep(0.02)
            client.close()
            until = time.monotonic() + 2
            while _count(watcher, running):
                assert time.monotonic() < until, "the statement still runs"
                time.sleep(0.02)


def _count(connection: psycopg.Connection[Any], sql: str) -> int:
    row = connection.execute(sql).fetchone()  # type: ignore[call-overload]
    assert row is not None
    return int(row[0])
