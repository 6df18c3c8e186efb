"""What fedquery has the sources send, against the best plan by hand: bytes do not depend on the machine, so they can gate."""

from __future__ import annotations

import pytest

from benchmarks.tpch import plans, queries
from benchmarks.tpch.answers import differences
from benchmarks.tpch.fetching import Departments
from benchmarks.tpch.systems import Systems
from tests.tpch.conftest import SCALE

#: The most that each query may have fetched, in times of the plan by hand: what it reaches today. Lower it when it is less.
BOUNDS = {
    "q01": 1.0, "q02": 1.0, "q03": 5.6, "q04": 1.0, "q05": 6.2, "q06": 1.0, "q07": 1.6, "q08": 1.3,
    "q09": 2.8, "q10": 4.0, "q11": 3.8, "q12": 1.0, "q13": 3.6, "q14": 7.0, "q15": 2.6, "q16": 1.05,
    "q17": 1.0, "q18": 1.0, "q19": 1.0, "q20": 1.0, "q21": 1.0, "q22": 3.4,
}  # fmt: skip
#: Less than this is not told apart: what is known of sizes by then may change a plan by as much.
_LEAST = 4096


@pytest.fixture(scope="module")
def fetched(systems: Systems) -> dict[str, tuple[int, int]]:
    """Bytes of Arrow by query, through the gateway and by hand; both answers are the same."""
    found = {}
    with systems.gateway() as gateway, Departments.opened(systems) as departments:
        principal = gateway.principal("analyst")
        for name in queries.NAMES:
            sql = queries.text(name, SCALE)
            with gateway.query(principal, sql, grant="clear") as result:
                answer = result.read_all()
            by_hand, _, size = plans.run(plans.read(name, queries.fraction(SCALE)), departments)
            assert not differences(sql, by_hand, answer, types=False), f"{name}: the plan by hand has another answer"
            assert result.statistics
            found[name] = (result.statistics.fetched_bytes, size)
    return found


@pytest.mark.parametrize("name", queries.NAMES)
def test_no_more_is_fetched_than_before(name: str, fetched: dict[str, tuple[int, int]]) -> None:
    ours, by_hand = fetched[name]
    beside = max(by_hand, _LEAST)
    assert ours <= BOUNDS[name] * beside, f"{ours} bytes are {ours / beside:.2f} times the {by_hand} of the plan by hand"
