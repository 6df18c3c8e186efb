"""The shapes of answers, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class AnswerColumn(BaseModel):
    """A column of the answer: its type, and the form in which the grant gives it."""

    name: str
    type: str
    form: str
    origins: list[str]


class AnswerMark(BaseModel):
    """Where the answer is "of the rows you may see"."""

    resource: str
    operator: str
    reason: str
    condition: str = Field(description="The policy's condition that cuts the resource, as the directory writes it")


class AnswerSource(BaseModel):
    """What one department sent for it."""

    source: str
    rows: int
    bytes: int
    ms: int
    snapshot: str = Field(description="one: all its rows are of one moment; none: nothing keeps them together")


class Answer(BaseModel):
    """An answer as JSON. Decimals, integers beyond 2^53 - 1, times, dates and bytes (base64) are strings."""

    query_id: str
    columns: list[AnswerColumn]
    rows: list[list[Any]]
    row_count: int
    marks: list[AnswerMark]
    sources: list[AnswerSource]
    truncated_by: str | None = Field(description="max_rows when there are more rows than these")
    grant: str
    catalog_version: str


class AccountShape(BaseModel):
    """The caller."""

    id: str
    name: dict[str, str]
    kind: str
    department: str
    department_name: dict[str, str]
    roles: list[str]


class GrantShape(BaseModel):
    """A grant of the caller, with why and until when it may be used."""

    id: str
    title: dict[str, str]
    purpose: str
    legal_basis: dict[str, str]
    scenario: dict[str, str]
    scope: dict[str, str]
    valid_from: str
    valid_to: str
    lookup: bool
    resources: list[str]


class Me(BaseModel):
    """The caller and his grants; ``csrf`` for the console's writes, when signed in by cookie."""

    account: AccountShape
    grants: list[GrantShape]
    csrf: str | None


class Health(BaseModel):
    """The process answers."""

    status: str
