"""Arrow, JSON and CSV answers: which is chosen, that values stay exact, that lengths and caps are told."""

from __future__ import annotations

import csv
import io
import json

import pyarrow as pa
import pytest
from flask.testing import FlaskClient
from small_gateway import BEARER, EXACT, NUMBERS, SmallGateway
from werkzeug.exceptions import NotAcceptable
from werkzeug.test import TestResponse

from fedquery.arrow import ARROW_STREAM
from fedquery.http.formats import Wanted, wanted


def ask(client: FlaskClient, stream: str, accept: str, **members: object) -> TestResponse:
    body = {"sql": f"SELECT * FROM {stream}", **members}
    return client.post("/v1/query", json=body, headers={**BEARER, "Accept": accept})


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", Wanted(ARROW_STREAM)),
        ("*/*", Wanted(ARROW_STREAM)),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Wanted(ARROW_STREAM)),
        (ARROW_STREAM, Wanted(ARROW_STREAM)),
        (f'{ARROW_STREAM}; codecs="zstd, lz4"', Wanted(ARROW_STREAM, "zstd")),
        (f'{ARROW_STREAM};codecs="lz4"', Wanted(ARROW_STREAM, "lz4")),
        (f'{ARROW_STREAM};codecs="lz4,zstd"', Wanted(ARROW_STREAM, "zstd")),
        (f'{ARROW_STREAM};codecs="brotli"', Wanted(ARROW_STREAM)),
        ("Text/CSV", Wanted("text/csv")),
        ("text/*", Wanted("text/csv")),
        ("application/json", Wanted("application/json")),
        (f"{ARROW_STREAM};q=0.1, application/json;q=0.9", Wanted("application/json")),
        ("text/csv, */*", Wanted("text/csv")),
        (f"{ARROW_STREAM};q=0, */*;q=0.1", Wanted("application/json")),
        ("text/csv;q=high, application/json", Wanted("application/json")),
    ],
)
def test_the_accept_header_chooses(accept: str, expected: Wanted) -> None:
    assert wanted(accept) == expected


def test_an_answer_nobody_can_make_is_refused() -> None:
    with pytest.raises(NotAcceptable):
        wanted("image/png, text/csv;q=0")


@pytest.mark.parametrize("codec", [None, "zstd", "lz4"])
def test_arrow_arrives_whole_in_the_codec_asked_for(client: FlaskClient, codec: str | None) -> None:
    answer = ask(client, "numbers", f'{ARROW_STREAM}; codecs="{codec}"' if codec else ARROW_STREAM)
    assert answer.content_type == (f"{ARROW_STREAM}; codecs={codec}" if codec else ARROW_STREAM)
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert (answer.headers["Fedquery-Query-Id"], answer.headers["Fedquery-Marks"]) == ("q0001", "1")
    table = pa.ipc.open_stream(answer.data).read_all()
    assert table.column("n").to_pylist() == list(range(2500))
    assert answer.data.endswith(b"\xff\xff\xff\xff\x00\x00\x00\x00")


def test_an_empty_answer_has_its_schema(client: FlaskClient) -> None:
    assert pa.ipc.open_stream(ask(client, "nothing", ARROW_STREAM).data).read_all().schema == NUMBERS
    assert ask(client, "nothing", "text/csv").text.strip() == '"n","label"'
    assert ask(client, "nothing", "application/json").json["rows"] == []


def test_json_keeps_every_value_exact(client: FlaskClient) -> None:
    answer = ask(client, "exact", "application/json")
    assert answer.content_length == len(answer.data)
    document = json.loads(answer.data, parse_constant=pytest.fail)
    rows = dict(zip([column["name"] for column in document["columns"]], zip(*document["rows"], strict=True), strict=True))
    assert rows == {
        "amount": ("12345678901234567890.12", "0.10", None),
        "big": ("9007199254740993", "-9007199254740993", 7),
        "ratio": (0.1, "NaN", "Infinity"),
        "day": ("2026-02-28", None, "0001-01-01"),
        "at": ("2026-02-28T01:02:03", "2026-02-28T01:02:03.000450", None),
        "zoned": ("2026-02-28T01:02:03Z", None, None),
        "clock": ("23:59:59", "00:00:00.500000", None),
        "bytes": ("AP8=", "", None),
        "span": ("P14M3DT1.5S", None, None),
        "parts": ([1, None, "1152921504606846976"], [], None),
        "text": ('张三,"quoted"\nline', "", None),
        "flag": (True, False, None),
    }


