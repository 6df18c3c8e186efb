"""One query as fedquery plans and runs it: the plan, the statements that reach the sources, what each brings."""

from __future__ import annotations

import time

import sqlglot

from benchmarks.tpch import queries
from benchmarks.tpch.systems import Systems
from benchmarks.tpch.variants import variants
from fedquery.gateway import Gateway
from fedquery.identity import Principal
from fedquery.plan.model import Plan


def planned(gateway: Gateway, principal: Principal, sql: str, grant: str) -> Plan:
    """The plan that a query would run. The gateway shows its statements to nobody, so this looks inside."""
    return gateway._planned("benchmark", principal, sql, None, grant, True).plan


def explain(systems: Systems, query: str, variant: str) -> None:
    """Print it."""
    chosen = variants()[variant]
    sql = queries.text(query, systems.scale)
    with systems.gateway(chosen.catalog) as gateway:
        principal = gateway.principal("analyst")
        print(gateway.explain(principal, sql, grant=chosen.grant).text, "\n")
        begun = time.perf_counter()
        plan = planned(gateway, principal, sql, chosen.grant)
        taken = time.perf_counter() - begun
        for fragment in plan.fragments:
            print(f"-- {fragment.id} to {fragment.source}\n{fragment.text}\n")
        print(f"-- residual\n{sqlglot.transpile(plan.residual, read='duckdb', write='duckdb', pretty=True)[0]}\n")
        begun = time.perf_counter()
        with gateway.query(principal, sql, grant=chosen.grant) as result:
            answer = result.read_all()
        total = time.perf_counter() - begun
        assert result.statistics
        for source in result.statistics.sources:
            print(f"{source.fragment} {source.source}: {source.rows:,} rows, {source.bytes:,} bytes, {source.milliseconds} ms")
        print(f"{answer.num_rows} rows in {total * 1e3:.0f} ms, of which planning {taken * 1e3:.1f} ms")
