"""Real servers for every test that needs one: started once per process, gone at its end."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from fedquery.demo import mariadb_server, postgres_server
from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = postgres_server.start(tmp_path_factory.mktemp("postgres") / "data")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDBServer | None]:
    """None where the machine has no MariaDB; in CI that is a failure."""
    if not mariadb_server.installed():
        if os.environ.get("CI") == "true":
            pytest.fail("MariaDB's server (Debian package mariadb-server) is not installed, and CI skips nothing")
        yield None
        return
    with MariaDBServer.start() as server:
        yield server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test of generated examples says how many they are, and what they are drawn from."""
    for item in items:
        batch = item.callspec.params.get("batch") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else None
        if batch is not None:
            item.user_properties += [("examples", batch.size), ("seed", batch.seed)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many generated examples held; with the seed, the same ones can be had again."""
    held = [dict(report.user_properties) for report in terminalreporter.stats.get("passed", ())]
    examples, seeds = sum(said.get("examples", 0) for said in held), {said["seed"] for said in held if "seed" in said}
    if examples:
        terminalreporter.write_line(f"{examples} generated examples held, drawn from FEDQUERY_TEST_SEED={', '.join(seeds)}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI nothing is skipped: what a machine lacks is to be installed, not left out."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
