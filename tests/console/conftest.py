"""A real Chromium, and the console served over the stand-in gateway."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from accessibility import AXE
from playwright.sync_api import Browser, Page, sync_playwright
from stand_in import KEY, open_services
from werkzeug.serving import make_server

from fedquery._paths import STATIC
from fedquery.demo import mariadb_server
from fedquery.http.app import create_app

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ARGUMENTS += ["--disable-component-update", "--disable-sync"]


def missing(what: str) -> NoReturn:
    """Skip by name; in CI nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not there, and CI skips nothing")
    pytest.skip(f"{what} is not there")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if not chromium:
        missing("Chromium (Debian package chromium)")
    if not (STATIC / "index.html").is_file():
        missing("the built console (npm run build in web/)")
    if not AXE.is_file():
        missing("axe-core (npm ci in web/)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(open_services()), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def city() -> Iterator[dict[str, Any]]:
    """The demo, as a user starts it: where it is, and the key of each account."""
    if not mariadb_server.installed():
        missing("MariaDB's server (Debian package mariadb-server)")
    command = [str(Path(sys.executable).with_name("fedquery")), "demo", "--json", "--port", "0", "--citizens", "2000"]
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True) as demo,
    ):
        try:
            assert demo.stdout is not None
            line = demo.stdout.readline()
            said.seek(0)
            assert line, said.read()
            yield json.loads(line)
        finally:
            demo.terminate()
            demo.wait(30)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Signed in, Chinese, light; an error of the page's own scripts fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None)
    opened.goto(address)
    opened.fill("#key", KEY)
    opened.keyboard.press("Enter")
    opened.wait_for_selector(".cm-content")
    yield opened
    context.close()
    assert not faults
