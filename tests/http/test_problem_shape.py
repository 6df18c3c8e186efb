"""Every way a request can fail answers in the one problem+json shape."""

from __future__ import annotations

import logging
import resource
from typing import Any

import pytest
from flask.testing import FlaskClient
from small_gateway import BEARER, open_services

from fedquery.http.app import create_app
from fedquery.http.errors import Problem
from fedquery.http.services import Bounds, Services

ASK = {"sql": "SELECT * FROM numbers"}


Failure = tuple[str, str, dict[str, Any], int, str]


def ask(stream: str, accept: str = "*/*") -> dict[str, Any]:
    return {"json": {"sql": f"SELECT * FROM {stream}"}, "headers": {**BEARER, "Accept": accept}}


def query(status: int, code: str, arguments: str = "", **request: Any) -> Failure:
    return "POST", f"/v1/query{arguments}", {"headers": BEARER, **request}, status, code


def text(data: bytes, content_type: str = "text/plain") -> dict[str, Any]:
    return {"data": data, "content_type": content_type}


FAILURES: dict[str, Failure] = {
    "no such path": ("GET", "/v1/nothing", {}, 404, "http.not_found"),
    "no such view": ("GET", "/nothing.js", {}, 404, "http.not_found"),
    "wrong method": ("GET", "/v1/query", {}, 405, "http.method"),
    "wrong method of a page": ("POST", "/", {}, 405, "http.method"),
    "no key": query(401, "access.unauthenticated", json=ASK, headers={}),
    "no key, before the body is read": query(401, "access.unauthenticated", headers={}, **text(b"{", "application/json")),
    "wrong key": query(401, "access.unauthenticated", json=ASK, headers={"Authorization": "Bearer no"}),
    "other scheme": ("GET", "/v1/me", {"headers": {"Authorization": "Basic bGluOng="}}, 401, "access.unauthenticated"),
    "malformed JSON": query(400, "query.request", **text(b'{"sql": ', "application/json")),
    "NaN is no JSON": query(400, "query.request", **text(b'{"sql": "x", "parameters": {"p": NaN}}', "application/json")),
    "nested without end": query(400, "query.request", **text(b"[" * 100_000, "application/json")),
    "not UTF-8": query(400, "query.request", **text(b"\xff\xfe")),
    "JSON that is no object": query(400, "query.request", json=[1]),
    "no SQL": query(400, "query.request", json={"grant": "flu"}),
    "unknown member": query(400, "query.request", json={**ASK, "limit": 3}),
    "unknown query argument": query(400, "query.request", "?limit=3", **text(b"SELECT 1")),
    "other media type": query(415, "http.media_type", **text(b"<sql/>", "application/xml")),
    "answer we cannot make": query(406, "http.not_acceptable", json=ASK, headers={**BEARER, "Accept": "image/png"}),
    "SQL too long": query(413, "limit.bytes", json={"sql": "x" * 70_000}),
    "body too long": query(413, "limit.bytes", **text(b"x" * 300_000)),
    "syntax": query(400, "query.syntax", **ask("no stream")),
    "denied": query(403, "access.denied", **ask("denied")),
    "busy": query(429, "limit.busy", **ask("busy")),
    "down before the first batch": query(503, "source.unavailable", **ask("down")),
    "down, as CSV": query(503, "source.unavailable", **ask("breaks", "text/csv")),
    "down, as JSON": query(503, "source.unavailable", **ask("breaks", "application/json")),
    "unexpected exception": query(500, "bug", **ask("bug")),
    "broken invariant": query(500, "bug", **ask("invariant")),
    "hidden entry": ("GET", "/v1/directory/psb.resident", {"headers": BEARER}, 404, "http.not_found"),
    "no name of an entry": ("GET", "/v1/directory/PSB!", {"headers": BEARER}, 400, "query.request"),
    "sign-in without a key": ("POST", "/v1/session", {"json": {}}, 400, "query.request"),
    "sign-in with a wrong key": ("POST", "/v1/session", {"json": {"key": "no"}}, 401, "access.unauthenticated"),
    "sign-out without a session": ("DELETE", "/v1/session", {}, 401, "access.unauthenticated"),
}
PRIVATE = {"bug": "a secret of the process", "down": "hunter2", "invariant": "leaf 3"}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_has_the_one_shape(client: FlaskClient, failure: str) -> None:
    method, path, request, status, code = FAILURES[failure]
    answer = client.open(path, method=method, **request)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    problem = Problem.model_validate_json(answer.data)
    assert set(answer.json) == set(Problem.model_fields)
    assert (problem.code, problem.status, problem.type) == (code, status, f"urn:fedquery:error:{code}")
    assert problem.detail
    assert answer.headers["Fedquery-Query-Id"] == problem.query_id
    assert answer.headers["Cache-Control"] == "no-store"
    assert "hunter2" not in answer.text
    assert "a secret of the process" not in answer.text
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    assert ("Allow" in answer.headers) == (status == 405)


