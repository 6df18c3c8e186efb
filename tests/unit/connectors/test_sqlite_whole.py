"""Whole columns of SQLite's values are read as they would be one by one, or not at all."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from fedquery.spi import InvalidValue, LogicalType, PhysicalColumn
from fedquery_sqlite.values import _converter, converted
from fedquery_sqlite.whole import whole

_RANDOM = random.Random(7)
_ODD: list[object] = [
    0, 1, -1, 2, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 0.1, 0.1 + 0.2, -0.0, 1e300, 1e15, 123456789012345.0, 12345678901234.56,
    float("inf"), 2.675, 1.005, 99999999.99, 100000000.0, "1", "1.50", "-1.5", "+1", "1e2", " 1", "1_0", "", "1.555",
    "99999999.99",
    "100000000", "2024-02-29", "2023-02-29", "0001-01-01", "0000-01-01",
    "9999-12-31", "2024-1-1", "2024-01-01 00:00",
    "2024-01-01 00:00:00", "2024-01-01T23:59:59.5", "2024-01-01 23:59:59.123456", "2024-01-01 24:00:00", "2024-01-01 23:59:60",
    "0000-01-01 00:00:00", "2024-01-01 00:00:00Z", "２０２４-01-01", "a", "\x00", b"x", b"",
]  # fmt: skip
_KINDS = ("integer", "tinyint", "ubigint", "double", "boolean", "varchar", "date", "timestamp", "decimal(10,2)",
          "decimal(18,6)", "decimal(38,0)", "decimal(3,3)")  # fmt: skip


def _one_by_one(values: list[object], type: LogicalType) -> list[object] | None:
    convert = _converter(type)
    try:
        return [None if value is None else convert(value) for value in values]
    except (ValueError, ArithmeticError):
        return None


@pytest.mark.parametrize("kind", _KINDS)
def test_what_is_read_at_once_is_what_would_be_read_one_by_one(kind: str) -> None:
    type = LogicalType.parse(kind)
    read = 0
    for value in _ODD:
        for column in ([value], [value, None], [_RANDOM.choice(_ODD), value]):
            found = whole(column, type)
            if found is not None:
                read += 1
                assert found.type == type.arrow
                assert found.to_pylist() == _one_by_one(column, type), column
    assert read, "nothing at all was read at once"


@pytest.mark.parametrize(
    ("kind", "scale"), [("decimal(10,2)", 2), ("decimal(15,2)", 2), ("decimal(15,6)", 6), ("decimal(18,4)", 4)]
)
def test_doubles_that_stand_for_decimals(kind: str, scale: int) -> None:
    type = LogicalType.parse(kind)
    digits = min(type.precision, 15)
    wanted = [Decimal(_RANDOM.randrange(-(10**digits) + 1, 10**digits)).scaleb(-type.scale) for _ in range(20_000)]
    found = whole([float(value) for value in wanted], type)
    assert found is not None
    assert found.to_pylist() == wanted


def test_the_usual_columns_are_read_at_once() -> None:
    usual = {
        "decimal(10,2)": [1, 2.5, None], "date": ["2024-02-29", None], "timestamp": ["2024-02-29 12:00:00.5", None],
        "boolean": [0, 1, None], "double": [1, 2.5, None], "decimal(12,3)": ["1.234", "-5", None],
    }  # fmt: skip
    for kind, values in usual.items():
        assert whole(values, LogicalType.parse(kind)) is not None, kind


def test_a_text_among_blobs_is_no_blob() -> None:
    with pytest.raises(InvalidValue):
        converted([b"x", "y"], PhysicalColumn("v", LogicalType("blob")), "civil")
