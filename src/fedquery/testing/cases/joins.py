"""Joins, sub-queries and set operations inside one source: each declared kind, with NULLs and different spellings of a key."""

from __future__ import annotations

from fedquery.testing.bench import Bench
from fedquery.testing.dataset import REGIONS, VISITS
from fedquery.testing.statement import Statement, leaf

_FROM = 'SELECT "id" FROM "__s1" WHERE'
_BODIES: dict[str, tuple[str, ...]] = {
    "inner": ('SELECT "id", "name" FROM "__s1" JOIN "__s2" ON "region" = "code"',),
    "left": ('SELECT "id", "region", "name" FROM "__s1" LEFT JOIN "__s2" ON "region" = "code"',),
    "semi": (
        f'{_FROM} EXISTS (SELECT 1 FROM "__s2" WHERE "code" = "region")',
        f'{_FROM} "region" IN (SELECT "code" FROM "__s2" WHERE "name" IS NOT NULL)',
        f'{_FROM} "id" > (SELECT count(*) FROM "__s2")',
        f'{_FROM} 1 = (SELECT count(*) FROM "__s2" WHERE "code" = "region")',
    ),
    "anti": (
        f'{_FROM} NOT EXISTS (SELECT 1 FROM "__s2" WHERE "code" = "region")',
        f'{_FROM} NOT "region" IN (SELECT "code" FROM "__s2" WHERE "name" IS NOT NULL)',
        f'{_FROM} "region" IN (SELECT "name" FROM "__s2") IS NULL',
    ),
}
_SIDES = ('SELECT "region" FROM "__s1"', 'SELECT "code" FROM "__s2"')


class JoinCases:
    """Two governed leaves meet at their source."""

    def test_join(self, bench: Bench, join: str) -> None:
        leaves = (leaf(VISITS, "id", "region"), leaf(REGIONS, "code", "name"))
        for body in _BODIES[join]:
            actual = bench.check(Statement(body, leaves))
            assert 0 < actual.num_rows <= len(bench.tables[VISITS].rows), body

    def test_set_operation(self, bench: Bench, combined: str) -> None:
        leaves = (leaf(VISITS, "region"), leaf(REGIONS, "code"))
        for sides in (_SIDES, _SIDES[::-1]):
            actual = bench.check(Statement(f" {combined.upper()} ".join(sides), leaves))
            assert actual.num_rows <= len(bench.tables[VISITS].rows) + len(bench.tables[REGIONS].rows)
