"""The query endpoints: one statement in, Arrow, JSON or CSV out; and what it would ask of whom."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa
from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from fedquery import sentences as say
from fedquery.arrow import ARROW_STREAM
from fedquery.errors import TooBusy, TooManyBytes
from fedquery.http import auth, formats
from fedquery.http.body import ExplainRequest, QueryRequest
from fedquery.http.departure import presence
from fedquery.http.errors import noted, poison
from fedquery.http.flow import Flow
from fedquery.http.services import services
from fedquery.identity import Principal
from fedquery.run.result import Result

api = APIBlueprint("query", __name__, url_prefix="/v1", abp_tags=[Tag(name="query")])
api.before_request(auth.enter)

#: Bytes of a finished answer that leave before it is asked again whether it may.
PIECE = 1 << 20

_STREAM = {"schema": {"type": "string", "format": "binary"}}
_ANSWERS: Any = {
    200: {
        "description": "The rows. Arrow is streamed; JSON, CSV and answers with max_rows are sent with their length.",
        "content": {
            ARROW_STREAM: _STREAM,
            formats.JSON: {"schema": {"$ref": "#/components/schemas/Answer"}},
            formats.CSV: {"schema": {"type": "string"}},
        },
    }
}


@api.post("/query", summary="Run one statement", responses=_ANSWERS)
def query(body: QueryRequest) -> Response:
    """The Accept header picks Arrow (default), JSON or CSV. Leaving ends the query at every department."""
    who = auth.principal()
    wanted = formats.wanted(request.headers.get("Accept", ""))
    require_small(body.sql)
    flow = _flow(who, body)
    try:
        result, batches = flow.start()
        if wanted.media_type == ARROW_STREAM and body.max_rows is None:
            answer = Response(_arrow(result, batches, wanted.codec), content_type=_media_type(wanted))
            answer.headers["X-Accel-Buffering"] = "no"
            answer.call_on_close(flow.close)
        else:
            answer = spooled(result, batches, wanted, body.max_rows)
            flow.close()
    except BaseException:
        flow.close()
        raise
    answer.headers["Fedquery-Query-Id"] = result.query_id
    answer.headers["Fedquery-Marks"] = str(len(result.marks))
    return answer


@api.post(
    "/explain",
    summary="What a statement would ask of whom",
    responses={
        200: {
            "description": "The plan, as this caller may see it.",
            "content": {formats.JSON: {"schema": {"type": "object"}}, formats.TEXT: {"schema": {"type": "string"}}},
        }
    },
)
def explain(body: ExplainRequest) -> Response:
    """Nothing is read, unless "analyze" runs it. The Accept header picks the document (JSON, default) or the text."""
    who = auth.principal()
    wanted = formats.wanted(request.headers.get("Accept", ""), (formats.JSON, formats.TEXT))
    require_small(body.sql)
    plan = _analysed(who, body) if body.analyze else services().gateway.explain(who, **_asked(body))
    if wanted.media_type == formats.TEXT:
        return Response(plan.text, content_type="text/plain; charset=utf-8")
    return Response(formats.json_bytes(plan.document), content_type=formats.JSON)


def _asked(body: QueryRequest | ExplainRequest) -> dict[str, Any]:
    return {"sql": body.sql, "parameters": body.parameters, "grant": body.grant, "push": body.push}


def _flow(who: Principal, body: QueryRequest | ExplainRequest) -> Flow:
    """The query, begun in a place of its own and ended when the caller leaves."""
    stands = services()
    if not stands.places.acquire(blocking=False):
        raise TooBusy(say.NO_PLACE(), hint=say.IN_SECONDS())
    return Flow(lambda: stands.gateway.query(who, **_asked(body)), presence(request.environ), stands.places.release)


def _analysed(who: Principal, body: ExplainRequest) -> Any:
    """Read to the end, for what it cost; the rows are dropped."""
    flow = _flow(who, body)
    try:
        result, batches = flow.start()
        for _ in batches:
            continue
    finally:
        flow.close()
    return services().gateway.analysis(who, result)


def require_small(sql: str) -> None:
    """Refuse a statement beyond the bound, before anything parses it."""
    if len(sql.encode()) > services().bounds.sql_bytes:
        raise TooManyBytes(say.SQL_TOO_LONG(size=services().bounds.sql_bytes), hint=say.BIND_LISTS())


def _arrow(result: Result, batches: Iterator[pa.RecordBatch], codec: str | None) -> Iterator[bytes]:
    """The stream; one that fails ends with the poison frame and an aborted body, never with an end marker."""
    try:
        yield from formats.arrow_chunks(result.schema, batches, codec)
    except GeneratorExit:
        raise
    except BaseException as failure:
        yield poison(failure)
        raise _broken_off() from None


def _broken_off() -> OSError:
    """The server takes this for a connection that broke, and closes it without the end that the body should have."""
    return BrokenPipeError(errno.EPIPE, "the answer was broken off")


def spooled(result: Result, batches: Iterator[pa.RecordBatch], wanted: formats.Wanted, max_rows: int | None) -> Response:
    """An answer that is complete before its first byte is sent, and sent with its length."""
    cap = formats.Cap(max_rows)
    file = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115 - closed with the response
    try:
        spool = formats.Spool(file, services().bounds.spool_bytes)
        rows = cap.rows(batches)
        if wanted.media_type == formats.CSV:
            formats.write_csv(result.schema, rows, spool)
        elif wanted.media_type == formats.JSON:
            formats.write_json(formats.head(result), rows, lambda count: formats.tail(result, count, cap.reached), spool)
        else:
            for chunk in formats.arrow_chunks(result.schema, rows, wanted.codec):
                spool.write(chunk)
        result.require_permission()
        spool.rewind()
    except BaseException:
        file.close()
        raise
    answer = Response(_pieces(result, file), content_type=_media_type(wanted))
    answer.call_on_close(file.close)
    answer.content_length = spool.size
    answer.headers["Fedquery-Row-Count"] = str(cap.count)
    if cap.reached:
        answer.headers["Fedquery-Truncated-By"] = "max_rows"
    if wanted.media_type == formats.CSV:
        answer.headers["Content-Disposition"] = f'attachment; filename="fedquery-{result.query_id}.csv"'
    return answer


def _pieces(result: Result, file: IO[bytes]) -> Iterator[bytes]:
    """A finished answer; one that may not be had any more stays short of its length."""
    while piece := file.read(PIECE):
        try:
            result.require_permission()
        except BaseException as failure:
            noted(failure)
            raise _broken_off() from None
        yield piece


def _media_type(wanted: formats.Wanted) -> str:
    if wanted.media_type == formats.CSV:
        return "text/csv; charset=utf-8; header=present"
    return f"{wanted.media_type}; codecs={wanted.codec}" if wanted.codec else wanted.media_type
