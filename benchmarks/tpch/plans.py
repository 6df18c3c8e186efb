"""Plans written down: steps that each ask one department, and the statement that makes the answer of what they brought.

-- crm: customers(c_custkey bigint)          a step: who is asked, its name, for MariaDB the types
SELECT c_custkey FROM customer WHERE ...
-- sales: lines
SELECT ... WHERE o_custkey = ANY({customers.c_custkey})      keys of another step, shipped
-- answer
SELECT ... FROM lines

Steps for Parquet (``supply``) and the answer run in DuckDB and may read other steps by name. ``{half of TABLE}`` in a step for
PostgreSQL is a condition on the table's pages: both halves are read at the same time, on two connections.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from benchmarks.tpch.fetching import Departments

FOLDER = Path(__file__).with_name("hand")
_HEAD = re.compile(r"^-- (?:(sales|crm|supply): (\w+)(?:\((.*)\))?|answer)$", re.MULTILINE)
_KEYS = re.compile(r"\{(\w+)\.(\w+)\}")
_HALF = re.compile(r"\{half of (\w+)\}")


@dataclass(frozen=True, slots=True)
class Step:
    """One question to one department."""

    department: str
    name: str
    types: Mapping[str, str]
    statement: str


@dataclass(frozen=True, slots=True)
class HandPlan:
    """The steps in an order in which they can run, and the answer's statement."""

    steps: tuple[Step, ...]
    answer: str


def read(name: str, fraction: str) -> HandPlan:
    """The plan of one query."""
    text = FOLDER.joinpath(f"{name}.sql").read_text(encoding="utf-8").replace(":fraction", fraction)
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    bodies = [text[head.end() : end].strip() for head, end in zip(heads, ends, strict=True)]
    steps = tuple(
        Step(head[1], head[2], dict(part.strip().split(" ", 1) for part in (head[3] or "").split(", ") if part), body)
        for head, body in zip(heads[:-1], bodies, strict=False)
    )
    return HandPlan(steps, bodies[-1])


def run(plan: HandPlan, departments: Departments) -> tuple[pa.Table, int, int]:
    """The answer, and the rows and bytes of Arrow that the steps brought. Steps that need no other run at the same time."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        found: dict[str, Future[pa.Table]] = {}
        for step in plan.steps:
            needed = {name: future for name, future in found.items() if re.search(rf"\b{name}\b", step.statement)}
            found[step.name] = pool.submit(_ask, step, needed, departments, pool)
        tables = {name: future.result() for name, future in found.items()}
    with departments.engine.cursor() as cursor:
        for name, table in tables.items():
            cursor.register(name, table)
        answer = cursor.sql(plan.answer).to_arrow_table()
    return answer, sum(t.num_rows for t in tables.values()), sum(t.nbytes for t in tables.values())


def _ask(step: Step, needed: Mapping[str, Future[pa.Table]], departments: Departments, pool: ThreadPoolExecutor) -> pa.Table:
    tables = {name: future.result() for name, future in needed.items()}
    if step.department == "supply":
        with departments.engine.cursor() as cursor:
            for name, table in tables.items():
                cursor.register(name, table)
            return cursor.sql(step.statement).to_arrow_table()
    statement = _KEYS.sub(lambda key: _shipped(step.department, tables[key[1]].column(key[2])), step.statement)
    if step.department == "crm":
        return departments.crm(statement, dict(step.types))
    half = _HALF.search(statement)
    if half is None:
        return departments.sales(statement)
    (pages,) = departments.sales(f"SELECT relpages::int8 FROM pg_class WHERE relname = '{half[1]}'").column(0).to_pylist()
    sides = [f"{half[1]}.ctid {side} '({pages // 2},0)'" for side in ("<", ">=")]
    halves = [pool.submit(departments.sales, statement.replace(half[0], side)) for side in sides]
    return pa.concat_tables([part.result() for part in halves])


def _shipped(department: str, keys: pa.ChunkedArray) -> str:
    """Keys as a literal: an array for PostgreSQL, the inside of an IN list for MariaDB."""
    text = ",".join(map(str, keys.to_pylist()))
    return f"'{{{text}}}'::int8[]" if department == "sales" else text or "NULL"
