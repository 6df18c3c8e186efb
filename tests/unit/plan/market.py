"""TPC-H's eight tables over three departments' systems, all columns clear: what rules are tried on; and small random rows."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

import duckdb
from sqlglot import exp

from fedquery.catalog.model import Catalog, Grant
from fedquery.identity import Principal
from fedquery.plan.bind import bind, resources_of
from fedquery.plan.estimates import NOTHING, Estimates
from fedquery.plan.lookups import LookupRight
from fedquery.plan.model import Bound, Leaf, Plan, Profile
from fedquery.plan.parse import parse
from fedquery.plan.planner import make_plan
from fedquery.policy.decide import choose_grant, decide
from fedquery.spi import DUCKDB_CAPABILITIES, DuckDBDialect
from fedquery_mysql import CONNECTOR as MYSQL
from fedquery_postgres import CONNECTOR as POSTGRES
from tests.unit.plan.town import ENGINE, TODAY

PROFILES = {
    "shop.main": Profile(POSTGRES.dialect, POSTGRES.capabilities),
    "crm.main": Profile(MYSQL.dialect, MYSQL.capabilities),
    "store.main": Profile(DuckDBDialect(), DUCKDB_CAPABILITIES),
}
#: table -> its columns: name, type, and ``!`` for a column that is, or is part of, the key
_TABLES = {
    "shop": {
        "orders": "o_orderkey bigint!, o_custkey bigint, o_orderstatus varchar, o_totalprice decimal(15,2), o_orderdate date,"
        " o_orderpriority varchar, o_shippriority integer, o_comment varchar",
        "lineitem": "l_orderkey bigint!, l_partkey bigint, l_suppkey bigint, l_linenumber integer!, l_quantity decimal(15,2),"
        " l_extendedprice decimal(15,2), l_discount decimal(15,2), l_tax decimal(15,2), l_returnflag varchar,"
        " l_linestatus varchar, l_shipdate date, l_commitdate date, l_receiptdate date, l_shipinstruct varchar,"
        " l_shipmode varchar",
    },
    "crm": {
        "customer": "c_custkey bigint!, c_name varchar, c_address varchar, c_nationkey integer, c_phone varchar,"
        " c_acctbal decimal(15,2), c_mktsegment varchar, c_comment varchar",
        "nation": "n_nationkey integer!, n_name varchar, n_regionkey integer",
        "region": "r_regionkey integer!, r_name varchar",
    },
    "store": {
        "part": "p_partkey bigint!, p_name varchar, p_mfgr varchar, p_brand varchar, p_type varchar, p_size integer,"
        " p_container varchar",
        "partsupp": "ps_partkey bigint!, ps_suppkey bigint!, ps_availqty integer, ps_supplycost decimal(15,2)",
        "supplier": "s_suppkey bigint!, s_name varchar, s_address varchar, s_nationkey integer, s_phone varchar,"
        " s_acctbal decimal(15,2), s_comment varchar",
    },
}  # fmt: skip
_KINDS = {"shop": "postgres", "crm": "mysql", "store": "files"}
_USER = Principal("ana", "person", "shop", frozenset({"analyst"}), {})


def _columns(text: str) -> dict[str, tuple[str, bool]]:
    found = {}
    for part in text.replace("(15,2)", "(15;2)").split(", "):
        name, type = part.strip().replace(";", ",").split(" ")
        found[name] = (type.rstrip("!"), type.endswith("!"))
    return found


#: table -> column -> (type, whether in the key)
TABLES = {name: _columns(text) for tables in _TABLES.values() for name, text in tables.items()}


def _text(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


@lru_cache
def catalog(egress: bool = False, to_crm: tuple[str, ...] = ()) -> Catalog:
    """The market's directory, with its one grant; with ``egress`` every key may travel, but ``to_crm`` only there."""
    conditional = {"attribute": "conditional", "scope": "named purposes", "use": "checking"}
    departments = {
        department: {
            "id": department,
            "name": _text(department),
            "sources": {"main": {"kind": _KINDS[department]}},
            "resources": {
                name: {
                    "title": _text(name),
                    "description": _text(name),
                    "update_cycle": "daily",
                    "sharing": conditional,
                    "level": "general",
                    "grade": 1,
                    "source": "main",
                    "table": [name],
                    "columns": {
                        column: {
                            "physical": column,
                            "type": type,
                            "key": key,
                            "description": _text(column),
                            "egress": ["crm"] if column in to_crm else list(_TABLES) if egress else [],
                        }
                        for column, (type, key) in TABLES[name].items()
                    },
                }
                for name in tables
            },
        }
        for department, tables in _TABLES.items()
    }
    account = {"id": "ana", "name": "Ana", "department": "shop", "roles": ["analyst"]}
    given = {
        "id": "sales",
        "title": _text("sales"),
        "purpose": "sales",
        "legal_basis": _text("a law"),
        "scenario": _text("a test"),
        "scope": _text("a test"),
        "valid_from": dt.date(2026, 1, 1),
        "valid_to": dt.date(2026, 12, 31),
        "grantees": ["ana"],
        "resources": {
            f"{department}.{name}": {
                "columns": dict.fromkeys(TABLES[name], "clear"),
                "approval": {"by": "office", "on": dt.date(2026, 1, 1)},
            }
            for department, tables in _TABLES.items()
            for name in tables
        },
    }
    directory = Catalog.model_validate({"departments": departments, "accounts": {"ana": account}})
    return directory.model_copy(update={"grants": {"sales": Grant.model_validate(given)}})


