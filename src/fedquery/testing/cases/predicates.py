"""Predicates of fragment bodies: each declared operator on each type answers as the oracle does, over values and literals."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

from fedquery.arrow import LogicalType
from fedquery.predicates import ColumnOperand, Compare, In, IsNull, ValueOperand
from fedquery.spi import COMPARISONS, DuckDBDialect
from fedquery.testing.bench import Bench
from fedquery.testing.cases.needs import needs
from fedquery.testing.dataset import REGIONS, TYPES, VALUES, VISITS, ReferenceTable, column_of
from fedquery.testing.statement import Leaf, Pick, Statement, leaf

_ORACLE = DuckDBDialect()


def literals(table: ReferenceTable, type: LogicalType) -> list[object]:
    """The values of the column that can be written as literals, each once."""
    position = [c.name for c in table.columns].index(column_of(type))
    held = [row[position] for row in table.rows if row[position] is not None]
    unique = {repr(v): v for v in held if isinstance(v, (bool, int, float, str, Decimal, dt.date, dt.time))}
    return [v for v in unique.values() if not isinstance(v, float) or math.isfinite(v)]


class PredicateCases:
    """What a body may compare is exactly what the capabilities declare."""

    def test_comparison_with_literals(self, bench: Bench, compared: tuple[LogicalType, str]) -> None:
        type, operator = compared
        name, values = column_of(type), literals(bench.tables[TYPES], type)
        branches = [
            f'SELECT {i} AS "k", "id" FROM "__s1" WHERE "{name}" {operator} {_ORACLE.literal(value, type)}'
            for i, value in enumerate(values)
        ]
        if branches:
            bench.check(Statement(" UNION ALL ".join(branches), (leaf(TYPES, "id", name),)))

    @needs(lambda can, type: "inner" in can.joins and any(can.compares(type.name, o) for o in COMPARISONS))
    def test_comparison_of_columns(self, bench: Bench, logical_type: LogicalType) -> None:
        """Every pair of values of a type, NaN and -0.0 included, under every declared operator."""
        capabilities = bench.connector.capabilities
        operators = [o for o in COMPARISONS if capabilities.compares(logical_type.name, o)]
        left, right = (Leaf(TYPES, (Pick("id", f"i{n}"), Pick(column_of(logical_type), f"v{n}"))) for n in (1, 2))
        pairs = (f'SELECT {i} AS "k", "i1", "i2" FROM "__s1" JOIN "__s2" ON "v1" {o} "v2"' for i, o in enumerate(operators))
        bench.check(Statement(" UNION ALL ".join(pairs), (left, right)))

    @needs(lambda can, type: can.compares(type.name, "in"))
    def test_in_list(self, bench: Bench, logical_type: LogicalType) -> None:
        values = literals(bench.tables[TYPES], logical_type)[::2]
        name, listed = column_of(logical_type), ", ".join(_ORACLE.literal(v, logical_type) for v in values)
        for negation in ("", "NOT "):
            if values:
                body = f'SELECT "id" FROM "__s1" WHERE {negation}"{name}" IN ({listed})'
                bench.check(Statement(body, (leaf(TYPES, "id", name),)))

    @needs(lambda can, type: can.compares(type.name, "null"))
    def test_is_null(self, bench: Bench, logical_type: LogicalType) -> None:
        name = column_of(logical_type)
        for negation in ("", "NOT "):
            body = f'SELECT "id" FROM "__s1" WHERE "{name}" IS {negation}NULL'
            assert bench.check(Statement(body, (leaf(TYPES, "id", name),))).num_rows > 0

    @needs(lambda can: all(can.compares(t, o) for t, o in (("integer", ">"), ("varchar", "="), ("boolean", "="))))
    def test_and_or_not(self, bench: Bench) -> None:
        where = '("quantity" > 2 OR NOT ("region" = \'west\')) AND NOT ("paid" = TRUE) AND "amount" IS NOT NULL'
        body = f'SELECT "id" FROM "__s1" WHERE {where}'
        bench.check(Statement(body, (leaf(VISITS, "id", "quantity", "region", "paid", "amount"),)))

    def test_slots_are_supersets(self, bench: Bench, logical_type: LogicalType) -> None:
        """A slot, as text on the raw column or as a condition on the read, leaves the exact answer as it is."""
        name, oracle = column_of(logical_type), _ORACLE
        for operator in COMPARISONS:
            for value in literals(bench.tables[TYPES], logical_type)[:3]:
                where = f'"{name}" {operator} {oracle.literal(value, logical_type)}'
                slot = Compare(operator, ColumnOperand(name), ValueOperand(value, logical_type))
                _with_slot(bench, name, where, slot)
        if VALUES[str(logical_type)]:
            _with_slot(bench, name, f'"{name}" IS NULL', IsNull(ColumnOperand(name)))
        chosen = literals(bench.tables[TYPES], logical_type)[:3]
        if chosen:
            listed = ", ".join(oracle.literal(v, logical_type) for v in chosen)
            members = tuple(ValueOperand(v, logical_type) for v in chosen)
            _with_slot(bench, name, f'"{name}" IN ({listed})', In(ColumnOperand(name), members))

    def test_slots_that_no_dialect_declares(self, bench: Bench) -> None:
        """``<>`` can never be a superset, so no dialect may spell a slot for it."""
        column = bench.physical[REGIONS]["code"]
        slot = Compare("<>", ColumnOperand("code"), ValueOperand("east", column.type))
        assert "<>" not in bench.connector.capabilities.slots
        assert bench.connector.dialect.slot(column, slot) is None


def _with_slot(bench: Bench, name: str, where: str, slot: Compare | In | IsNull) -> None:
    operator = slot.operator if isinstance(slot, Compare) else "in" if isinstance(slot, In) else "null"
    kind = bench.tables[TYPES].column(name).type.name
    capabilities = bench.connector.capabilities
    if operator in capabilities.slots and capabilities.compares(kind, operator):
        governed = Leaf(TYPES, (Pick("id"), Pick(name)), slots=(slot,))
        bench.check(Statement(f'SELECT "id" FROM "__s1" WHERE {where}', (governed,)))
