"""Signing in and out of the console: a key for a session cookie."""

from __future__ import annotations

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from fedquery.http import auth
from fedquery.http.body import SignIn
from fedquery.http.directory import about
from fedquery.http.formats import JSON, json_bytes
from fedquery.http.models import Me
from fedquery.http.services import services

api = APIBlueprint("session", __name__, url_prefix="/v1", abp_tags=[Tag(name="session")])


@api.post("/session", summary="Sign in", responses={200: Me}, security=[])
def sign_in(body: SignIn) -> Response:
    """Exchanges a key for a cookie that scripts cannot read. Writes then carry ``csrf`` in the header X-CSRF-Token."""
    if "Origin" in request.headers:
        auth.require_own_page()
    who = services().keys.authenticate(body.key)
    token = services().sessions.start(body.key)
    answer = Response(json_bytes(about(who, token)), content_type=JSON)
    auth.set_session(answer, token)
    return answer


@api.delete("/session", summary="Sign out", responses={204: None})
def sign_out() -> Response:
    """Ends the session on the server, so that a copied cookie is worth nothing."""
    auth.enter()
    answer = Response(status=204)
    token = auth.session_token()
    if auth.by_cookie() and token:
        services().sessions.end(token)
        auth.clear_session(answer)
    return answer
