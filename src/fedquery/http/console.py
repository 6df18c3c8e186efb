"""Serves the console that Vite built, under a policy that runs no script but its own."""

from __future__ import annotations

import secrets
from pathlib import Path

from flask import Blueprint, Response, current_app, request, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.routing import PathConverter

#: What the built page holds where its style nonce goes (``html.cspNonce`` in the Vite configuration).
NONCE = "__CSP_NONCE__"
#: Built files carry their content's hash in their names.
FOREVER = 365 * 24 * 3600

NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>fedquery</title>
<h1>The console is not built</h1>
<p>The API answers under <code>/v1</code>; its description is at <a href="/v1/openapi.json">/v1/openapi.json</a>.</p>
<p>To build it, run <code>npm ci</code> and <code>npm run build</code> in <code>web/</code>, or install a released wheel.</p>
<p lang="zh">控制台尚未构建；接口在 <code>/v1</code>。在 <code>web/</code> 中运行上述命令即可构建。
"""

console = Blueprint("console", __name__)


class ViewConverter(PathConverter):
    """Any path but the API's, so that a wrong method there stays a wrong method."""

    regex = "(?!v1/|health$)[^/].*?"


@console.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """A built script, style, font or image."""
    return send_from_directory(_static() / "assets", name, max_age=FOREVER)


@console.get("/")
@console.get("/<view:view>")
def page(view: str = "") -> Response:
    """The page for every view of the console, so that deep links work; other files of the build by their names."""
    if "." in view.rsplit("/", 1)[-1]:
        return send_from_directory(_static(), view, max_age=3600)
    if view and "text/html" not in request.headers.get("Accept", ""):
        raise NotFound("There is nothing here.")  # a program that missed a path, not a browser that goes to a view
    index = _static() / "index.html"
    if not index.is_file():
        return _page(NOT_BUILT, "", 503)
    nonce = secrets.token_urlsafe(16)
    return _page(index.read_text(encoding="utf-8").replace(NONCE, nonce), nonce)


def _static() -> Path:
    folder: Path = current_app.config["STATIC"]
    return folder


def _page(text: str, nonce: str, status: int = 200) -> Response:
    answer = Response(text, status=status, content_type="text/html; charset=utf-8")
    style = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return answer
