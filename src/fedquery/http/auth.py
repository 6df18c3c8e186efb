"""Who is asking: a key in the Authorization header, or the console's session cookie with its guards."""

from __future__ import annotations

import hashlib
import hmac

from flask import Response, g, request
from werkzeug.exceptions import Forbidden

from fedquery import sentences as say
from fedquery.errors import NotAuthenticated
from fedquery.http.services import services
from fedquery.identity import Principal

CSRF_HEADER = "X-CSRF-Token"
_READING = ("GET", "HEAD", "OPTIONS")


def enter() -> None:
    """Authenticate before anything of the request is read; for ``before_request``.

    A request with an Authorization header never looks at cookies. Raises NotAuthenticated, and Forbidden for a cookie's write
    that did not come from the console's own page.
    """
    g.principal = _caller()


def principal() -> Principal:
    """The caller that ``enter`` let in."""
    found: Principal = g.principal
    return found


def _caller() -> Principal:
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, given = header.partition(" ")
        if scheme.lower() != "bearer" or not given.strip():
            raise NotAuthenticated(say.NOT_BEARER(), hint=say.SEND_KEY())
        return services().keys.authenticate(given.strip())
    token = session_token()
    if token is None:
        raise NotAuthenticated(say.NO_KEY(), hint=say.SEND_KEY())
    key = services().sessions.key(token)
    if key is None:
        raise NotAuthenticated(say.SESSION_ENDED(), hint=say.SIGN_IN_AGAIN())
    if request.method not in _READING:
        require_own_page()
        if not hmac.compare_digest(request.headers.get(CSRF_HEADER, "").encode(), csrf_token(token).encode()):
            raise Forbidden(f"The header {CSRF_HEADER} is missing or does not belong to this session.")
    return services().keys.authenticate(key)


def require_own_page() -> None:
    """Refuse a browser's write from anywhere but the console's own origin."""
    if request.headers.get("Origin") != request.host_url.rstrip("/"):
        raise Forbidden("The request did not come from this server's own pages.")


def csrf_token(session: str) -> str:
    """The token that writes of this session carry; it can be told to the page, since it does not give the session away."""
    return hashlib.sha256(b"csrf:" + session.encode()).hexdigest()[:32]


def by_cookie() -> bool:
    """Whether this request is authenticated by its cookie."""
    return "Authorization" not in request.headers


def session_token() -> str | None:
    """The session cookie's value, if the request has one."""
    return request.cookies.get(_cookie())


def set_session(answer: Response, token: str) -> None:
    """Give the browser its session: unreadable for scripts, never sent along from other sites."""
    answer.set_cookie(_cookie(), token, httponly=True, samesite="Lax", secure=request.is_secure, path="/")


def clear_session(answer: Response) -> None:
    """Take the cookie away."""
    answer.delete_cookie(_cookie(), httponly=True, samesite="Lax", secure=request.is_secure, path="/")


def _cookie() -> str:
    # Browsers accept the __Host- prefix, which no sibling host can overwrite, over https only.
    return "__Host-fedquery" if request.is_secure else "fedquery"
