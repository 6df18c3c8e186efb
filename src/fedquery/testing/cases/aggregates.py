"""Aggregates: each declared aggregate on each type it is exact for, with exactly the oracle's result type, and grouping."""

from __future__ import annotations

from fedquery.arrow import LogicalType
from fedquery.predicates import ColumnOperand, Compare, Constant, In, ValueOperand
from fedquery.testing.bench import Bench
from fedquery.testing.cases.needs import needs
from fedquery.testing.dataset import TYPES, VALUES, VISITS, column_of
from fedquery.testing.statement import Leaf, Pick, Statement, leaf

_BIGINT = LogicalType("bigint")


def call(aggregate: str, column: str) -> str:
    """The aggregate over a column in DuckDB's SQL."""
    return f'count(DISTINCT "{column}")' if aggregate == "count_distinct" else f'{aggregate}("{column}")'


class AggregateCases:
    """A fragment may aggregate what is declared."""

    def test_aggregate(self, bench: Bench, aggregated: tuple[str, LogicalType]) -> None:
        aggregate, type = aggregated
        name = column_of(type)
        nothing = Leaf(TYPES, (Pick("id"), Pick(name)), Constant(False))
        halves = (f'SELECT {i} AS "k", {call(aggregate, name)} AS "a" FROM "__s{i}"' for i in (1, 2))
        bench.check(Statement(" UNION ALL ".join(halves), (_calm(aggregate, type), nothing)))

    @needs(lambda can, type: can.compares(type.name, "group") and can.aggregates_exactly("count", "*"))
    def test_grouping(self, bench: Bench, logical_type: LogicalType) -> None:
        name = column_of(logical_type)
        whole = (leaf(TYPES, "id", name),)
        bench.check(Statement(f'SELECT "{name}", count(*) AS "n" FROM "__s1" GROUP BY "{name}"', whole))
        bench.check(Statement(f'SELECT DISTINCT "{name}" FROM "__s1"', whole))

    @needs(lambda can: bool(can.aggregates) and can.compares("varchar", "group"))
    def test_several_at_once(self, bench: Bench) -> None:
        capabilities = bench.connector.capabilities
        calls = [
            f'{call(a, c)} AS "{a}_{c}"'
            for a in sorted(capabilities.aggregates)
            for c in ("amount", "quantity", "day", "region", "paid")
            if _sensible(a, bench.tables[VISITS].column(c).type)
            and capabilities.aggregates_exactly(a, bench.tables[VISITS].column(c).type.name)
        ]
        body = f'SELECT "region", {", ".join(calls)} FROM "__s1" GROUP BY "region"'
        bench.check(Statement(body, (leaf(VISITS, "region", "amount", "quantity", "day", "paid"),)))


def _sensible(aggregate: str, type: LogicalType) -> bool:
    if aggregate in ("bool_or", "bool_and"):
        return type.name == "boolean"
    return aggregate not in ("sum", "avg") or type.name in ("decimal", "integer")


def _calm(aggregate: str, type: LogicalType) -> Leaf:
    """The type's column; for sums, the rows whose total the result type can hold."""
    picks = (Pick("id"), Pick(column_of(type)))
    if aggregate not in ("sum", "avg"):
        return Leaf(TYPES, picks)
    if type.name in ("real", "double"):
        return Leaf(TYPES, picks, Compare("<", ColumnOperand("id"), ValueOperand(3, _BIGINT)))
    once = tuple(ValueOperand(i, _BIGINT) for i in range(len(VALUES[str(type)])))
    return Leaf(TYPES, picks, In(ColumnOperand("id"), once))
