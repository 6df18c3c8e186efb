"""Reference slices: what an account may have of a resource under a grant, worked out in plain Python, without the gateway.

The policy's facts are read straight from the TOML files, row filters are evaluated row by row, and masks have their
reference meaning. A ``verify`` column keeps its values here, so that a rule asked over the slice has its true answer.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from fedquery.arrow import LogicalType
from fedquery.mask_meaning import apply, token
from fedquery.masks import Form

CATALOG = Path(__file__).parents[2] / "catalog" / "demo"
QUESTIONS = Path(__file__).with_name("questions.sql")


@dataclass(frozen=True)
class Question:
    """One of the sixteen: its name, the grant it is asked under, and its text."""

    name: str
    grant: str
    sql: str


def questions() -> tuple[Question, ...]:
    """The questions of questions.sql, in order."""
    parts = re.findall(r"(?ms)^-- (Q\d\d) ([a-z0-9-]+): .*?\n(.*?);$", QUESTIONS.read_text(encoding="utf-8"))
    return tuple(Question(name, grant, sql) for name, grant, sql in parts)


@dataclass(frozen=True)
class Reference:
    """The truth of one city with the lists of its grants. ``keys`` gives the token key of a grant and kind; any key will do."""

    tables: Mapping[str, pa.Table]
    lists: Mapping[str, Mapping[str, tuple[str, ...]]]
    keys: Callable[[str, str], bytes] = lambda grant, kind: f"{grant} {kind}".encode()

    def slice(self, account: str, grant: str, resource: str) -> pa.Table:
        """Everything that the account has of the resource under the grant, in the table's own row order."""
        department, name = resource.split(".")
        entry = _toml(f"departments/{department}.toml")["resources"][name]
        given = _toml(f"grants/{grant}.toml")
        bound = {name: frozenset(values) for name, values in self.lists.get(grant, {}).items()}
        bound |= _toml("accounts.toml")["accounts"][account].get("attributes", {}) | {"purpose": given["purpose"]}
        kept = [
            row
            for row in self.tables[resource].to_pylist()
            if all(
                passes(part["row_filter"], row, bound) for part in (entry, given["resources"][resource]) if "row_filter" in part
            )
        ]
        columns = given["resources"][resource]["columns"]
        return pa.table({column: self._formed(grant, entry, column, columns[column], kept) for column in columns})

    def _formed(self, grant: str, entry: Any, column: str, given: Any, rows: list[dict[str, Any]]) -> pa.Array:
        type = LogicalType.parse(entry["columns"][column]["type"])
        form = Form.parse(given if isinstance(given, str) else given["form"])
        values = [row[column] for row in rows]
        match form.kind:
            case "token" | "join":
                key = self.keys(grant, entry["columns"][column]["identifier"])
                return pa.array([token(key, value) for value in values], pa.string())
            case "mask":
                assert form.mask
                return pa.array([apply(form.mask, value, type) for value in values], type.arrow)
        return pa.array(values, type.arrow)

    def token(self, grant: str, kind: str, value: str | None) -> str | None:
        """The token that an identifier has under the grant."""
        return token(self.keys(grant, kind), value)

    @staticmethod
    def resources(grant: str, sql: str) -> tuple[str, ...]:
        """The resources of the grant that the statement names."""
        return tuple(name for name in _toml(f"grants/{grant}.toml")["resources"] if re.search(rf"\b{name}\b", sql))

    def answer(self, account: str, grant: str, sql: str, without: str | None = None) -> pa.Table:
        """The statement over a DuckDB that holds the caller's slices and nothing else; ``without`` empties one of them."""
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            connection.execute("SET TimeZone = 'Asia/Shanghai'")
            for resource in self.resources(grant, sql):
                rows = self.slice(account, grant, resource)
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {resource.split('.')[0]}")
                connection.register("rows", rows.slice(0, 0) if resource == without else rows)
                connection.execute(f"CREATE TABLE {resource} AS FROM rows")
                connection.unregister("rows")
            return connection.sql(sql).to_arrow_table()


def keys_of(master: str, epoch: int = 1) -> Callable[[str, str], bytes]:
    """The token keys that an installation derives from its master key, by their definition."""

    def key(grant: str, kind: str) -> bytes:
        context = f"fedquery token\n{grant}\n{epoch}\n{kind}"
        return hmac.new(master.encode(), context.encode(), hashlib.sha256).digest()

    return key


def passes(condition: str, row: Mapping[str, Any], bound: Mapping[str, Any]) -> bool:
    """A row filter of the demo's directory over one row: terms joined by AND, each of one of four shapes."""
    return all(_term(term, row, bound) for term in condition.split(" AND "))


def _term(term: str, row: Mapping[str, Any], bound: Mapping[str, Any]) -> bool:
    if found := re.fullmatch(r"starts_with\((\w+), :(\w+)\)", term):
        return row[found[1]] is not None and row[found[1]].startswith(bound[found[2]])
    if found := re.fullmatch(r"(\w+) IN \(:(\w+)\)", term):
        return row[found[1]] in bound[found[2]]
    if found := re.fullmatch(r":purpose IN \((.*)\)", term):
        return bound["purpose"] in re.findall(r"'(\w+)'", found[1])
    if found := re.fullmatch(r":purpose = '(\w+)'", term):
        return bound["purpose"] == found[1]
    raise AssertionError(f"the reference does not know how to read {term!r}")


@lru_cache
def _toml(name: str) -> Any:
    return tomllib.loads((CATALOG / name).read_text(encoding="utf-8"))
