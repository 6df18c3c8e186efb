"""The right answer: DuckDB over the reference dataset, with masks applied by their reference meaning in Python."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping
from dataclasses import replace

import duckdb
import pyarrow as pa

from fedquery.arrow import LogicalType
from fedquery.mask_meaning import apply, token
from fedquery.names import quote
from fedquery.spi import DuckDBDialect
from fedquery.testing.dataset import ReferenceTable
from fedquery.testing.statement import Leaf, Pick, Statement

KEY = b"the key of one grant in the kit"

_DIALECT = DuckDBDialect()
_THREAD = threading.local()


def answer(statement: Statement, tables: Mapping[str, ReferenceTable]) -> pa.Table:
    """What the statement must return. Raises duckdb.Error when DuckDB itself cannot answer it."""
    connection = _connection()
    bound = {p.name: list(p.value) if isinstance(p.value, tuple) else p.value for p in statement.parameters}
    for number, leaf in enumerate(statement.leaves, start=1):
        connection.register(f"__s{number}", _slice(leaf, tables[leaf.table], bound))
    return connection.sql(statement.body, params=_used(bound, statement.body)).to_arrow_table()


def described(statement: Statement, tables: Mapping[str, ReferenceTable]) -> pa.Schema:
    """The schema of the answer, also of a statement that raises."""
    empty = replace(statement, body=f"SELECT * FROM ({statement.body}) LIMIT 0")
    return answer(empty, tables).schema


def _used(bound: dict[str, object], text: str) -> dict[str, object]:
    """The parameters that the text mentions: DuckDB refuses any other."""
    return {name: value for name, value in bound.items() if re.search(rf"\${re.escape(name)}\b", text)}


def _connection() -> duckdb.DuckDBPyConnection:
    """This thread's DuckDB: opening one costs more than most statements here."""
    if not hasattr(_THREAD, "connection"):
        _THREAD.connection = duckdb.connect(":memory:", config={"threads": 1})
        _THREAD.connection.execute("SET TimeZone = 'UTC'")
    connection: duckdb.DuckDBPyConnection = _THREAD.connection
    return connection


def _slice(leaf: Leaf, table: ReferenceTable, bound: dict[str, object]) -> pa.Table:
    """The leaf's rows. Slots are left out: a superset must not change the answer."""
    rows = table.arrow
    if leaf.row_filter is not None:
        values = {c.name: (quote(c.name), c.type) for c in table.columns}
        condition = _DIALECT.predicate(leaf.row_filter, values)
        connection, mine = _connection(), _used(bound, condition)
        connection.register("__raw", rows)
        kept = connection.sql(f"SELECT * FROM __raw WHERE ({condition}) IS TRUE", params=mine).to_arrow_table()
        rows = kept.cast(rows.schema)
    picked = {p.name: _formed(p, rows.column(p.column), table.column(p.column).type) for p in leaf.picks}
    return pa.table(picked)


def _formed(pick: Pick, values: pa.ChunkedArray, type: LogicalType) -> pa.ChunkedArray:
    if pick.codes is not None:
        return pa.chunked_array([pa.array([pick.codes.get(v) for v in values.to_pylist()], pa.string())])
    if pick.mask is None:
        return values
    if pick.mask.name == "token":
        return pa.chunked_array([pa.array([token(KEY, v) for v in values.to_pylist()], pa.string())])
    return pa.chunked_array([pa.array([apply(pick.mask, v, type) for v in values.to_pylist()], type.arrow)])


def differences(actual: pa.Table, expected: pa.Table, bits: bool = False) -> list[str]:
    """How two answers differ as bags of rows: exactly, floats to a few units in the last place; empty when they do not.

    With ``bits``, -0.0 and 0.0 differ too. (In a group or an aggregate either may stand for both.)
    """
    if actual.column_names != expected.column_names:
        return [f"the columns {actual.column_names} instead of {expected.column_names}"]
    types = zip(actual.schema, expected.schema, strict=True)
    if found := [f"{a.name}: {a.type} instead of {b.type}" for a, b in types if a.type != b.type]:
        return found
    left, right = (sorted((_plain(r, bits) for r in plain_rows(t)), key=_order) for t in (actual, expected))
    if len(left) != len(right):
        found.append(f"{len(left)} rows instead of {len(right)}")
    unequal = [(a, b) for a, b in zip(left, right, strict=False) if not all(map(_same, a, b))]
    others = [b for _, b in unequal]  # floats that sorting takes for equal may be in another order only
    missing = [a for a, _ in unequal if not _taken(a, others)]
    found += [f"{a!r} instead of {b!r}" for a, b in zip(missing, others, strict=True)]
    return found[:8]


def plain_rows(table: pa.Table) -> list[dict[str, object]]:
    """Python has no day after the year 9999: where one is among the values, days and moments are whole numbers."""
    try:
        rows: list[dict[str, object]] = table.to_pylist()
    except OverflowError:
        numbers = [
            column.cast(pa.int32() if pa.types.is_date32(column.type) else pa.int64())
            if pa.types.is_date32(column.type) or pa.types.is_timestamp(column.type)
            else column
            for column in table.columns
        ]
        rows = pa.table(numbers, names=table.column_names).to_pylist()
    return rows


def _plain(row: dict[str, object], bits: bool) -> tuple[object, ...]:
    return tuple(v + 0.0 if isinstance(v, float) and not bits else v for v in row.values())


def _order(row: tuple[object, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((v is None, f"{v:.6g}" if isinstance(v, float) else repr(v)) for v in row)


def _taken(row: tuple[object, ...], rows: list[tuple[object, ...]]) -> bool:
    """Whether the row is among those, from which it is taken."""
    place = next((n for n, other in enumerate(rows) if all(map(_same, row, other))), None)
    if place is not None:
        del rows[place]
    return place is not None


def _same(left: object, right: object) -> bool:
    if not (isinstance(left, float) and isinstance(right, float)):
        return type(left) is type(right) and left == right
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    return math.isclose(left, right, rel_tol=1e-14) and math.copysign(1, left) == math.copysign(1, right)
