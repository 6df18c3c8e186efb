"""Row filters and code lists: each predicate of the closed language, with literals, bound attributes and bound lists."""

from __future__ import annotations

from collections.abc import Sequence

from fedquery.arrow import LogicalType
from fedquery.predicates import (
    COMPARISONS,
    And,
    ColumnOperand,
    Compare,
    Constant,
    In,
    IsNull,
    Not,
    Or,
    ParameterOperand,
    Predicate,
    StartsWith,
    ValueOperand,
)
from fedquery.spi import Parameter
from fedquery.testing.bench import Bench
from fedquery.testing.cases.predicates import literals
from fedquery.testing.dataset import TYPES, VISITS, column_of
from fedquery.testing.statement import Leaf, Pick, Statement

VARCHAR = LogicalType("varchar")
VARCHARS = LogicalType.parse("varchar[]")
_TEXT, _REGION = ColumnOperand(column_of("varchar")), ColumnOperand("region")
#: Bound texts that a careless binding would change: empty, quoted, escaped, wild, list-like, and text that looks like NULL.
HOSTILE = (
    "abc",
    "",
    "O'Brien",
    "back\\slash",
    "100%",
    "a_b",
    '"',
    "`",
    "NULL",
    "{a,b}",
    "a,b",
    "𠮷野家",
    "x'; --",
    "\\",
    "tab\tnew\nline",
)


def filtered(bench: Bench, table: str, row_filter: Predicate, *parameters: Parameter) -> int:
    """Check a leaf under the filter; returns how many rows passed."""
    statement = Statement('SELECT "id" FROM "__s1"', (Leaf(table, (Pick("id"),), row_filter),), parameters)
    return len(bench.check(statement))


def each_filtered(bench: Bench, table: str, row_filters: Sequence[Predicate], *parameters: Parameter) -> None:
    """Check one leaf under each of the filters, all in one statement."""
    leaves = tuple(Leaf(table, (Pick("id"),), each) for each in row_filters)
    bodies = (f'SELECT {i} AS "k", "id" FROM "__s{i}"' for i in range(1, len(leaves) + 1))
    bench.check(Statement(" UNION ALL ".join(bodies), leaves, parameters))


class FilterCases:
    """Every row filter is exact at its source."""

    def test_filter_compares(self, bench: Bench, logical_type: LogicalType) -> None:
        column = ColumnOperand(column_of(logical_type))
        values = [ValueOperand(v, logical_type) for v in literals(bench.tables[TYPES], logical_type)[:6]]
        for operator in COMPARISONS:
            if values and bench.connector.capabilities.compares(logical_type.name, operator):
                pairs = [pair for v in values for pair in ((column, v), (v, column))]
                each_filtered(bench, TYPES, [Compare(operator, left, right) for left, right in pairs])

    def test_filter_three_values(self, bench: Bench) -> None:
        west = Compare("=", _REGION, ValueOperand("west", VARCHAR))
        null, more = IsNull(_REGION), Compare(">", ColumnOperand("quantity"), ValueOperand(3, LogicalType("integer")))
        each_filtered(bench, VISITS, (
            west, Not(west), null, Not(null), And((west, more)), Or((west, more)), Not(Or((west, more))),
            Not(And((null, more))),
            Constant(True), Constant(False), Constant(None), Not(Constant(None)), Or((Constant(None), more)),
        ))  # fmt: skip

    def test_filter_in_literals(self, bench: Bench) -> None:
        for values in ((), ("west",), ("west", "", "O'Brien"), HOSTILE):
            listed = In(_TEXT, tuple(ValueOperand(v, VARCHAR) for v in values))
            assert (filtered(bench, TYPES, listed) > 0) == bool(set(values) & {"", "abc"})
            filtered(bench, TYPES, Not(listed))

    def test_filter_starts_with(self, bench: Bench) -> None:
        prefixes = ("ab", "AB", "a", "", "100%", "a_", "back\\", "O'", "\U00020bb7", "a\u0301", "👩", " ")
        each_filtered(bench, TYPES, [StartsWith(_TEXT, ValueOperand(p, VARCHAR)) for p in prefixes])
        bound = tuple(Parameter(f"prefix{i}", p, VARCHAR) for i, p in enumerate(prefixes))
        each_filtered(bench, TYPES, [StartsWith(_TEXT, ParameterOperand(p.name, VARCHAR)) for p in bound], *bound)

    def test_filter_binds_attributes(self, bench: Bench) -> None:
        bound = tuple(Parameter(f"attribute{i}", value, VARCHAR) for i, value in enumerate(HOSTILE))
        each_filtered(bench, TYPES, [Compare("=", _TEXT, ParameterOperand(p.name, VARCHAR)) for p in bound], *bound)

    def test_filter_binds_lists(self, bench: Bench) -> None:
        member = In(_TEXT, ParameterOperand("areas", VARCHARS))
        for values in ((), ("",), ("abc",), ("O'Brien", "a,b", "{}"), HOSTILE):
            passed = filtered(bench, TYPES, member, Parameter("areas", values, VARCHARS))
            assert (passed > 0) == bool(set(values) & {"", "abc", "O'Brien"})
            filtered(bench, TYPES, Not(member), Parameter("areas", values, VARCHARS))

    def test_two_leaves_bind_their_own(self, bench: Bench) -> None:
        """Two leaves of one fragment with different filters and parameters do not mix them up."""
        leaves = tuple(
            Leaf(VISITS, (Pick("id"), Pick("region")), Compare("=", _REGION, ParameterOperand(name, VARCHAR)))
            for name in ("first", "second")
        )
        body = 'SELECT 1 AS "k", "id", "region" FROM "__s1" UNION ALL SELECT 2 AS "k", "id", "region" FROM "__s2"'
        values = (Parameter("first", "east", VARCHAR), Parameter("second", "", VARCHAR))
        assert bench.check(Statement(body, leaves, values)).num_rows > 0

    def test_code_list(self, bench: Bench) -> None:
        codes = {"abc": "1", "ABC": "2", "O'Brien": "it's", "": "none", "back\\slash": "\\", "李雷": "一"}
        picks = (Pick("id"), Pick(_TEXT.name, alias="code", codes=codes))
        actual = bench.check(Statement('SELECT "id", "code" FROM "__s1"', (Leaf(TYPES, picks),)))
        assert set(actual.column("code").to_pylist()) == {*codes.values(), None}
