"""Two villages that differ only in what the policy hides, each kept on every kind of source.

``person`` is cut by a row filter; its columns have every form. In the second village hidden rows come and go, and raw
values change wherever the form does not show it: other letters behind the stars, another day of the month, the same
identifier written otherwise, an income on the same side of its line. Hidden values are chosen to break things.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from fedquery.arrow import LogicalType
from fedquery.catalog.model import Catalog
from fedquery.mask_meaning import apply, token
from fedquery.masks import Form

REGION = "9901"
ACCOUNT = "analyst"
GRANT = "village"
#: Gives one column of ``person``, and not the one that its row filter reads.
NARROW = "narrow"
LINE = 1000

_TYPES = {
    "person_id": "varchar",
    "name": "varchar",
    "born": "date",
    "district": "varchar",
    "note": "varchar",
    "amount": "decimal(12,2)",
    "n": "integer",
    "income": "decimal(12,2)",
    "band": "integer",
    "sex": "varchar",
    "secret": "varchar",
}
_EVENT_TYPES = {"person_id": "varchar", "day": "date", "kind": "varchar", "qty": "integer", "price": "decimal(10,2)"}
TYPES = {"person": _TYPES, "event": _EVENT_TYPES}
_FORMS: dict[str, Any] = {
    "person_id": "token",
    "name": {"form": "keep(1,0)", "use": ["filter", "join", "group", "order", "aggregate"]},
    "born": {"form": "truncate(month)", "use": ["filter", "join", "group", "order", "aggregate"]},
    "district": "clear",
    "note": "clear",
    "amount": "clear",
    "n": "clear",
    "income": {"form": "verify", "rules": [f"income > {LINE}"]},
    "band": {"form": "band(10)", "use": ["filter", "join", "group", "order", "aggregate"]},
    "sex": "clear",
    "secret": {"form": "const('x', hide_null)", "use": ["filter", "join", "group", "order", "aggregate"]},
}
_EVENT_FORMS: dict[str, Any] = {"person_id": "token", "day": "clear", "kind": "clear", "qty": "clear", "price": "clear"}
_DECLARED = {
    "postgres": {"varchar": "text", "date": "date", "integer": "integer"},
    "mysql": {"varchar": "varchar(60)", "date": "date", "integer": "int"},
    "sqlite": {"varchar": "TEXT", "date": "DATE", "integer": "INTEGER"},
    "files": {"varchar": "string", "date": "date32", "integer": "int32"},
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Village:
    """Rows by table, raw, under directory names."""

    person: tuple[Row, ...]
    event: tuple[Row, ...]

    def table(self, name: str) -> pa.Table:
        types = TYPES[name]
        rows = getattr(self, name)
        return pa.table({c: pa.array([r[c] for r in rows], LogicalType.parse(t).arrow) for c, t in types.items()})


def catalog(kinds: Mapping[str, Mapping[str, Any]]) -> Catalog:
    """A department per kind, named after it, each with ``person`` and ``event``; ``kinds`` gives the source's options."""
    return Catalog.model_validate(
        {
            "departments": {department: _department(department, options) for department, options in kinds.items()},
            "grants": {GRANT: _grant(tuple(kinds)), NARROW: _narrow(tuple(kinds))},
            "accounts": {
                ACCOUNT: {
                    "id": ACCOUNT,
                    "name": "Analyst",
                    "department": next(iter(kinds)),
                    "roles": ["analyst"],
                    "attributes": {"region": REGION},
                }
            },
        }
    )


def physical(column: str) -> str:
    """How the source calls it."""
    return f"F_{column.upper()}"


