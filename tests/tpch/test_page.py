"""The page of figures and its picture say what was measured, and nothing else."""

from __future__ import annotations

from benchmarks.tpch import queries
from benchmarks.tpch.measure import MODES
from benchmarks.tpch.page import PAGE, PICTURE, kept, page
from benchmarks.tpch.picture import picture


def test_page_and_picture_are_those_of_the_figures() -> None:
    """Run `python3 dev.py bench page` when this fails."""
    figures = kept()[0]["tpch"]
    assert PAGE.read_text(encoding="utf-8") == page(kept())
    assert PICTURE.read_text(encoding="utf-8") == picture(figures["queries"], figures["scale"])


def test_every_way_to_ask_gave_the_same_answer_to_every_query() -> None:
    for figures in kept():
        costs = figures["tpch"]["queries"]
        assert tuple(costs) == queries.NAMES
        assert not [(n, m, c) for n, by in costs.items() for m, c in by.items() if "wrong" in c or "error" in c]
        assert all(set(by) == set(MODES) for by in costs.values())


def test_what_was_not_measured_is_left_out() -> None:
    figures = kept()[0]
    rows = {"SELECT * FROM crm.customer WHERE c_custkey = 7": {"beside": "PyMySQL", "floor": 0.31, "ours": 4.07}}
    assert "A row by its key" not in page([{**figures, "points": {}}])
    assert "| `SELECT * FROM crm.customer WHERE c_custkey = 7` | PyMySQL | 0.3 | 4.1 | 3.8 |" in page(
        [{**figures, "points": rows}]
    )
