"""Under the real gunicorn: streams, the poison frame, callers who leave, and threads kept free."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pyarrow as pa
import pytest
from small_gateway import BEARER, NUMBERS

from fedquery.arrow import ARROW_STREAM
from fedquery.http.services import Bounds

Address = tuple[str, int]


@contextmanager
def post(address: Address, stream: str, accept: str = ARROW_STREAM) -> Iterator[http.client.HTTPConnection]:
    """A connection on which the query has been sent; closed at the end."""
    with closing(http.client.HTTPConnection(*address, timeout=20)) as connection:
        body = json.dumps({"sql": f"SELECT * FROM {stream}"})
        connection.request("POST", "/v1/query", body, {**BEARER, "Content-Type": "application/json", "Accept": accept})
        yield connection


def get(address: Address, path: str) -> Any:
    with closing(http.client.HTTPConnection(*address, timeout=5)) as connection:
        connection.request("GET", path, headers=BEARER)
        return json.loads(connection.getresponse().read())


def running(address: Address, stream: str) -> int:
    """How many queries of the stream run at the server."""
    return int(get(address, "/v1/directory/running")["streams"].get(stream, 0))


def until(true: Callable[[], bool], seconds: float) -> None:
    """Wait until it is true; fails after ``seconds``."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.02)


def test_arrow_is_chunked_and_whole(server: Address) -> None:
    with post(server, "numbers") as connection, connection.getresponse() as answer:
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert pa.ipc.open_stream(answer.read()).read_all().column("n").to_pylist() == list(range(2500))


@pytest.mark.parametrize("accept", ["text/csv", "application/json"])
def test_text_comes_with_its_length(server: Address, accept: str) -> None:
    with post(server, "numbers", accept) as connection, connection.getresponse() as answer:
        assert "Transfer-Encoding" not in answer.headers
        assert int(answer.headers["Content-Length"]) == len(answer.read())


def test_a_stream_that_fails_ends_with_poison_and_a_broken_body(server: Address) -> None:
    with post(server, "breaks") as connection, connection.getresponse() as answer:
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
    assert not head.endswith(b"\xff\xff\xff\xff\x00\x00\x00\x00")
    assert len(tail) < 4096
    problem = json.loads(tail)
    assert (problem["code"], problem["source"]) == ("source.unavailable", "health.main")
    assert problem["query_id"] == answer.headers["Fedquery-Query-Id"]
    assert b"hunter2" not in received


def test_a_failure_before_the_first_batch_is_an_error(server: Address) -> None:
    with post(server, "down") as connection, connection.getresponse() as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (503, "application/problem+json")
        answer.read()


@pytest.mark.parametrize("accept", [ARROW_STREAM, "application/json"])
def test_a_caller_who_leaves_while_nothing_comes_ends_the_query(server: Address, accept: str) -> None:
    with post(server, "silent", accept):
        until(lambda: running(server, "silent") == 1, 5)
    until(lambda: running(server, "silent") == 0, 2)


def test_a_caller_who_leaves_in_the_middle_ends_the_query(server: Address) -> None:
    with post(server, "endless") as connection, connection.getresponse() as answer:
        answer.read(100_000)
        assert running(server, "endless") == 1
    until(lambda: running(server, "endless") == 0, 2)


def test_a_slow_caller_holds_the_query_back(server: Address) -> None:
    with post(server, "endless") as connection, connection.getresponse() as answer:
        answer.read(1000)
        rows = [-2, -1]
        while rows[-1] != rows[-2]:  # the sockets' buffers fill, then nothing moves any more
            time.sleep(0.3)
            rows.append(get(server, "/v1/directory/running")["rows"])
        assert 0 < rows[-1] < 10_000_000
    until(lambda: running(server, "endless") == 0, 2)


def test_health_answers_while_every_place_is_taken(server: Address) -> None:
    with ExitStack() as taken:
        for _ in range(Bounds().running):
            taken.enter_context(post(server, "silent"))
        until(lambda: running(server, "silent") == Bounds().running, 10)
        with post(server, "numbers") as connection, connection.getresponse() as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "5")
            answer.read()
        began = time.monotonic()
        assert get(server, "/health") == {"status": "ok"}
        assert time.monotonic() - began < 1
    until(lambda: running(server, "silent") == 0, 5)
    with post(server, "nothing") as connection, connection.getresponse() as answer:
        assert pa.ipc.open_stream(answer.read()).schema == NUMBERS
