"""Turns every failure into the one problem+json shape (RFC 9457); what only an operator may read goes to the log."""

from __future__ import annotations

import dataclasses
import json
import logging
import uuid
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException

from fedquery import sentences as say
from fedquery.errors import BadRequest, FedqueryError, InvariantBroken, TooManyBytes
from fedquery.said import in_chinese

PROBLEM = "application/problem+json"
#: Seconds after which a failure that may pass is worth another try.
RETRY_AFTER = 5

#: What the web server itself refuses: status -> code.
HTTP_CODES = {
    400: "http.malformed",
    403: "http.forbidden",
    404: "http.not_found",
    405: "http.method",
    406: "http.not_acceptable",
    413: "http.too_large",
    415: "http.media_type",
    431: "http.too_large",
}

log = logging.getLogger("fedquery.http")


class SpanShape(BaseModel):
    """Character offsets in the caller's SQL, and line and column (from 1) of the start."""

    start: int
    end: int
    line: int
    column: int


class ChineseShape(BaseModel):
    """The texts of a problem in Chinese; one that there is in English only is in English here too."""

    detail: str
    hint: str | None
    reasons: list[str]


class Problem(BaseModel):
    """Every failure of this API. Clients switch on ``code``; all members are always there."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable across releases; docs/errors.md lists them")
    fault: str = Field(description="caller, policy, source, limit, operator or bug")
    hint: str | None
    span: SpanShape | None
    source: str | None = Field(description="The department's system that failed")
    policy: str | None
    reasons: list[str]
    suggestions: list[str]
    zh: ChineseShape
    retryable: bool
    query_id: str = Field(description="The id under which the log holds the rest")


def title(kind: type[FedqueryError]) -> str:
    """The class's own first line, as prose."""
    return (kind.__doc__ or kind.__name__).strip().splitlines()[0].replace("``", "")


def problem(failure: FedqueryError) -> Problem:
    """What the caller may read of a failure."""
    return Problem(
        type=f"urn:fedquery:error:{failure.code}",
        title=title(type(failure)),
        status=failure.status,
        detail=failure.message,
        code=failure.code,
        fault=failure.fault,
        hint=failure.hint,
        span=SpanShape(**dataclasses.asdict(failure.span)) if failure.span else None,
        source=failure.source,
        policy=failure.policy,
        reasons=list(failure.reasons),
        suggestions=list(failure.suggestions),
        zh=ChineseShape(
            detail=in_chinese(failure.message),
            hint=in_chinese(failure.hint) if failure.hint is not None else None,
            reasons=[in_chinese(reason) for reason in failure.reasons],
        ),
        retryable=failure.retryable,
        query_id=failure.query_id or uuid.uuid4().hex,
    )


def noted(failure: BaseException) -> Problem:
    """The problem of any exception, with its private side written to the log under the query's id."""
    if isinstance(failure, FedqueryError):
        shape = problem(failure)
        if failure.fault == "bug":
            log.error("query %s: %s", shape.query_id, failure.private, exc_info=failure)
        elif failure.private:
            log.warning("query %s: %s: %s", shape.query_id, failure.code, failure.private)
        return shape
    shape = problem(InvariantBroken(""))
    log.error("query %s: unexpected %s", shape.query_id, type(failure).__name__, exc_info=failure)
    return shape


def of_request(invalid: ValidationError) -> Response:
    """A body or query string that is not what its model says."""
    faults = tuple(
        ".".join(map(str, f["loc"])) + ": " + f["msg"] for f in invalid.errors(include_url=False, include_input=False)
    )
    raise BadRequest(say.NOT_A_REQUEST(), hint=say.SEE_REASONS(), reasons=faults) from None


def reference() -> str:
    """The text of docs/errors.md."""
    rows = []
    for kind in _kinds(FedqueryError):
        again = "yes" if kind.retryable else "no"
        rows.append(f"| `{kind.code}` | {kind.status} | {kind.fault} | {again} | {title(kind)} |")
    for status, code in HTTP_CODES.items():
        if code not in ("".join(rows[-1:])):
            rows.append(f"| `{code}` | {status} | caller | no | {HTTPStatus(status).phrase}. |")
    return _REFERENCE.format(table="\n".join(rows))