def _full_names(sql: str) -> str:
    """``orders`` -> ``shop.orders`` where a table stands, so that statements read as TPC-H writes them."""
    tree = parse(sql)
    homes = {name: department for department, tables in _TABLES.items() for name in tables}
    for table in tree.find_all(exp.Table):
        if not table.db and table.name in homes:
            table.set("db", exp.to_identifier(homes[table.name]))
    return tree.sql("duckdb")


def bound(sql: str, egress: bool = False, to_crm: tuple[str, ...] = ()) -> Bound:
    """The statement, which names tables without their departments, bound for the market's analyst."""
    sql = _full_names(sql)
    tree = parse(sql)
    names, directory = resources_of(tree, sql), catalog(egress, to_crm)
    given = choose_grant(directory, _USER, "sales", names, TODAY)
    decisions = {name: decide(directory, given, _USER, name) for name in names}
    return bind(tree, sql, decisions, ENGINE, LookupRight(given.id, None, 0))


def planned(sql: str, estimates: Estimates = NOTHING, *, egress: bool = False, to_crm: tuple[str, ...] = ()) -> Plan:
    """The statement planned for the market's analyst."""
    statement = bound(sql, egress, to_crm)
    return make_plan(statement, PROFILES, {}, ENGINE, grant="sales", purpose="sales", catalog_version="v", estimates=estimates)


def _value(type: str, chance: random.Random) -> object:
    if type in ("bigint", "integer"):
        return chance.randrange(5)
    if type == "date":
        return dt.date(1995, 1, 1) + dt.timedelta(days=chance.randrange(6))
    if type == "varchar":
        return chance.choice("abc")
    return Decimal(chance.randrange(-200, 600)) / 100


@lru_cache
def stocked(seed: int) -> duckdb.DuckDBPyConnection:
    """A DuckDB with random rows, few values, NULLs and duplicates, keys unique. Seed 0 has no rows."""
    chance = random.Random(seed)
    connection = duckdb.connect()
    for name, columns in TABLES.items():
        typed = ", ".join(f"{column} {type}" for column, (type, _) in columns.items())
        connection.execute(f"CREATE TABLE {name} ({typed})")
        rows: dict[object, list[object]] = {}
        for number in range(chance.randrange(6, 16) if seed else 0):
            row = [_value(type, chance) if key or chance.random() > 0.2 else None for type, key in columns.values()]
            met = tuple(value for value, (_, key) in zip(row, columns.values(), strict=True) if key)
            rows.setdefault(met or number, row)
        if rows:
            connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", list(rows.values()))
    return connection


def answer(tree: exp.Query, leaves: Mapping[str, Leaf], seed: int) -> Counter[str] | str:
    """The rows of a tree over leaves, as a bag with their types; of an error, its kind."""
    connection = stocked(seed)
    for leaf in leaves.values():
        connection.execute(f'CREATE OR REPLACE TEMP VIEW "{leaf.id}" AS FROM {leaf.decision.resource.name}')
    try:
        found = connection.sql(tree.sql("duckdb"))
        return Counter(repr((row, [str(type) for type in found.types])) for row in found.fetchall())
    except duckdb.Error as problem:
        return type(problem).__name__
