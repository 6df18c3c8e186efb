"""However a query is left, its statement is gone from the source's own process list within two seconds."""

from __future__ import annotations

import http.client
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg
import pytest

from tests.cli.conftest import Town, command

PATIENCE = 2.0


@dataclass(frozen=True)
class Slow:
    """A statement that its source cannot go on with, because its administrator holds a lock on the table."""

    department: str
    sql: str
    grant: str
    table: str

    @contextmanager
    def locked(self, town: Town) -> Iterator[None]:
        if self.department == "psb":
            with psycopg.connect(town.systems.postgres.of("psb")) as connection:
                connection.execute(f'LOCK TABLE "{self.table}" IN ACCESS EXCLUSIVE MODE')  # type: ignore[call-overload]
                yield
            return
        assert town.systems.mariadb
        with closing(town.systems.mariadb.connect("hrss")) as connection, connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLES `{self.table}` WRITE")
            yield

    def running(self, town: Town) -> int:
        """How many statements of ours the source lists, each by the query's id in its comment."""
        if self.department == "psb":
            with psycopg.connect(town.systems.postgres.of("psb")) as connection:
                found = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query ~ '/\\* fedquery [0-9a-f]{32} '"
                    " AND pid <> pg_backend_pid()"
                ).fetchone()
                return int(found[0]) if found else 0
        assert town.systems.mariadb
        with closing(town.systems.mariadb.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM information_schema.PROCESSLIST WHERE INFO RLIKE '^/[*] fedquery [0-9a-f]{32} '"
            )
            ((count,),) = cursor.fetchall()
            return int(count)

    def until(self, town: Town, count: int, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self.running(town) != count:
            assert time.monotonic() < end, f"{self.running(town)} statements run, not {count}"


@pytest.fixture(
    params=[
        Slow("psb", "SELECT full_name FROM psb.resident", "birth-service", "T_CZRK"),
        Slow("hrss", "SELECT pension_type FROM hrss.pension_benefit", "pension-certification", "AC60"),
    ],
    ids=["PostgreSQL", "MariaDB"],
)
def slow(request: pytest.FixtureRequest, town: Town) -> Slow:
    one: Slow = request.param
    if one.department == "hrss" and town.systems.mariadb is None:
        pytest.skip("MariaDB's server is not installed on this machine")
    return one


@pytest.mark.parametrize("whom", ["process", "server"])
def test_ctrl_c(slow: Slow, town: Town, whom: str, request: pytest.FixtureRequest) -> None:
    asked = ["--as", "analyst"]
    if whom == "server":
        asked = ["--url", request.getfixturevalue("url"), "--key-file", town.key_file("analyst")]
    with slow.locked(town):
        process = subprocess.Popen(
            command("sql", slow.sql, *asked, "--grant", slow.grant),
            cwd=town.folder,
            env=town.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process:
            slow.until(town, 1, 20)
            process.send_signal(signal.SIGINT)
            slow.until(town, 0, PATIENCE)
            _, told = process.communicate(timeout=20)
    assert process.returncode == 1
    assert b"limit.cancelled" in told
    assert b"Traceback" not in told


def test_a_terminal_shows_how_far_each_department_is(slow: Slow, town: Town) -> None:
    ours, its = pty.openpty()
    environment = {**town.environment, "TERM": "xterm"}
    asked = command("sql", slow.sql, "--as", "analyst", "--grant", slow.grant)
    with slow.locked(town):
        process = subprocess.Popen(asked, cwd=town.folder, env=environment, stdout=subprocess.DEVNULL, stderr=its)
        with process:
            slow.until(town, 1, 20)
            shown = b""
            while not re.search(rf"{slow.department} +\w+ +0 rows".encode(), shown):
                assert select.select([ours], [], [], 5)[0], shown
                shown += os.read(ours, 1000)
            process.send_signal(signal.SIGINT)
    os.close(ours)
    os.close(its)


def test_a_client_that_leaves(slow: Slow, town: Town, url: str) -> None:
    headers = {"Authorization": f"Bearer {town.accounts['analyst']['key']}", "Content-Type": "application/json"}
    with slow.locked(town):
        with closing(http.client.HTTPConnection(url.removeprefix("http://"))) as client:
            client.request("POST", "/v1/query", json.dumps({"sql": slow.sql, "grant": slow.grant}), headers)
            slow.until(town, 1, 20)
        slow.until(town, 0, PATIENCE)
