"""Under the real gunicorn: streams, the poison frame, callers who leave, and threads kept free."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable

import pyarrow as pa
import pytest
from small_gateway import BEARER, NUMBERS

from fedquery.arrow import ARROW_STREAM

Address = tuple[str, int]


def post(address: Address, stream: str, accept: str = ARROW_STREAM, path: str = "/v1/query") -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(*address, timeout=20)
    body = json.dumps({"sql": f"SELECT * FROM {stream}"})
    connection.request("POST", path, body, {**BEARER, "Content-Type": "application/json", "Accept": accept})
    return connection


def states(address: Address) -> dict[str, int]:
    """How many queries of each stream run at the server, as its directory tells."""
    connection = http.client.HTTPConnection(*address, timeout=20)
    connection.request("GET", "/v1/directory", headers=BEARER)
    running: dict[str, int] = next(e for e in json.loads(connection.getresponse().read()) if e["name"] == "running")["streams"]
    return running


def until(true: Callable[[], bool], seconds: float) -> float:
    """Seconds until it became true; fails after ``seconds``."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


def test_arrow_is_chunked_and_whole(server: Address) -> None:
    answer = post(server, "numbers").getresponse()
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert pa.ipc.open_stream(answer.read()).read_all().column("n").to_pylist() == list(range(2500))


@pytest.mark.parametrize("accept", ["text/csv", "application/json"])
def test_text_comes_with_its_length(server: Address, accept: str) -> None:
    answer = post(server, "numbers", accept).getresponse()
    assert "Transfer-Encoding" not in answer.headers
    assert int(answer.headers["Content-Length"]) == len(answer.read())


def test_a_stream_that_fails_ends_with_poison_and_a_broken_body(server: Address) -> None:
    answer = post(server, "breaks").getresponse()
    assert answer.status == 200
    with pytest.raises(http.client.IncompleteRead) as broken:
        answer.read()
    received = broken.value.partial
    rows = 0
    with pytest.raises((pa.ArrowInvalid, OSError)):
        for batch in pa.ipc.open_stream(received):
            rows += batch.num_rows
    assert rows == 2000
    head, mark, tail = received.rpartition(b"\xff\xff\xff\xff" + (4096).to_bytes(4, "little"))
    assert mark
    assert len(tail) < 4096
    problem = json.loads(tail)
    assert (problem["code"], problem["source"]) == ("source.unavailable", "health.main")
    assert problem["query_id"] == answer.headers["Fedquery-Query-Id"]
    assert b"hunter2" not in received
    assert not head.endswith(b"\xff\xff\xff\xff\x00\x00\x00\x00")


def test_a_failure_before_the_first_batch_is_an_error(server: Address) -> None:
    answer = post(server, "down").getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (503, "application/problem+json")


@pytest.mark.parametrize("accept", [ARROW_STREAM, "application/json"])
def test_a_caller_who_leaves_while_nothing_comes_ends_the_query(server: Address, accept: str) -> None:
    connection = post(server, "silent", accept)
    until(lambda: states(server).get("silent") == 1, 5)
    connection.close()
    assert until(lambda: not states(server).get("silent"), 2) < 2


def test_a_caller_who_leaves_in_the_middle_ends_the_query(server: Address) -> None:
    connection = post(server, "endless")
    answer = connection.getresponse()
    answer.read(100_000)
    assert states(server)["endless"] == 1
    answer.close()
    connection.close()
    assert until(lambda: not states(server).get("endless"), 2) < 2


def test_a_slow_caller_holds_the_query_back(server: Address) -> None:
    connection = post(server, "endless")
    answer = connection.getresponse()
    answer.read(1000)

    def sent() -> int:
        again = http.client.HTTPConnection(*server, timeout=20)
        again.request("GET", "/v1/directory", headers=BEARER)
        entries = json.loads(again.getresponse().read())
        return int(next(e for e in entries if e["name"] == "running")["rows"])

    before = -1
    while before != (before := sent()):  # the sockets' buffers fill, then nothing moves any more
        time.sleep(0.3)
    assert before < 10_000_000
    answer.close()
    connection.close()
    until(lambda: not states(server).get("endless"), 2)


def test_health_answers_while_every_place_is_taken(server: Address) -> None:
    taken = [post(server, "silent") for _ in range(32)]
    until(lambda: states(server).get("silent") == 32, 10)
    refused = post(server, "numbers").getresponse()
    assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
    began = time.monotonic()
    connection = http.client.HTTPConnection(*server, timeout=5)
    connection.request("GET", "/health")
    assert connection.getresponse().status == 200
    assert time.monotonic() - began < 1
    for one in taken:
        one.close()
    until(lambda: not states(server).get("silent"), 5)
    assert pa.ipc.open_stream(post(server, "nothing").getresponse().read()).schema == NUMBERS
