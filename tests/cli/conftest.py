"""Installations for the tests of the command line: an empty one per test, and one small city for all."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from fedquery.cli import main
from fedquery.demo.command import Accounts, installed, issue_keys
from fedquery.demo.systems import Systems
from fedquery.settings import Settings

Done = subprocess.CompletedProcess[str]


class Run(Protocol):
    """Runs ``fedquery`` with these arguments; the exit code must be ``code``."""

    def __call__(self, *arguments: str, code: int = 0) -> Done: ...


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """The environment without settings of whoever runs the tests; wide, so that no table is folded."""
    return {k: v for k, v in os.environ.items() if not k.startswith("FEDQUERY_")} | {"COLUMNS": "200"} | dict(more)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fedquery", *arguments]


@pytest.fixture
def inside(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, Mapping[str, str]], Run]:
    """Runs the command line in this process, in a folder and an environment: a process costs a second each time."""

    def of(folder: Path, more: Mapping[str, str]) -> Run:
        for name in [name for name in os.environ if name.startswith("FEDQUERY_")]:
            monkeypatch.delenv(name)
        for name, value in {"COLUMNS": "200", **more}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(folder)

        def fedquery(*arguments: str, code: int = 0) -> Done:
            monkeypatch.setattr(sys, "argv", ["fedquery", *arguments])
            capfd.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
            out, err = capfd.readouterr()
            done = subprocess.CompletedProcess(list(arguments), int(ended.value.code or 0), out, err)
            assert done.returncode == code, out + err
            return done

        return fedquery

    return of


@pytest.fixture
def run(inside: Callable[[Path, Mapping[str, str]], Run], tmp_path: Path) -> Run:
    """``fedquery`` in an installation of its own, without a store yet."""
    return inside(tmp_path, {})


@dataclass(frozen=True)
class Town:
    """A small city on its own systems, with a key file for each account."""

    folder: Path
    settings: Settings
    accounts: Accounts
    systems: Systems

    @property
    def environment(self) -> dict[str, str]:
        return environment({"FEDQUERY_DATA_DIR": str(self.settings.data_dir)})

    def key_file(self, account: str) -> str:
        return str(self.folder / f"{account}.key")


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with installed(tmp_path_factory.mktemp("city"), 2000, lambda text: None) as there:
        keys = issue_keys(there.settings, there.catalog)
        made = Town(tmp_path_factory.mktemp("desk"), there.settings, keys, there.systems)
        for account, issued in made.accounts.items():
            Path(made.key_file(account)).write_text(issued["key"] + "\n", encoding="ascii")
        yield made


@pytest.fixture
def ask(inside: Callable[[Path, Mapping[str, str]], Run], town: Town) -> Run:
    """``fedquery`` at the town."""
    return inside(town.folder, {"FEDQUERY_DATA_DIR": str(town.settings.data_dir)})


@pytest.fixture(scope="session")
def url(town: Town) -> Iterator[str]:
    """The town, served by ``fedquery serve``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        command("serve", "--port", str(port)), cwd=town.folder, env=town.environment, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        try:
            said = server.stderr.readline()
            assert f"http://127.0.0.1:{port}" in said, said + (server.stderr.read() if server.poll() is not None else "")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.stderr.read()
            server.wait(30)