def pair(seed: int) -> tuple[Village, Village]:
    """Two villages with equal slices."""
    chance = random.Random(seed)
    shown = [_person(chance, n, visible=True) for n in range(12)]
    first = Village(tuple(shown + [_hidden(chance, 100 + n) for n in range(6)]), tuple(_event(chance, n) for n in range(14)))
    people = [_disguised(chance, row) for row in shown]
    people += [_hidden(chance, 200 + n) for n in range(chance.randrange(9))]
    chance.shuffle(people)
    events = tuple({**row, "person_id": _rewritten(chance, row["person_id"])} for row in first.event)
    return first, Village(tuple(people), events)


def slices(village: Village, key: bytes) -> dict[str, pa.Table]:
    """What the analyst has of ``person`` and ``event``, computed here and never through fedquery."""
    people = [row for row in village.person if row["district"] is not None and row["district"].startswith(REGION)]
    return {
        "person": _formed(people, _TYPES, _FORMS, key),
        "event": _formed(list(village.event), _EVENT_TYPES, _EVENT_FORMS, key),
    }


def _formed(rows: list[Row], types: Mapping[str, str], forms: Mapping[str, Any], key: bytes) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for name, given in forms.items():
        form = Form.parse(given if isinstance(given, str) else given["form"])
        type = LogicalType.parse(types[name])
        values = [row[name] for row in rows]
        if form.kind == "token":
            columns[name] = pa.array([token(key, v) for v in values], pa.string())
        elif form.kind == "verify":
            columns[f"income_over_{LINE}"] = pa.array([None if v is None else v > LINE for v in values], pa.bool_())
        elif form.mask is not None:
            columns[name] = pa.array([apply(form.mask, v, type) for v in values], type.arrow)
        elif name == "sex":
            codes = {"1": "male", "2": "female"}
            columns[name] = pa.array([codes.get(v) for v in values], pa.string())
        else:
            columns[name] = pa.array(values, type.arrow)
    return pa.table(columns)


def _person(chance: random.Random, number: int, *, visible: bool) -> Row:
    return {
        "person_id": f"{REGION}01199{number:03d}0101{number:03d}X",
        "name": chance.choice(["张三", "李四", "欧阳修", "王", "", None, "Ann", "ann", "𠮷野家"]),
        "born": chance.choice([dt.date(1990, 1, 15), dt.date(2000, 2, 28), dt.date(1984, 12, 3), None]),
        "district": chance.choice(["990101", "990102", "990103"]) if visible else chance.choice(["980101", "99", "", None]),
        "note": chance.choice(["1", "22", "abc", "", None, "3.5", "2020-01-01", "ABC", "abc ", "%_\\'"]),
        "amount": chance.choice([Decimal("0.00"), Decimal("12.50"), Decimal("-3.10"), None, Decimal("9999999999.99")]),
        "n": chance.choice([0, 1, 2, 7, -5, None, 2147483647]),
        "income": chance.choice([Decimal("999.99"), Decimal("1000.00"), Decimal("1000.01"), None]),
        "band": chance.choice([3, 10, 19, -1, None]),
        "sex": chance.choice(["1", "2", "9", None]),
        "secret": chance.choice(["s1", "s2", None]),
    }


def _hidden(chance: random.Random, number: int) -> Row:
    row = _person(chance, number, visible=False)
    row["note"] = chance.choice(["not a number", "1e999", "-", "9" * 50, "\u4e00" * 20, "'; DROP TABLE x; --"])
    row["n"] = chance.choice([0, -2147483648, 2147483647])
    row["amount"] = chance.choice([Decimal("-9999999999.99"), Decimal("9999999999.99")])
    return row


def _disguised(chance: random.Random, row: Row) -> Row:
    """The same to the analyst, another underneath."""
    name = row["name"]
    return {
        **row,
        "person_id": _rewritten(chance, row["person_id"]),
        "name": name if not name or len(name) < 2 else name[0] + "".join(chance.choice("甲乙丙'\\") for _ in name[1:]),
        "born": row["born"] and row["born"].replace(day=chance.randrange(1, 29)),
        "income": row["income"] and Decimal(chance.choice([1001, 5000]) if row["income"] > LINE else chance.choice([-7, 1000])),
        "band": None if row["band"] is None else row["band"] // 10 * 10 + chance.randrange(10),
        "secret": chance.choice(["other", None, "'"]),
    }


