"""Answers are compared as bags of rows: floats to a few units in the last place, everything else exactly."""

from __future__ import annotations

import pyarrow as pa
import pytest

from fedquery.testing.reference import differences

NEAR = [-123456789012.64932, -123456789012.15433, -123456789012.4]


def test_floats_that_differ_far_behind_may_stand_in_any_order() -> None:
    one, other = (pa.table({"a": values, "b": [1, 1, 1]}) for values in (NEAR, NEAR[::-1]))
    assert differences(one, other) == []
    assert differences(one, pa.table({"a": [value * (1 + 4e-16) for value in NEAR], "b": [1, 1, 1]})) == []


@pytest.mark.parametrize(
    "values", [[NEAR[0], NEAR[0], NEAR[2]], [NEAR[0] * (1 + 1e-12), *NEAR[1:]], NEAR[:2], [*NEAR[:2], None]]
)
def test_what_differs_is_told(values: list[float | None]) -> None:
    found = differences(pa.table({"a": values}), pa.table({"a": NEAR}))
    assert len(found) == 1
    assert "instead of" in found[0]
