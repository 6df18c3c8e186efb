"""The JSON Schemas for editors: current, complete, and of one mind with the loader about what a file can say."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fedquery.catalog.schema import FILES, schema
from fedquery.testing.plugin import Snapshot

CATALOG = Path(__file__).parents[3] / "catalog"


def kind_of(file: str) -> str:
    return "accounts" if file == "accounts.toml" else file.split("/")[0].removesuffix("s")


def problems(file: str, text: str) -> list[str]:
    """What an editor would underline: TOML's dates are texts there."""
    document = json.loads(json.dumps(tomllib.loads(text), default=date.isoformat))
    return [error.json_path for error in Draft202012Validator(json.loads(schema(kind_of(file)))).iter_errors(document)]


@pytest.mark.parametrize("kind", FILES)
def test_the_schemas_are_those_checked_in(kind: str, snapshot: Snapshot) -> None:
    Draft202012Validator.check_schema(json.loads(schema(kind)))
    snapshot(CATALOG / "schema" / f"{kind}.schema.json", schema(kind))


@pytest.mark.parametrize("kind", FILES)
def test_every_key_says_what_it_is(kind: str) -> None:
    def keys(node: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(node, dict):
            yield from node.get("properties", {}).items()
            for inner in node.values():
                yield from keys(inner)

    found = list(keys(json.loads(schema(kind))))
    assert len(found) > 5
    assert [name for name, key in found if not key.get("description")] == []


def test_the_demo_and_a_small_directory_are_valid(files: dict[str, str]) -> None:
    demo = CATALOG / "demo"
    texts = {path.relative_to(demo).as_posix(): path.read_text("utf-8") for path in demo.rglob("*.toml")}
    assert len(texts) > 20
    assert {name: found for name, text in (texts | files).items() if (found := problems(name, text))} == {}


PSB, GRANT, ACCOUNTS = "departments/psb.toml", "grants/pension-check.toml", "accounts.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "where"),
    [
        (PSB, "nullable = false", "nullabel = false", "$.resources.resident.columns.person_id"),
        (PSB, "nullable = false", 'nullable = "no"', "$.resources.resident.columns.person_id.nullable"),
        (PSB, "columns.district]", "columns.Bezirk]", "$.resources.resident.columns"),
        (PSB, 'update_cycle = "daily"\n', "", "$.resources.resident"),
        (PSB, 'update_cycle = "daily"', 'update_cycle = "hourly"', "$.resources.resident.update_cycle"),
        (PSB, "grade = 4\nrow", "grade = 5\nrow", "$.resources.resident.grade"),
        (PSB, 'kind = "law"', 'kind = "circular"', "$.resources.resident.columns.ethnicity.sharing.legal_basis.kind"),
        (PSB, 'en = "Date of birth"', 'en = ""', "$.resources.resident.columns.birth_date.description.en"),
        (GRANT, 'district = "clear"', 'district = { from = "clear" }', '$.resources["psb.resident"].columns.district'),
        (GRANT, "on = 2025-12-20", "at = 2025-12-20", '$.resources["psb.resident"].approval'),
        (ACCOUNTS, 'roles = ["analyst"]', 'roles = ["king"]', "$.accounts.zhang.roles[0]"),
        (ACCOUNTS, 'name = "Operator"', 'id = "root"', "$.accounts.root"),
    ],
)
def test_what_the_loader_refuses_an_editor_underlines(files: dict[str, str], file: str, old: str, new: str, where: str) -> None:
    assert old in files[file]
    found = problems(file, files[file].replace(old, new, 1))
    assert {path.replace("['", '["').replace("']", '"]') for path in found} == {where}
