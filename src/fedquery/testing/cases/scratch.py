"""Temporary tables for long lists of keys: the same answer with them, and none where the entry does not allow it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fedquery.arrow import LogicalType
from fedquery.errors import UnsupportedByConnector
from fedquery.spi import DuckDBDialect, Parameter
from fedquery.testing.bench import Bench
from fedquery.testing.cases.needs import needs
from fedquery.testing.cases.predicates import literals
from fedquery.testing.dataset import TYPES, column_of
from fedquery.testing.statement import Leaf, Pick, Statement

_ORACLE = DuckDBDialect()
#: Keys of these types are shipped.
_SHIPPED = ("decimal", "varchar", "date", "bigint")


def _stored(bench: Bench, type: LogicalType) -> Statement:
    """Every second value of a column asked for in two ways: in words, and by a stored list with each key twice."""
    name, values = column_of(type), literals(bench.tables[TYPES], type)[::2]
    listed = Parameter("keys_1", (*values, *values), LogicalType("list", item=type))
    words = ", ".join(_ORACLE.literal(value, type) for value in values)
    narrowed = Leaf(TYPES, (Pick("id"), Pick(name)), stored=((name, listed),))
    return Statement(f'SELECT "id" FROM "__s1" WHERE "{name}" IN ({words})', (narrowed,))


class ScratchCases:
    """What is declared as ``scratch`` is done exactly, and left alone without the owner's word."""

    @pytest.fixture(scope="class")
    @classmethod
    def scratch(cls, bench: Bench) -> Iterator[Bench]:
        """The source again, opened as an entry with ``scratch = true`` has it."""
        source = bench.connector.open(replace(bench.loaded.config, scratch=True))
        yield replace(bench, source=source)
        source.close()

    @needs(lambda can: can.scratch)
    def test_stored_lists(self, scratch: Bench) -> None:
        """Of each type, one after the other: the session that stored one list serves the next statement."""
        declared = [LogicalType.parse(text) for text in scratch.quirks.types]
        shipped = [type for type in declared if type.name in _SHIPPED and literals(scratch.tables[TYPES], type)]
        assert shipped
        for type in shipped:
            assert scratch.check(_stored(scratch, type)).num_rows > 0, type

    @needs(lambda can: can.scratch)
    def test_no_temporary_table_without_the_owners_word(self, bench: Bench) -> None:
        with pytest.raises(UnsupportedByConnector):
            bench.read(bench.request(_stored(bench, LogicalType("varchar"))))

    @needs(lambda can: not can.scratch)
    def test_undeclared_no_dialect_spells_it(self, bench: Bench) -> None:
        column = bench.physical[TYPES][column_of(LogicalType("varchar"))]
        assert bench.connector.dialect.stored(column, "keys_1", column.type) is None
