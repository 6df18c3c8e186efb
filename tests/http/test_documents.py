"""docs/openapi.json and docs/errors.md say what the code says."""

from __future__ import annotations

import json
from pathlib import Path

from flask.testing import FlaskClient

from fedquery.http import errors
from fedquery.testing.plugin import Snapshot

DOCS = Path(__file__).parents[2] / "docs"


def test_the_openapi_document_is_the_one_checked_in(client: FlaskClient, snapshot: Snapshot) -> None:
    snapshot(DOCS / "openapi.json", json.dumps(client.get("/v1/openapi.json").json, indent=1, ensure_ascii=False) + "\n")


def test_every_reference_of_the_openapi_document_resolves(client: FlaskClient) -> None:
    document = client.get("/v1/openapi.json").json
    text = json.dumps(document)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(document["components"]["schemas"])
    assert {"Answer", "Problem", "QueryRequest", "Me"} <= names
    entries = {"/v1/directory", "/v1/directory/{resource}"}
    assert set(document["paths"]) == entries | {"/v1/query", "/v1/explain", "/v1/me", "/v1/session", "/health"}


def test_the_list_of_errors_is_the_one_checked_in(snapshot: Snapshot) -> None:
    snapshot(DOCS / "errors.md", errors.reference())
