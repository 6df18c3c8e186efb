"""What is said of the moment of a source's rows, and the places beyond those that a query needs."""

from __future__ import annotations

import json
import time

import pytest

from fedquery.run import SourceSlots
from fedquery.spi import Capabilities, SqlRequest, Visit
from tests.unit.run.conftest import GeneratorSource, Runner, fragment, plan, rows

BOTH = 'SELECT count(*) AS n FROM (FROM "__f1" UNION ALL FROM "__f2")'


@pytest.mark.parametrize(
    ("covers", "alone", "two"),
    [("query", "one", "one"), ("statement", "one", "none"), ("table", "none", "none"), ("", "none", "none")],
)
def test_an_answer_says_whether_a_source_gave_one_state(run: Runner, covers: str, alone: str, two: str) -> None:
    source = GeneratorSource({"a": rows(3), "b": rows(4)})
    source.capabilities = Capabilities(cancel=True, snapshot=covers)
    for made, expected in (
        (plan('FROM "__f1"', fragment(1, "a")), alone),
        (plan(BOTH, fragment(1, "a"), fragment(2, "b")), two),
    ):
        with run(made, source) as result:
            table = result.read_all()
        assert json.loads(table.schema.metadata[b"fedquery.snapshots"]) == result.snapshots == {"registry": expected}


class Sharing(GeneratorSource):
    """Takes what places there are, and keeps the visit of each request."""

    def read(self, request: SqlRequest):  # type: ignore[no-untyped-def]
        assert request.visit is not None
        self.visits = [*getattr(self, "visits", []), (request.visit, request.visit.more(9))]
        request.visit.shared(lambda: self)
        return super().read(request)

    def close(self) -> None:
        self.ended = getattr(self, "ended", 0) + 1


def test_the_statements_of_a_query_at_a_source_are_one_visit(run: Runner) -> None:
    source = Sharing({"a": rows(3), "b": rows(4)})
    with run(plan(BOTH, fragment(1, "a"), fragment(2, "b")), source) as result:
        assert result.read_all().to_pylist() == [{"n": 7}]
    (one, _), (other, _) = source.visits
    assert one is other
    assert one.statements == 2
    assert source.ended >= 1, "what they shared is closed"
    taken = sum(count for _, count in source.visits)
    assert taken == 1, "four places: two needed, one left for others"
    run.slots.give_back("registry", taken)


def test_spare_places_leave_one_and_never_overtake() -> None:
    slots = SourceSlots({"registry": 4})
    assert slots.spare("registry", 9) == 3
    assert slots.spare("registry", 1) == 0
    slots.give_back("registry", 3)
    held = slots.take({"registry": 4}, time.monotonic() + 1)
    assert held == {"registry": 4}
    assert slots.spare("registry", 1) == 0
    assert Visit().more(3) == 0
