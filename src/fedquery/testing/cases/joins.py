"""Joins inside one source: each declared kind, with NULL keys and different spellings of a key."""

from __future__ import annotations

from fedquery.testing.bench import Bench
from fedquery.testing.dataset import REGIONS, VISITS
from fedquery.testing.statement import Statement, leaf

_BODIES = {
    "inner": 'SELECT "id", "name" FROM "__s1" JOIN "__s2" ON "region" = "code"',
    "left": 'SELECT "id", "region", "name" FROM "__s1" LEFT JOIN "__s2" ON "region" = "code"',
    "semi": 'SELECT "id" FROM "__s1" WHERE EXISTS (SELECT 1 FROM "__s2" WHERE "code" = "region")',
    "anti": 'SELECT "id" FROM "__s1" WHERE NOT EXISTS (SELECT 1 FROM "__s2" WHERE "code" = "region")',
}


class JoinCases:
    """Two governed leaves meet at their source."""

    def test_join(self, bench: Bench, join: str) -> None:
        leaves = (leaf(VISITS, "id", "region"), leaf(REGIONS, "code", "name"))
        actual = bench.check(Statement(_BODIES[join], leaves))
        assert 0 < actual.num_rows <= len(bench.tables[VISITS].rows)
