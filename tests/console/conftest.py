"""A real Chromium, and the console served over the stand-in gateway."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from stand_in import KEY, open_services
from werkzeug.serving import make_server

from fedquery._paths import STATIC
from fedquery.http.app import create_app

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ARGUMENTS += ["--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if not chromium or not (STATIC / "index.html").is_file():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("chromium or the built console is missing")
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
