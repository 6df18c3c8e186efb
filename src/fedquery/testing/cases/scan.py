"""Scans: whole tables, odd names, order, limits, the same table twice, and eight threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from fedquery.testing.bench import Bench
from fedquery.testing.cases.needs import needs
from fedquery.testing.dataset import MANY, MANY_ROWS, ODD, REGIONS, TYPES, VISITS, column_of
from fedquery.testing.statement import Leaf, Pick, Statement, leaf

_ORDERS = ("ASC NULLS LAST", "DESC NULLS FIRST", "ASC NULLS FIRST", "DESC NULLS LAST")


class ScanCases:
    """Reading, before anything clever."""

    def test_many_batches(self, bench: Bench) -> None:
        actual = bench.check(Statement('SELECT "id", "note" FROM "__s1"', (leaf(MANY, "id", "note"),)))
        assert actual.num_rows == MANY_ROWS

    def test_odd_names(self, bench: Bench) -> None:
        names = [c.name for c in bench.tables[ODD].columns]
        picks = tuple(Pick(name, alias=f"c{i}") for i, name in enumerate(names))
        listed = ", ".join(f'"c{i}"' for i in range(len(names)))
        actual = bench.check(Statement(f'SELECT {listed} FROM "__s1"', (Leaf(ODD, picks),)))
        assert actual.num_rows == len(bench.tables[ODD].rows)

    def test_names_that_the_caller_chose(self, bench: Bench) -> None:
        bench.check(Statement('SELECT "id" AS "合计 %s $1", "region" AS "select" FROM "__s1"', (leaf(VISITS, "id", "region"),)))

    def test_one_column_twice(self, bench: Bench) -> None:
        twice = Leaf(VISITS, (Pick("region"), Pick("region", alias="again")))
        bench.check(Statement('SELECT "region", "again" FROM "__s1"', (twice,)))

    @needs(lambda can: can.aggregates_exactly("count", "*"))
    def test_no_column_at_all(self, bench: Bench) -> None:
        bench.check(Statement('SELECT count(*) AS "n" FROM "__s1"', (leaf(VISITS, "id"),)))

    @needs(lambda can: can.limit)
    def test_limit(self, bench: Bench) -> None:
        statement = Statement('SELECT "id" FROM "__s1" LIMIT 7', (leaf(MANY, "id"),))
        actual = bench.read(bench.request(statement))
        ids = actual.column("id").to_pylist()
        assert len(set(ids)) == 7 and set(ids) <= set(range(MANY_ROWS))

    @needs(lambda can: can.order_limit)
    def test_order_and_limit(self, bench: Bench) -> None:
        """ORDER BY decides which rows a LIMIT keeps, so collation and the place of NULLs show."""
        capabilities = bench.connector.capabilities
        for column in bench.tables[TYPES].columns:
            if capabilities.compares(column.type.name, "order"):
                branches = (
                    f'SELECT * FROM (SELECT {i} AS "k", "id" FROM "__s1" '
                    f'ORDER BY "{column.name}" {order}, "id" LIMIT 9) AS "o{i}"'
                    for i, order in enumerate(_ORDERS)
                )
                bench.check(Statement(" UNION ALL ".join(branches), (leaf(TYPES, "id", column.name),)))

    def test_two_leaves_of_one_table(self, bench: Bench) -> None:
        body = 'SELECT "id" FROM "__s1" UNION ALL SELECT "id" FROM "__s2"'
        bench.check(Statement(body, (leaf(VISITS, "id"), leaf(VISITS, "id", "region"))))

    def test_eight_threads(self, bench: Bench) -> None:
        name = column_of("varchar")
        statements = [
            Statement('SELECT "id", "note" FROM "__s1"', (leaf(MANY, "id", "note"),)),
            Statement('SELECT "code", "name" FROM "__s1"', (leaf(REGIONS, "code", "name"),)),
            Statement(f'SELECT "id", "{name}" FROM "__s1"', (leaf(TYPES, "id", name),)),
        ]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda i: bench.check(statements[i % 3]), range(16)))
