"""Constants beside columns: what their text tells is what DuckDB would have computed."""

from __future__ import annotations

import pytest
import sqlglot

from fedquery.arrow import LogicalType
from fedquery.plan.constants import _fitted, _read_off
from fedquery.run.join import Engine

_NUMBERS = (
    "0",
    "7",
    "24",
    "007",
    "99999999999",
    "0.00",
    "0.05",
    "00.5",
    "12.345",
    "99.99",
    "123456789012345678901234.5",
    "1e3",
)
_WRITTEN = [
    *_NUMBERS,
    *(f"CAST('{number}' AS {type})" for number in ("5", "0.05", "0.055", "-3", "120", "x") for type in ("INT", "DECIMAL(4,2)")),
    *(f"-{number}" for number in ("1", "0.05")),
    *(
        f"CAST('{moment}' AS TIMESTAMP)"
        for moment in ("1995-01-01 00:00:00", "1995-01-01 12:00:00", "1995-02-30 00:00:00", "0000-01-01 00:00:00", "1995-01-01")
    ),
]
_WANTED = ("decimal(15,2)", "decimal(2,2)", "decimal(4,0)", "decimal(38,10)", "integer", "date", "double")


@pytest.mark.parametrize("wanted", _WANTED)
def test_what_is_read_off_is_what_duckdb_computes(wanted: str) -> None:
    engine, type = Engine(), LogicalType.parse(wanted)
    read = 0
    for written in _WRITTEN:
        node = sqlglot.parse_one(written, read="duckdb")
        if (text := _read_off(node, type)) is not None:
            read += 1
            (computed,) = engine.evaluate([_fitted(node, type)])
            assert computed is not None and computed.text == text, written
    assert bool(read) == (wanted in ("decimal(15,2)", "decimal(4,0)", "decimal(38,10)", "date"))