def _rewritten(chance: random.Random, identifier: str | None) -> str | None:
    forms: list[Callable[[str], str]] = [str.lower, lambda text: f" {text}", lambda text: f"{text}\t ", str]
    return identifier and chance.choice(forms)(identifier)


def _event(chance: random.Random, number: int) -> Row:
    return {
        "person_id": chance.choice([f"{REGION}01199{n:03d}0101{n:03d}X" for n in range(14)] + [None]),
        "day": chance.choice([dt.date(2026, 1, 1), dt.date(2026, 2, 3), None]),
        "kind": chance.choice(["visit", "Visit", "visit ", "call", None]),
        "qty": chance.choice([0, 1, 5, None]),
        "price": chance.choice([Decimal("0.10"), Decimal("19.99"), None]),
    }


def _department(name: str, source: Mapping[str, Any]) -> dict[str, Any]:
    text = {"zh": name, "en": name}
    common = {
        "title": text,
        "description": text,
        "source": "main",
        "update_cycle": "daily",
        "sharing": {"attribute": "conditional", "scope": "tests of the village", "use": "testing"},
        "level": "general",
        "grade": 4,
    }
    tables = source["tables"]
    return {
        "id": name,
        "name": text,
        "sources": {"main": {"kind": source["kind"], "options": source["options"], "concurrency": 8, "seconds": 20}},
        "resources": {
            "person": {
                **common,
                "table": tables["person"],
                "row_filter": "starts_with(district, :region)",
                "columns": _columns(_TYPES, _FORMS, source["kind"]),
            },
            "event": {**common, "table": tables["event"], "columns": _columns(_EVENT_TYPES, _EVENT_FORMS, source["kind"])},
        },
    }


def declared(type: str, kind: str) -> str:
    """The source's own type for a logical one."""
    return _DECLARED[kind].get(type, type if kind != "files" else type.replace("decimal", "decimal128"))


def _columns(types: Mapping[str, str], forms: Mapping[str, Any], kind: str) -> dict[str, Any]:
    columns = {}
    for name, type in types.items():
        given = forms.get(name, "clear")
        form = given if isinstance(given, str) else given["form"]
        columns[name] = {
            "physical": physical(name),
            "type": type,
            "declared": declared(type, kind),
            "description": {"zh": name, "en": name},
            "forms": [form],
            **({"identifier": "person_id"} if name == "person_id" else {}),
            **({"codes": {"1": "male", "2": "female"}} if name == "sex" else {}),
        }
    return columns


def _grant(departments: tuple[str, ...]) -> dict[str, Any]:
    text = {"zh": "村", "en": "Village"}
    approval = {"by": "office", "on": dt.date(2026, 1, 1)}
    return {
        "id": GRANT,
        "title": text,
        "purpose": "testing",
        "legal_basis": {"zh": "测试法第一条", "en": "Test Law, Art. 1"},
        "scenario": {"zh": "村庄测试", "en": "tests of the village"},
        "scope": {"zh": "全村范围", "en": "the village"},
        "valid_from": dt.date(2020, 1, 1),
        "valid_to": dt.date(2099, 12, 31),
        "grantees": [ACCOUNT],
        "lookup": True,
        "resources": {
            f"{department}.{table}": {"approval": approval, "columns": forms}
            for department in departments
            for table, forms in (("person", _FORMS), ("event", _EVENT_FORMS))
        },
    }


def _narrow(departments: tuple[str, ...]) -> dict[str, Any]:
    whole = _grant(departments)
    people = {f"{d}.person": {**whole["resources"][f"{d}.person"], "columns": {"n": "clear"}} for d in departments}
    return {**whole, "id": NARROW, "resources": people}
