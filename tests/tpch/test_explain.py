"""The benchmark's view of one query: what is sent to whom, and what came of it."""

from __future__ import annotations

import pytest

from benchmarks.tpch.explain import explain
from benchmarks.tpch.systems import Systems


def test_it_shows_every_statement_and_its_cost(systems: Systems, capsys: pytest.CaptureFixture[str]) -> None:
    explain(systems, "q03", "filtered")
    shown = capsys.readouterr().out
    for part in ("to crm.main", "to sales.main", "-- residual", "<> 'MAIL'", "10 rows in"):
        assert part in shown
