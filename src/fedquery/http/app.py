"""Wires the HTTP doors into one application; no logic."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.info import Info
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from fedquery import __version__
from fedquery._paths import STATIC
from fedquery.http import directory, errors, query, session
from fedquery.http.body import ApiRequest
from fedquery.http.console import ViewConverter, console
from fedquery.http.formats import JSON, json_bytes
from fedquery.http.models import Health
from fedquery.http.openapi import document
from fedquery.http.services import EXTENSION, Services

#: For everything that is not a page of the console.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

SECURITY: Any = {
    "key": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": "__Host-fedquery"},
}

operation = APIBlueprint("operation", __name__, abp_tags=[Tag(name="operation")], abp_security=[])


@operation.get("/health", summary="Whether the process answers", responses={200: Health}, security=[])
def health() -> Response:
    """Touches neither the store nor any department."""
    return Response(json_bytes({"status": "ok"}), content_type=JSON)


def create_app(stands_on: Services) -> OpenAPI:
    """The WSGI application over an open gateway."""
    app = Application(
        "fedquery",
        info=Info(title="fedquery", version=__version__, description="One SQL statement over many departments, governed."),
        security_schemes=SECURITY,
        doc_ui=False,
        validation_error_status=400,
        validation_error_model=errors.Problem,
        validation_error_callback=errors.of_request,
        static_folder=None,
    )
    app.config["STATIC"] = STATIC
    app.config["MAX_CONTENT_LENGTH"] = stands_on.bounds.body_bytes
    app.extensions[EXTENSION] = stands_on
    for api in (query.api, directory.api, session.api, operation):
        app.register_api(api)
    description = json_bytes(document(app))
    app.add_url_rule("/v1/openapi.json", "openapi", lambda: Response(description, content_type=JSON))
    app.url_map.converters["view"] = ViewConverter
    app.register_blueprint(console)
    errors.install(app)
    app.after_request(_secured)
    return app


class Application(OpenAPI):
    """Flask with this API's way of reading bodies."""

    request_class = ApiRequest


def _secured(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.is_secure:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return answer
