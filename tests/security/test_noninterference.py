"""Nothing hidden influences anything seen: two villages with equal slices give equal answers, errors and plans.

And what is seen is right: each answer is the one that a DuckDB gives which holds the slices and nothing else.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import strategies as st

from fedquery.errors import FedqueryError, InvariantBroken
from fedquery.gateway import Gateway
from fedquery.mask_meaning import token
from tests.batches import Batch, batches
from tests.security.conftest import MASTER, Pair
from tests.security.sentences import sentences
from tests.security.village import ACCOUNT, GRANT, LINE, Village, slices


def observed(gateway: Gateway, sql: str) -> dict[str, Any]:
    """Everything that the analyst sees of one query, but for its id and the directory's version."""
    principal = gateway.principal(ACCOUNT)
    seen: dict[str, Any] = {}
    try:
        plan = gateway.explain(principal, sql, grant=GRANT)
        seen["text"] = plan.text
        seen["plan"] = {k: v for k, v in plan.document.items() if k != "catalog_version"}
        with gateway.query(principal, sql, grant=GRANT) as result:
            table = result.read_all()
            seen["metadata"] = {
                k: v
                for k, v in (table.schema.metadata or {}).items()
                if k not in (b"fedquery.query_id", b"fedquery.catalog_version")
            }
            seen["schema"] = [(f.name, str(f.type), f.nullable, dict(f.metadata or {})) for f in table.schema]
            seen["rows"] = bag(table)
    except InvariantBroken as problem:
        raise AssertionError(problem.private) from problem
    except FedqueryError as problem:
        seen["code"] = problem.code
        seen["problem"] = {k: v for k, v in vars(problem).items() if k not in ("query_id", "private")}
    return seen


def bag(table: pa.Table) -> Counter[str]:
    return Counter(map(repr, (tuple(row.values()) for row in table.to_pylist())))


def expected(village: Village, sql: str) -> Counter[str] | None:
    """The same statement over the slices alone; None when it fails there."""
    key = b"any key will do"
    with duckdb.connect(":memory:") as connection:
        connection.create_function("lookup", lambda value: token(key, value), ["VARCHAR"], "VARCHAR")  # type: ignore[list-item]
        connection.execute("SET TimeZone = 'Asia/Shanghai'; SET error_on_division_by_zero = false")
        for name, rows in slices(village, key).items():
            connection.register("rows", rows)
            connection.execute(f"CREATE TABLE {name} AS FROM rows")
            connection.unregister("rows")
        plain = sql.replace(f"p.income > {LINE}", f"p.income_over_{LINE}").replace(
            f"p.income <= {LINE}", f"(NOT p.income_over_{LINE})"
        )
        for department in ("pg", "my", "lite", "parquet", "csv"):
            plain = plain.replace(f"{department}.", "")
        try:
            return bag(connection.sql(plain).to_arrow_table())
        except duckdb.Error:
            return None


@batches(120)
def test_equal_slices_give_equal_observations(batch: Batch, pairs: tuple[Pair, ...]) -> None:
    def equal(data: st.DataObject) -> None:
        two = data.draw(st.sampled_from(pairs))
        people, events = data.draw(st.sampled_from(two.departments)), data.draw(st.sampled_from(two.departments))
        sql = data.draw(sentences(people, events))
        first, second = (observed(gateway, sql) for gateway in two.gateways)
        assert first == second, sql
        wanted = expected(two.villages[0], sql)
        if "rows" in first and wanted is not None and "person_id" not in sql.split(" FROM ")[0]:
            assert first["rows"] == wanted, f"{sql}\n{json.dumps(first['plan'], indent=1, ensure_ascii=False)}"

    batch.run(equal)


def test_the_property_can_fail(pairs: tuple[Pair, ...]) -> None:
    """The villages do differ: read without a policy, they are not the same."""
    for two in pairs:
        one, other = two.villages
        assert bag(one.table("person")) != bag(other.table("person"))
        key = MASTER.encode()
        for name in ("person", "event"):
            assert bag(slices(one, key)[name]) == bag(slices(other, key)[name])
