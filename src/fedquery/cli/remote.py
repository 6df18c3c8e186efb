"""Asks a fedquery server over HTTP, and turns its problems back into errors."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from fedquery.errors import BadRequest, FedqueryError, SourceUnavailable, Span


class RemoteProblem(FedqueryError):
    """A problem document of the server, as an error of the same code."""

    def __init__(self, document: dict[str, Any]) -> None:
        span = document.get("span")
        super().__init__(
            str(document.get("detail", "The server refused.")),
            hint=document.get("hint"),
            span=Span(**span) if span else None,
            source=document.get("source"),
            policy=document.get("policy"),
            reasons=tuple(document.get("reasons", ())),
            suggestions=tuple(document.get("suggestions", ())),
        )
        self.query_id = document.get("query_id")
        self.__dict__.update({name: document[name] for name in ("code", "fault", "status", "retryable") if name in document})


@contextlib.contextmanager
def ask(url: str, key_file: Path | None, path: str, body: dict[str, Any], accept: str) -> Iterator[Any]:
    """The answer, to be read inside the ``with``. Raises RemoteProblem; SourceUnavailable when the server breaks off."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise BadRequest(f"{url!r} is not an address of a server.", hint="Write http://HOST:PORT or https://HOST.")
    headers = {"Content-Type": "application/json", "Accept": accept, "Authorization": f"Bearer {_key(key_file)}"}
    request = Request(url.rstrip("/") + path, json.dumps(body).encode(), headers)  # noqa: S310 - the scheme is checked above
    try:
        with urlopen(request) as answer:  # noqa: S310
            yield answer
    except HTTPError as refused:
        raise RemoteProblem(_document(refused)) from None
    except (URLError, http.client.HTTPException, ConnectionError) as broken:
        raise SourceUnavailable(f"The server at {url} cannot be reached, or broke off.", private=repr(broken)) from None


def _document(refused: HTTPError) -> dict[str, Any]:
    with refused:
        try:
            found: dict[str, Any] = json.loads(refused.read())
            return found
        except ValueError:
            return {"detail": f"The server answered {refused.code} {refused.reason}.", "status": refused.code}


def _key(file: Path | None) -> str:
    if file is None:
        raise BadRequest("A server wants an API key.", hint="Put it into a file of your own, and name it with --key-file.")
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise BadRequest(f"The key file {file} cannot be read.") from None
