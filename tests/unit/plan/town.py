"""A small town to plan over: two departments, every form a column can be had in, on an embedded and on a SQL source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial

from fedquery.catalog.model import Catalog, Grant
from fedquery.identity import Principal
from fedquery.plan.bind import bind, resources_of
from fedquery.plan.lookups import LookupRight
from fedquery.plan.model import Bound, Plan, Profile
from fedquery.plan.parse import parse
from fedquery.plan.planner import make_plan
from fedquery.policy.decide import choose_grant, decide
from fedquery.policy.tokens import key_blocks, token_of
from fedquery.run.join import Engine
from fedquery.spi import DUCKDB_CAPABILITIES, DuckDBDialect
from fedquery_postgres import CONNECTOR as POSTGRES

TODAY = dt.date(2026, 10, 1)
MASTER = b"m" * 32
LOOKUPS = 3
ENGINE = Engine(time_zone="Asia/Shanghai")
PROFILES = {
    "psb.main": Profile(POSTGRES.dialect, POSTGRES.capabilities),
    "tax.main": Profile(DuckDBDialect(), DUCKDB_CAPABILITIES),
}
ANALYST = Principal("ana", "person", "psb", frozenset({"analyst"}), {"region": "9901"})


def _text(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


def _column(physical: str, type: str, **more: object) -> dict[str, object]:
    return {"physical": physical, "type": type, "description": _text(physical), **more}


_CONDITIONAL = {"attribute": "conditional", "scope": "named purposes", "use": "checking"}
_RESOURCE = {"update_cycle": "daily", "sharing": _CONDITIONAL, "level": "general", "grade": 3}
_PERSON = {"identifier": "person_id", "forms": ["clear", "token", "join", "keep(1,1)"]}

CATALOG = Catalog.model_validate(
    {
        "departments": {
            "psb": {
                "id": "psb",
                "name": _text("psb"),
                "sources": {"main": {"kind": "postgres"}},
                "resources": {
                    "resident": {
                        **_RESOURCE,
                        "title": _text("resident"),
                        "description": _text("resident"),
                        "source": "main",
                        "table": ["public", "T_CZRK"],
                        "row_filter": "starts_with(district, :region)",
                        "columns": {
                            "person_id": _column("SFZH", "varchar", key=True, **_PERSON),
                            "name": _column("XM", "varchar", forms=["keep(1,0)"]),
                            "born": _column("CSRQ", "date"),
                            "district": _column("XZQH", "varchar"),
                            "score": _column("FS", "integer"),
                            "secret": _column(
                                "MM",
                                "varchar",
                                sharing={
                                    "attribute": "not_shared",
                                    "reason": "It is a test.",
                                    "legal_basis": {"kind": "law", "citation": "Test Law, Art. 1"},
                                },
                            ),
                        },
                    },
                    "hidden": {
                        **_RESOURCE,
                        "title": _text("hidden"),
                        "description": _text("hidden"),
                        "source": "main",
                        "table": ["h"],
                        "listed": False,
                        "columns": {"a": _column("a", "integer")},
                    },
                },
            },
            "tax": {
                "id": "tax",
                "name": _text("tax"),
                "sources": {"main": {"kind": "files"}},
                "resources": {
                    "wage": {
                        **_RESOURCE,
                        "title": _text("wage"),
                        "description": _text("wage"),
                        "source": "main",
                        "table": ["wage"],
                        "columns": {
                            "person_id": _column("sfzh", "varchar", **_PERSON),
                            "year": _column("nd", "integer"),
                            "total": _column("gzze", "decimal(14,2)", forms=["verify", "band(1000)"]),
                            "uscc": _column("xydm", "varchar", identifier="uscc", forms=["clear", "token"]),
                        },
                    },
                    "office": {
                        **_RESOURCE,
                        "title": _text("office"),
                        "description": _text("office"),
                        "source": "main",
                        "table": ["office"],
                        "columns": {
                            "uscc": _column("xydm", "varchar", key=True, identifier="uscc", forms=["clear", "token"]),
                            "town": _column("dz", "varchar"),
                        },
                    },
                },
            },
        },
        "accounts": {"ana": {"id": "ana", "name": "Ana", "department": "psb", "roles": ["analyst"]}},
    }
)


def grant(lookup: bool = False, **changes: Mapping[str, object]) -> Grant:
    """A grant over the whole town; ``resident={"person_id": "clear"}`` changes forms of one resource."""
    approval = {"by": "office", "on": dt.date(2026, 1, 1)}
    resources: dict[str, dict[str, object]] = {
        "psb.resident": {
            "person_id": "token",
            "name": "keep(1,0)",
            "born": "clear",
            "district": "clear",
            "score": "clear",
            **changes.get("resident", {}),
        },
        "tax.wage": {
            "person_id": "token",
            "year": "clear",
            "total": {"form": "verify", "rules": ["total > 60000"]},
            "uscc": "token",
            **changes.get("wage", {}),
        },
        "tax.office": {"uscc": "token", "town": "clear", **changes.get("office", {})},
    }
    return Grant.model_validate(
        {
            "id": "checks",
            "title": _text("checks"),
            "purpose": "checks",
            "legal_basis": {"zh": "测试法第二条", "en": "Test Law, Art. 2"},
            "scenario": {"zh": "测试场景", "en": "a test"},
            "scope": {"zh": "测试范围", "en": "a test"},
            "valid_from": dt.date(2026, 1, 1),
            "valid_to": dt.date(2026, 12, 31),
            "grantees": ["ana"],
            "lookup": lookup,
            "resources": {name: {"columns": columns, "approval": approval} for name, columns in resources.items()},
        }
    )


def catalog(given: Grant, *, hide_order: bool = False, egress: Mapping[str, tuple[str, ...]] | None = None) -> Catalog:
    """The town's directory with that one grant; ``hide_order`` is the register's, ``egress`` by full name of the column."""
    document = CATALOG.model_dump()
    document["departments"]["psb"]["resources"]["resident"]["hide_order"] = hide_order
    for name, departments in (egress or {}).items():
        department, resource, column = name.split(".")
        document["departments"][department]["resources"][resource]["columns"][column]["egress"] = departments
    return Catalog.model_validate(document).model_copy(update={"grants": {given.id: given}})


def bound(
    sql: str,
    parameters: Mapping[str, object] | None = None,
    hide_order: bool = False,
    egress: Mapping[str, tuple[str, ...]] | None = None,
    lookup: bool = False,
    **changes: Mapping[str, object],
) -> Bound:
    """The statement bound for the analyst under :func:`grant`."""
    directory = catalog(grant(lookup, **changes), hide_order=hide_order, egress=egress)
    tree = parse(sql, parameters)
    names = resources_of(tree, sql)
    given = choose_grant(directory, ANALYST, "checks", names, TODAY)
    right = LookupRight(given.id, partial(token_of, MASTER, given) if given.lookup else None, LOOKUPS)
    return bind(tree, sql, {name: decide(directory, given, ANALYST, name, names[name]) for name in names}, ENGINE, right)


def planned(
    sql: str,
    parameters: Mapping[str, object] | None = None,
    hide_order: bool = False,
    egress: Mapping[str, tuple[str, ...]] | None = None,
    push: bool = True,
    lookup: bool = False,
    **changes: Mapping[str, object],
) -> Plan:
    """The statement planned for the analyst under :func:`grant`."""
    given = grant(lookup, **changes)
    keys = {kind: key_blocks(MASTER, given, kind) for kind in ("person_id", "uscc")}
    return make_plan(
        bound(sql, parameters, hide_order, egress, lookup, **changes),
        PROFILES if push else {id: profile.without_push() for id, profile in PROFILES.items()},
        keys,
        ENGINE,
        grant=given.id,
        purpose=given.purpose,
        catalog_version="v",
    )