def test_json_says_what_the_answer_rests_on(client: FlaskClient) -> None:
    document = ask(client, "numbers", "application/json").json
    assert list(document)[:3] == ["query_id", "columns", "rows"]
    assert document["columns"][0] == {"name": "n", "type": "int64", "form": "clear", "origins": ["health.visit.n"]}
    assert document["row_count"] == len(document["rows"]) == 2500
    assert (document["truncated_by"], document["grant"], document["catalog_version"]) == (None, "flu", "0123abcd")
    assert document["marks"][0]["operator"] == "NOT IN"
    sent = {"source": "health.main", "rows": 2500, "bytes": 0, "ms": 12, "snapshot": "one"}
    assert document["sources"][0] | {"bytes": 0} == sent


def test_csv_is_exact_and_tells_null_from_empty(client: FlaskClient) -> None:
    answer = ask(client, "exact", "text/csv")
    assert answer.content_length == len(answer.data)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="fedquery-q0001.csv"'
    head, *rows = csv.reader(io.StringIO(answer.data.decode(), newline=""))
    assert head == EXACT.column_names
    assert rows[0][:2] == ["12345678901234567890.12", "9007199254740993"]
    assert rows[0][head.index("text")] == '张三,"quoted"\nline'
    assert rows[0][head.index("parts")] == '[1, null, "1152921504606846976"]'
    lines = answer.data.decode().splitlines()
    assert lines[-2].endswith(',"[]","",false')  # the empty text
    assert lines[-1].endswith(",,,,,")  # the NULLs


def test_a_cap_shows_that_there_is_more(client: FlaskClient, gateway: SmallGateway) -> None:
    answer = ask(client, "endless", "application/json", max_rows=30_000)
    assert (answer.json["row_count"], answer.json["truncated_by"]) == (30_000, "max_rows")
    assert answer.headers["Fedquery-Truncated-By"] == "max_rows"
    assert gateway.results[0].cancelled.wait(2)  # the rest is not read
    arrow = ask(client, "numbers", ARROW_STREAM, max_rows=1500)
    assert pa.ipc.open_stream(arrow.data).read_all().num_rows == 1500
    assert (arrow.headers["Fedquery-Row-Count"], arrow.headers["Fedquery-Truncated-By"]) == ("1500", "max_rows")
    assert arrow.content_length == len(arrow.data)


def test_a_cap_that_just_fits_is_no_cut(client: FlaskClient) -> None:
    answer = ask(client, "numbers", "application/json", max_rows=2500)
    assert (answer.json["row_count"], answer.json["truncated_by"]) == (2500, None)
    assert "Fedquery-Truncated-By" not in answer.headers


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/sql", "application/sql; charset=utf-8", "application/x-www-form-urlencoded"]
)
def test_sql_may_be_the_body(client: FlaskClient, gateway: SmallGateway, media_type: str) -> None:
    path, sql = "/v1/query?grant=flu&max_rows=3", "SELECT * FROM numbers"
    answer = client.post(path, data=sql, content_type=media_type, headers=BEARER)
    assert pa.ipc.open_stream(answer.data).read_all().num_rows == 3
    assert gateway.asked == [("SELECT * FROM numbers", {}, "flu")]


def test_parameters_keep_their_types(client: FlaskClient, gateway: SmallGateway) -> None:
    parameters = {"i": 2**60, "f": 0.5, "t": "2026-01-01", "b": True, "n": None, "l": ["a", "b"]}
    ask(client, "nothing", "*/*", parameters=parameters)
    received = gateway.asked[0][1]
    assert received == parameters
    assert all(type(received[name]) is type(value) for name, value in parameters.items())


def test_explain_analyze_reads_the_answer_to_its_end(client: FlaskClient, gateway: SmallGateway) -> None:
    body = {"sql": "SELECT * FROM numbers", "analyze": True}
    assert client.post("/v1/explain", json=body, headers=BEARER).json == {"rows": 2500}
    assert [result.closed.is_set() for result in gateway.results] == [True]


def test_explain_as_document_and_as_text(client: FlaskClient) -> None:
    body = {"sql": "SELECT * FROM numbers"}
    document = client.post("/v1/explain", json=body, headers=BEARER).json
    assert document == {"fragments": [{"source": "health.main", "columns": 2}]}
    text = client.post("/v1/explain", json=body, headers={**BEARER, "Accept": "text/plain"})
    assert (text.mimetype, text.text) == ("text/plain", "health.main: 2 columns")