def _kinds(kind: type[FedqueryError]) -> Iterator[type[FedqueryError]]:
    below = [one for one in kind.__subclasses__() if one.__module__ == FedqueryError.__module__]
    if not below:
        yield kind
    for one in below:
        yield from _kinds(one)


_REFERENCE = """# Errors

Generated from `src/fedquery/errors.py`; a test compares.

Every failure, over HTTP, from the command line and in Python, has a **code** that stays the same across releases, and says
who is at **fault**: `caller`, `policy`, `source`, `limit`, `operator` or `bug`. Over HTTP it is one JSON document of the type
`application/problem+json` (RFC 9457), all of whose members are always there:

| Member | Meaning |
|---|---|
| `type`, `title`, `status` | RFC 9457; `type` is `urn:fedquery:error:CODE` |
| `detail` | What is wrong, for people. Never a secret, a row's value or a source's own error text |
| `hint` | What to do next, or null |
| `code`, `fault` | See the table |
| `span` | Where in the SQL: `start` and `end` as offsets in characters (code points), `line` and `column` from 1; or null |
| `source`, `policy` | The department's system that failed, the policy that refused; or null |
| `reasons`, `suggestions` | Lists of texts |
| `zh` | `detail`, `hint` and `reasons` in Chinese; where there is no Chinese yet, in English |
| `retryable` | Whether the same request may succeed later; 429 and 503 then carry `Retry-After` |
| `query_id` | Names the query in the log and in the audit |

A stream of Arrow that fails after it began cannot be an HTTP error any more. It ends with `FFFFFFFF`, the length 4096 and a
shorter JSON text with `code`, `source`, `query_id`, `detail` and its Chinese, and its chunked body is broken off: no reader
takes it for a complete answer.

| Code | HTTP | Fault | Retryable | Meaning |
|---|---|---|---|---|
{table}
"""


def install(app: Flask) -> None:
    """Make every failure of ``app`` answer in the one shape."""
    app.register_error_handler(Exception, _answer)


def _answer(failure: Exception) -> Response:
    if isinstance(failure, HTTPException) and not isinstance(failure, FedqueryError):
        return _of_http(failure)
    return respond(noted(failure))


def _of_http(failure: HTTPException) -> Response:
    if failure.code is None or failure.code < 400:  # a redirect is no failure
        answer = Response(status=failure.code)
        answer.headers.extend(failure.get_headers())
        return answer
    if failure.code == 413:
        return respond(problem(TooManyBytes(say.REQUEST_TOO_LARGE(), hint=say.BIND_LISTS())))
    code = HTTP_CODES.get(failure.code, "http.refused")
    answer = respond(
        Problem(
            type=f"urn:fedquery:error:{code}",
            title=failure.name,
            status=failure.code,
            detail=(detail := failure.description or failure.name),
            code=code,
            fault="caller",
            hint=None,
            span=None,
            source=None,
            policy=None,
            reasons=[],
            suggestions=[],
            zh=ChineseShape(detail=detail, hint=None, reasons=[]),
            retryable=False,
            query_id=uuid.uuid4().hex,
        )
    )
    for name, value in failure.get_headers():
        if name == "Allow":
            answer.headers[name] = value
    return answer


def respond(shape: Problem) -> Response:
    """The HTTP answer of a problem."""
    answer = Response(json.dumps(shape.model_dump(), ensure_ascii=False), status=shape.status, content_type=PROBLEM)
    if shape.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="fedquery"'
    if shape.retryable and shape.status in (429, 503):
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    answer.headers["Fedquery-Query-Id"] = shape.query_id
    return answer


def poison(failure: BaseException) -> bytes:
    """What ends an Arrow stream that failed: a frame that every reader rejects, with the problem readable behind it.

    A stream without an end marker is read as a short, clean answer by pyarrow and arrow-js alike; a message whose length is
    4096 and whose bytes are fewer is not.
    """
    shape = noted(failure)
    brief: dict[str, Any] = {
        "code": shape.code,
        "detail": shape.detail[:300],
        "zh": {"detail": shape.zh.detail[:300]},
        "source": shape.source,
        "query_id": shape.query_id,
    }
    return b"\xff\xff\xff\xff" + (4096).to_bytes(4, "little") + json.dumps(brief, ensure_ascii=False).encode()[:4000]
