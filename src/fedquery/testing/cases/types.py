"""Types: every logical type comes back exactly, NULLs and edge values included, and with its schema when there are no rows."""

from __future__ import annotations

from fedquery.arrow import LogicalType
from fedquery.predicates import Constant
from fedquery.testing.bench import Bench
from fedquery.testing.dataset import EMPTY, TYPES, column_of
from fedquery.testing.statement import Leaf, Pick, Statement, leaf


class TypeCases:
    """One round trip for each logical type that the source can hold."""

    def test_round_trip(self, bench: Bench, logical_type: LogicalType) -> None:
        name = column_of(logical_type)
        actual = bench.check(Statement(f'SELECT "id", "{name}" FROM "__s1"', (leaf(TYPES, "id", name),)), bits=True)
        assert actual.column(name).null_count >= 2

    def test_all_types_at_once(self, bench: Bench) -> None:
        names = [c.name for c in bench.tables[TYPES].columns]
        listed = ", ".join(f'"{n}"' for n in names)
        bench.check(Statement(f'SELECT {listed} FROM "__s1"', (leaf(TYPES, *names),)))

    def test_empty_result_has_a_schema(self, bench: Bench) -> None:
        names = [c.name for c in bench.tables[TYPES].columns]
        nothing = Leaf(TYPES, tuple(map(Pick, names)), Constant(False))
        actual = bench.check(Statement(f'SELECT {", ".join(f"{chr(34)}{n}{chr(34)}" for n in names)} FROM "__s1"', (nothing,)))
        assert actual.num_rows == 0

    def test_empty_table_has_a_schema(self, bench: Bench) -> None:
        names = [c.name for c in bench.tables[EMPTY].columns]
        listed = ", ".join(f'"{n}"' for n in names)
        assert bench.check(Statement(f'SELECT {listed} FROM "__s1"', (leaf(EMPTY, *names),))).num_rows == 0