def test_the_span_and_the_reasons_arrive(client: FlaskClient) -> None:
    answer = client.post("/v1/query", **ask("no stream")).json
    assert answer["span"] == {"start": 9, "end": 13, "line": 1, "column": 10}
    assert answer["hint"] == "Write SELECT * FROM stream."
    denied = client.post("/v1/query", **ask("denied")).json
    assert (denied["policy"], denied["reasons"], denied["fault"]) == ("grant:flu", ["not approved"], "policy")


def test_a_body_of_the_wrong_shape_says_where_without_repeating_it(client: FlaskClient) -> None:
    body = {"sql": "SELECT 1", "max_rows": "hunter2"}
    answer = client.post("/v1/query", json=body, headers=BEARER)
    assert any(reason.startswith("max_rows: ") for reason in answer.json["reasons"])
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("stream", PRIVATE)
def test_what_only_an_operator_may_read_is_logged_under_the_query_id(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, stream: str
) -> None:
    with caplog.at_level(logging.WARNING, "fedquery.http"):
        answer = client.post("/v1/query", **ask(stream))
    assert PRIVATE[stream] not in answer.text
    assert answer.json["query_id"] in caplog.text
    assert PRIVATE[stream] in caplog.text


def test_an_answer_beyond_the_spool_is_refused_whole() -> None:
    client = create_app(open_services(Bounds(spool_bytes=10_000))).test_client()
    answer = client.post("/v1/query", json=ASK, headers={**BEARER, "Accept": "text/csv"})
    assert (answer.status_code, answer.json["code"]) == (413, "limit.bytes")


def test_an_answer_for_which_the_disk_has_no_room_is_an_error_and_the_stream_goes_on(client: FlaskClient) -> None:
    """The kernel's own limit on a file's size stands for the full disk."""
    body, headers = {"sql": "SELECT * FROM endless", "max_rows": 200_000}, {**BEARER, "Accept": "text/csv"}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        answer = client.post("/v1/query", json=body, headers=headers)
        streamed = client.post("/v1/query", **ask("numbers"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (answer.status_code, answer.json["code"]) == (507, "limit.memory")
    assert "disk" in answer.json["detail"]
    assert "磁盘" in answer.json["zh"]["detail"]
    assert streamed.status_code == 200


def test_a_taken_place_is_free_again_after_each_kind_of_end(services: Services, client: FlaskClient) -> None:
    for stream in ("numbers", "denied", "down", "bug", "nothing"):
        client.post("/v1/query", **ask(stream)).close()
    taken = [services.places.acquire(timeout=2) for _ in range(services.bounds.running)]
    assert all(taken)
    answer = client.post("/v1/query", **ask("numbers"))
    assert (answer.status_code, answer.json["code"], answer.json["retryable"]) == (429, "limit.busy", True)
    assert client.get("/health").json == {"status": "ok"}
