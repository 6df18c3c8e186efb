"""The models -> JSON Schema of each kind of directory file, for editors; ``catalog/schema`` holds what this makes.

A schema knows what one file can say by itself. What needs more (a form's parameters, a filter's columns, references
between files) is found by ``fedquery catalog validate``.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, Field, create_model
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from fedquery.catalog.model import Account, Department, Grant, Model

#: An account in accounts.toml: its id is the name of its table.
_Account = create_model(  # type: ignore[call-overload]
    "Account",
    __base__=Model,
    __doc__=Account.__doc__,
    **{name: (field.annotation, field) for name, field in Account.model_fields.items() if name != "id"},
)


class Accounts(Model):
    """The people and applications that may sign in."""

    accounts: dict[str, _Account] = Field({}, description="By account id")


#: Kind of file -> what it holds.
FILES: dict[str, type[BaseModel]] = {"department": Department, "grant": Grant, "accounts": Accounts}


def schema(kind: str) -> str:
    """The JSON Schema of one of :data:`FILES`, as text."""
    document = FILES[kind].model_json_schema(schema_generator=_ForToml)
    return json.dumps({"$schema": _ForToml.schema_dialect, **document}, ensure_ascii=False, indent=1) + "\n"


class _ForToml(GenerateJsonSchema):
    """As pydantic has it, without what TOML cannot say (null) and without titles that only repeat names."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        found: dict[str, Any] = super().dict_schema(schema)
        return {**found, "additionalProperties": False} if "patternProperties" in found else found

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False
