"""The API's OpenAPI 3.1 document, as clients see it: one problem shape, and SQL as text beside JSON."""

from __future__ import annotations

from typing import Any

from flask_openapi3.openapi import OpenAPI

from fedquery.http.body import SQL_TYPES
from fedquery.http.errors import PROBLEM
from fedquery.http.models import Answer

_REF = "#/components/schemas/{model}"


def document(app: OpenAPI) -> dict[str, Any]:
    """What flask-openapi3 gathered, with what it cannot say added."""
    found: dict[str, Any] = app.api_doc
    schemas = found["components"]["schemas"]
    answer = Answer.model_json_schema(ref_template=_REF, mode="serialization")
    schemas.update(answer.pop("$defs"))
    schemas["Answer"] = answer
    for schema in schemas.values():
        schema.pop("$defs", None)
    problem = {"description": "Any failure", "content": {PROBLEM: {"schema": {"$ref": _REF.format(model="Problem")}}}}
    for path, item in found["paths"].items():
        for operation in item.values():
            operation["responses"].pop("400", None)
            operation["responses"]["default"] = problem
            operation.setdefault("security", [{"key": []}, {"session": []}])
            if path in ("/v1/query", "/v1/explain"):
                text = {"schema": {"type": "string"}}
                operation["requestBody"]["content"].update(dict.fromkeys(SQL_TYPES[:2], text))
    return found
