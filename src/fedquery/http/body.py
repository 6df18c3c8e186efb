"""Reads request bodies: JSON strictly, and SQL as plain text, so that ``curl -d @query.sql`` works."""

from __future__ import annotations

import json
from typing import Any

from flask import Request
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.exceptions import UnsupportedMediaType

from fedquery.errors import BadRequest

#: ``curl -d`` calls any text a form; a form would never be one SQL statement, so it is read as SQL too.
SQL_TYPES = ("application/sql", "text/plain", "application/x-www-form-urlencoded")

Value = bool | int | float | str | None


class QueryRequest(BaseModel):
    """One statement over the directory's names, under one grant."""

    model_config = ConfigDict(extra="forbid")

    sql: str = Field(min_length=1, description="One SELECT in DuckDB's dialect; $name stands for a parameter")
    parameters: dict[str, Value | list[Value]] = Field({}, description="A value, or a list of values, for each $name")
    grant: str | None = Field(None, description="The grant to query under; optional when only one of yours covers the query")
    push: bool = Field(True, description="false asks each source for the columns of its slice only; the answer is the same")
    max_rows: int | None = Field(
        None, ge=1, le=1_000_000, description="Answer with the first rows only, and say whether there are more"
    )


class ExplainRequest(BaseModel):
    """What a query would ask of whom; nothing is read, unless ``analyze`` runs it."""

    model_config = ConfigDict(extra="forbid")

    sql: str = Field(min_length=1)
    parameters: dict[str, Value | list[Value]] = {}
    grant: str | None = None
    push: bool = True
    analyze: bool = Field(False, description="Run the query, with all evidence, and tell what it cost")


class SignIn(BaseModel):
    """A key, exchanged for a session cookie."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=512)


class ApiRequest(Request):
    """A request whose text body is the ``sql`` of the JSON body, with the query string for its other members."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body as a value. Raises BadRequest that says where JSON is malformed, whatever ``silent`` says."""
        if self.mimetype == "application/json":
            try:
                return json.loads(self.get_data(), parse_constant=_refuse)
            except (ValueError, RecursionError) as fault:
                where = f" (line {fault.lineno}, column {fault.colno})" if isinstance(fault, json.JSONDecodeError) else ""
                raise BadRequest(f"The body is not JSON{where}.", hint='Send {"sql": "SELECT ..."} in UTF-8.') from None
        if self.mimetype in SQL_TYPES:
            try:
                return {"sql": self.get_data(parse_form_data=False).decode("utf-8"), **self.args.to_dict()}
            except UnicodeDecodeError:
                raise BadRequest("The SQL text is not UTF-8.") from None
        raise UnsupportedMediaType(f"Send application/json, or SQL as {', '.join(SQL_TYPES[:2])}.")


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
