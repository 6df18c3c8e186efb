"""The console's page, its security headers, and what is said when it is not built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def built(client: FlaskClient, tmp_path: Path) -> FlaskClient:
    """A client of an application whose console has been built into a folder of this test's own."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "main-1a2b.js").write_text("export {}")
    (tmp_path.parent / "secret.txt").write_text("not of the console")
    (tmp_path / "mark.svg").write_text("<svg/>")
    page = '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><link nonce="__CSP_NONCE__">'
    (tmp_path / "index.html").write_text(page)
    client.application.config["STATIC"] = tmp_path
    return client


def test_every_view_is_the_page_with_a_fresh_nonce(built: FlaskClient) -> None:
    nonces = set()
    for view in ("/", "/directory", "/directory/health.visit/", "/plan/q0001"):
        answer = built.get(view, headers=BROWSER)
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        policy = answer.headers["Content-Security-Policy"]
        nonce = re.search(r"style-src 'self' 'nonce-([\w-]+)'", policy)
        assert nonce
        assert answer.text.count(f'nonce="{nonce[1]}"') == 2
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        nonces.add(nonce[1])
    assert len(nonces) == 4


def test_built_files_are_kept_and_others_are_missing(built: FlaskClient) -> None:
    script = built.get("/assets/main-1a2b.js")
    assert (script.status_code, script.mimetype) == (200, "text/javascript")
    assert "max-age=31536000" in script.headers["Cache-Control"]
    assert script.headers["X-Content-Type-Options"] == "nosniff"
    assert built.get("/mark.svg").mimetype == "image/svg+xml"
    for path in ("/assets/none.js", "/assets/../index.html/..", "/none.svg", "/..%2fsecret.txt", "/v1/none"):
        assert built.get(path, headers=BROWSER).status_code == 404, path


def test_a_program_gets_no_page_for_a_wrong_path(built: FlaskClient) -> None:
    answer = built.get("/directory", headers={"Accept": "*/*"})
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_a_console_that_is_not_built_says_how_to_build_it(client: FlaskClient, tmp_path: Path) -> None:
    client.application.config["STATIC"] = tmp_path
    answer = client.get("/", headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert "npm run build" in answer.text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_answers_of_the_api_run_nothing_and_are_not_kept(client: FlaskClient) -> None:
    headers = client.get("/health", base_url="https://fedquery.city").headers
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert "max-age" in headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in client.get("/health").headers
