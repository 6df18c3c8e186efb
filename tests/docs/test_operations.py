"""The commands of the pages are the program's: operations.md is run as written; every command is told somewhere."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import typer

from fedquery.cli import app
from fedquery.settings import Settings
from tests.docs.pages import ROOT, blocks, pages

PAGE = ROOT / "docs" / "operations.md"


def environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("FEDQUERY_")}
    return own | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the page's shell blocks were run, in their order."""
    folder = tmp_path_factory.mktemp("operations")
    shutil.copytree(ROOT / "catalog" / "demo", folder / "catalog")
    script = "\n".join(block.text for block in blocks(PAGE) if block.language == "bash")
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "output").write_text(done.stdout)
    return folder


def test_the_page_sets_up_an_installation_and_a_backup(installation: Path) -> None:
    output = (installation / "output").read_text()
    assert "Version 1 is in force" in output
    assert re.search(r"^fq_\S+$", output, re.MULTILINE)
    assert output.count("0 records, unbroken") == 2
    data = installation / "fedquery-data"
    assert re.fullmatch("[0-9a-f]{64}", (data / "secrets" / "master.key").read_text())
    assert (data / "secrets" / "master.key").stat().st_mode & 0o077 == 0
    assert (data / "fedquery.db").stat().st_mode & 0o077 == 0
    assert (installation / "backup" / "fedquery.db").exists()


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """``fedquery serve`` on a free port; ended with SIGTERM, as the page says."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "fedquery", "serve", "--port", str(port)],
        cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while server.poll() is None and time.monotonic() < end:
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


def test_it_serves_and_believes_the_proxy_on_the_same_machine(installation: Path) -> None:
    with serving(installation) as port, closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        for scheme, strict in (("https", True), ("http", False)):
            connection.request("GET", "/health", headers={"X-Forwarded-Proto": scheme})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            assert bool(answer.headers.get("Strict-Transport-Security")) is strict


def commands() -> dict[str, set[str]]:
    """Every command of the program with its long options."""

    def walk(group: object, path: tuple[str, ...]) -> Iterator[tuple[str, set[str]]]:
        for name, command in group.commands.items():  # type: ignore[attr-defined]
            if hasattr(command, "commands"):
                yield from walk(command, (*path, name))
            else:
                options = {o for p in command.params for o in (*p.opts, *p.secondary_opts) if o.startswith("-")}
                yield " ".join((*path, name)), options | {"--help"}

    return dict(walk(typer.main.get_command(app), ()))


def test_every_command_is_told_on_some_page() -> None:
    text = "\n".join(page.read_text("utf-8") for page in pages())
    assert {name for name in commands() if f"fedquery {name}" not in re.sub(r"\s+", " ", text)} == set()


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_on_pages_exist_with_their_options(page: Path) -> None:
    known = commands()
    text = page.read_text("utf-8")
    lines = [line for block in blocks(page) for line in block.text.replace("\\\n", " ").splitlines()]
    spans = [
        re.sub(r"\s+", " ", span) for span in re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
    ]
    for line in lines + spans:
        called = re.search(r"(?:^|[$&;=] ?|\w=\S+ )fedquery ((?:[a-z]+(?:-[a-z]+)* ?)+)(.*)", line)
        if not called:
            continue
        words = called[1].split()
        name = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in known), None)
        groups = {command.split()[0] for command in known}
        assert name or (len(words) == 1 and words[0] in groups) or "," in line, f"{page.name}: {line}"
        if name:
            options = set(re.findall(r"(?<=\s)(--[a-z-]+)", called[2].split(" && ")[0]))
            assert options <= known[name], f"{page.name}: {line}"


def test_settings_named_on_the_page_exist() -> None:
    named = set(re.findall(r"`([a-z]+_(?:dir|limit|url|key|level|zone|password))`", PAGE.read_text("utf-8")))
    assert len(named) >= 7
    assert named <= set(Settings.model_fields)
