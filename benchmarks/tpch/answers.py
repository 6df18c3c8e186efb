"""Whether two answers to one statement are the same: rows as bags, the sequence of what is ordered by, floats to a few ulp."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyarrow as pa
import sqlglot

Rows = Sequence[tuple[object, ...]]
_RELATIVE = 1e-9


def differences(statement: str, found: pa.Table, expected: pa.Table, types: bool = True) -> list[str]:
    """What is wrong with the answer ``found``, in words; nothing when it is right. Without ``types``, values alone count."""
    if types and found.schema.types != expected.schema.types:
        return [f"the types are {found.schema.types}, not {expected.schema.types}"]
    if found.num_rows != expected.num_rows:
        return [f"{found.num_rows} rows instead of {expected.num_rows}"]
    wrong = []
    tree = sqlglot.parse_one(statement, read="duckdb")
    for place in (_place(term.this.name, found) for term in (tree.args["order"].expressions if tree.args.get("order") else ())):
        if not all(map(_same, found.column(place).to_pylist(), expected.column(place).to_pylist())):
            wrong.append(f"{found.column_names[place]} comes in another order")
    rows, others = (sorted(_rows(table), key=_key) for table in (found, expected))
    wrong += [f"{row} instead of {other}" for row, other in zip(rows, others, strict=True) if not all(map(_same, row, other))]
    return wrong[:5]


def _place(name: str, table: pa.Table) -> int:
    return [column.lower() for column in table.column_names].index(name.lower())


def _rows(table: pa.Table) -> Rows:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _key(row: tuple[object, ...]) -> str:
    """Floats sort by their leading digits, so that the same rows meet."""
    return repr(tuple(f"{value:.6e}" if isinstance(value, float) else value for value in row))


def _same(one: object, other: object) -> bool:
    if one is None or other is None or not (isinstance(one, float) or isinstance(other, float)):
        return one == other
    left, right = float(one), float(other)  # type: ignore[arg-type]
    return math.isclose(left, right, rel_tol=_RELATIVE) or (math.isnan(left) and math.isnan(right))
