"""What happens to a source while its rows stream: the query ends with its name, in time, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.errors import SourceDrift, SourceError, SourceTimeout, SourceUnavailable
from tests.faults.conftest import DATABASE, PATIENCE, SECONDS, Estate, until


@pytest.fixture
def maria(estate: Estate) -> MariaDBServer:
    if estate.mariadb is None:
        pytest.skip("MariaDB's server is not installed on this machine")
    return estate.mariadb


def backends(estate: Estate) -> list[int]:
    """The processes that PostgreSQL has at work for the reader."""
    with psycopg.connect(estate.postgres.uri, autocommit=True) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE usename = %s AND state <> 'idle'", [f"{DATABASE}_reader"]
        )
        return [pid for (pid,) in found]


def threads(server: MariaDBServer) -> list[int]:
    """The connections on which MariaDB runs something for the reader."""
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE user = %s AND command = 'Query'",
                       [f"{DATABASE}_reader"])  # fmt: skip
        return [id for (id,) in cursor.fetchall()]


@contextmanager
def stopped(*processes: int) -> Iterator[None]:
    """Processes that do nothing until they may go on."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def test_a_postgresql_session_that_is_ended(estate: Estate) -> None:
    result = estate.begin("pg.big")
    with psycopg.connect(estate.postgres.uri, autocommit=True) as connection:
        for pid in backends(estate):
            connection.execute("SELECT pg_terminate_backend(%s)", [pid])
    problem = estate.fails(result, SourceUnavailable, 5)
    assert problem.source == "pg.main"
    assert problem.retryable
    until(lambda: not backends(estate))
    estate.works("pg.big")


def test_a_postgresql_session_that_hangs(estate: Estate) -> None:
    result = estate.begin("pg.big")
    with stopped(*backends(estate)):
        problem = estate.fails(result, SourceTimeout, SECONDS + 5)
    assert problem.source == "pg.main"
    until(lambda: not backends(estate))
    estate.works("pg.big")


def test_a_mariadb_connection_that_is_killed(estate: Estate, maria: MariaDBServer) -> None:
    result = estate.begin("my.big")
    with maria.connect() as connection, connection.cursor() as cursor:
        for id in threads(maria):
            cursor.execute(f"KILL {id}")
    problem = estate.fails(result, SourceUnavailable, 5)
    assert problem.source == "my.main"
    until(lambda: not threads(maria))
    estate.works("my.big")


def test_a_mariadb_server_that_hangs(estate: Estate, maria: MariaDBServer) -> None:
    result = estate.begin("my.big")
    with stopped(maria.process.pid):
        problem = estate.fails(result, SourceTimeout, SECONDS + 5)
    assert problem.source == "my.main"
    until(lambda: not threads(maria))
    estate.works("my.big")


def test_one_source_that_hangs_does_not_hold_another(estate: Estate) -> None:
    result = estate.begin("pg.big")
    with stopped(*backends(estate)):
        estate.answers("files.big")
        estate.fails(result, SourceTimeout, SECONDS + 5)
    until(lambda: not backends(estate))
    estate.left_nothing()


def test_a_column_whose_type_changes_after_the_plan_was_made(estate: Estate) -> None:
    """The plan is kept; the table is not what it was."""
    estate.works("pg.big")
    with psycopg.connect(estate.postgres.of(DATABASE), autocommit=True) as connection:
        connection.execute("ALTER TABLE big ALTER COLUMN id TYPE text")
        try:
            with pytest.raises(SourceError) as caught:
                estate.works("pg.big")
        finally:
            connection.execute("ALTER TABLE big ALTER COLUMN id TYPE bigint USING id::bigint")
    assert isinstance(caught.value, SourceDrift)
    assert caught.value.source == "pg.main"
    estate.works("pg.big")


def test_a_parquet_file_that_is_cut_short(estate: Estate) -> None:
    path = estate.folder / "big.parquet"
    whole = path.read_bytes()
    result = estate.begin("files.big")
    os.truncate(path, len(whole) // 3)
    try:
        problem = estate.fails(result, SourceError, PATIENCE)
    finally:
        path.write_bytes(whole)
    assert problem.source == "files.main"
    estate.works("files.big")
