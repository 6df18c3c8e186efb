"""Signing in to the console: the cookie, its guards, and that keys win over cookies."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from small_gateway import BEARER, KEY, OneKey, SmallGateway

from fedquery.http.services import Services
from fedquery.http.sessions import IDLE, LONGEST, MOST, Sessions

HERE = {"Origin": "http://localhost"}
ASK = {"sql": "SELECT * FROM nothing"}


@pytest.fixture
def csrf(client: FlaskClient) -> str:
    """The token of a session that ``client`` has signed in to."""
    answer = client.post("/v1/session", json={"key": KEY}, headers=HERE)
    assert answer.status_code == 200
    token: str = answer.json["csrf"]
    return token


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(client: FlaskClient) -> None:
    plain = client.post("/v1/session", json={"key": KEY}).headers["Set-Cookie"]
    assert plain.startswith("fedquery=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(plain.split("; "))
    secure = client.post("/v1/session", json={"key": KEY}, base_url="https://fedquery.city").headers["Set-Cookie"]
    assert secure.startswith("__Host-fedquery=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(secure.split("; "))
    assert "Domain" not in secure
    assert KEY not in plain + secure


def test_me_says_who_and_gives_the_page_its_token(client: FlaskClient, csrf: str) -> None:
    answer = client.get("/v1/me").json
    assert answer["account"]["id"] == "lin"
    assert answer["csrf"] == csrf
    assert client.get("/v1/me", headers=BEARER).json["csrf"] is None


def test_a_write_by_cookie_needs_the_token_and_the_origin(client: FlaskClient, gateway: SmallGateway, csrf: str) -> None:
    token = {"X-CSRF-Token": csrf}
    for headers in ({}, HERE, token, {**token, "Origin": "https://evil.example"}, {**HERE, "X-CSRF-Token": "x"}):
        answer = client.post("/v1/query", json=ASK, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (403, "http.forbidden"), headers
    assert gateway.asked == []
    assert client.post("/v1/query", json=ASK, headers={**HERE, **token}).status_code == 200


def test_a_key_makes_the_cookie_irrelevant(client: FlaskClient, csrf: str) -> None:
    assert client.post("/v1/query", json=ASK, headers=BEARER).status_code == 200
    assert client.post("/v1/query", json=ASK, headers={"Authorization": "Bearer no"}).status_code == 401


def test_signing_in_from_another_site_is_refused(client: FlaskClient) -> None:
    answer = client.post("/v1/session", json={"key": KEY}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_a_session_ends_with_its_key_its_idleness_and_its_age() -> None:
    now = 0.0
    sessions = Sessions(clock=lambda: now)
    idle, old = sessions.start(KEY), sessions.start(KEY)
    assert sessions.key(idle) == KEY
    while now < LONGEST:
        now += IDLE / 2
        assert sessions.key(old) == KEY
    assert sessions.key(idle) is None
    now = LONGEST + 1.0
    assert sessions.key(old) is None
    assert sessions.key("never given") is None


def test_sessions_are_bounded_and_keep_those_in_use() -> None:
    sessions = Sessions()
    used, unused = sessions.start(KEY), sessions.start(KEY)
    assert sessions.key(used)
    for _ in range(MOST - 1):
        sessions.start(KEY)
    assert sessions.key(used)
    assert sessions.key(unused) is None


def test_revoking_the_key_ends_its_sessions(client: FlaskClient, services: Services, csrf: str) -> None:
    assert isinstance(services.keys, OneKey)
    services.keys.revoked = True
    assert client.get("/v1/me").status_code == 401


def test_signing_out_ends_the_session_at_the_server(client: FlaskClient, csrf: str) -> None:
    cookie = client.get_cookie("fedquery")
    assert cookie is not None
    assert client.delete("/v1/session", headers={**HERE, "X-CSRF-Token": csrf}).status_code == 204
    assert client.get_cookie("fedquery") is None
    client.set_cookie("fedquery", cookie.value)
    assert client.get("/v1/me").status_code == 401
