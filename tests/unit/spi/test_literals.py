"""Literals of the DuckDB dialect: DuckDB reads every one of them back as the value it was made from."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import duckdb
import pytest

from fedquery.spi import DuckDBDialect, LogicalType


@pytest.mark.parametrize(
    ("value", "type"),
    [
        (None, "varchar"), (True, "boolean"), (-(2**63), "bigint"), (2**64 - 1, "ubigint"), (Decimal("-0.01"), "decimal(10,2)"),
        (Decimal("9" * 38), "decimal(38,0)"), (0.1, "double"), (1e308, "double"), (math.inf, "double"), (-math.inf, "double"),
        (math.nan, "double"), ("O'Brien", "varchar"), ("back\\slash", "varchar"), ("'; --", "varchar"), ("𠮷\n", "varchar"),
        ("$name %s", "varchar"), (dt.date(1, 1, 1), "date"), (dt.datetime(9999, 12, 31, 23, 59, 59, 999999), "timestamp"),
        (dt.time(23, 59, 59, 1), "time"),
    ],
)  # fmt: skip
def test_literal(value: object, type: str) -> None:
    with duckdb.connect(":memory:") as connection:
        ((back,),) = connection.execute(f"SELECT {DuckDBDialect().literal(value, LogicalType.parse(type))}").fetchall()
    assert repr(back) == repr(value)
