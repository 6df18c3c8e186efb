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
