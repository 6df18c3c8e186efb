"""One opened source beside the oracle: asks both the same statement and compares."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from fedquery.arrow import LogicalType
from fedquery.mask_meaning import padded_blocks
from fedquery.spi import BatchStream, Connector, Limits, Parameter, PhysicalColumn, RemoteTable, Source, SqlRequest
from fedquery.testing import reference
from fedquery.testing.dataset import ReferenceTable
from fedquery.testing.planned import Planned
from fedquery.testing.quirks import Loaded, Quirks
from fedquery.testing.statement import INNER, OUTER, Statement, reads, spell

UNLIMITED = Limits()
_VARCHAR = LogicalType("varchar")
_numbers = itertools.count(1)


def token_keys() -> tuple[Parameter, ...]:
    """The kit's key as the two padded blocks that :meth:`Dialect.token` reads."""
    return tuple(Parameter(n, b, _VARCHAR) for n, b in zip((INNER, OUTER), padded_blocks(reference.KEY), strict=True))


@dataclass(frozen=True)
class Bench:
    """``tables`` is the dataset as the source holds it; ``remote`` what ``describe`` found, by path."""

    connector: Connector
    source: Source
    loaded: Loaded
    quirks: Quirks
    tables: Mapping[str, ReferenceTable]
    remote: Mapping[tuple[str, ...], RemoteTable] = field(default_factory=dict)

    @property
    def physical(self) -> dict[str, dict[str, PhysicalColumn]]:
        """Every column of the dataset as the directory would hold it: the reference type, the source's declared text."""
        return {name: {c.name: self._physical(name, c.name, c.type) for c in t.columns} for name, t in self.tables.items()}

    def _physical(self, table: str, column: str, type: LogicalType) -> PhysicalColumn:
        found = self.remote[self.loaded.paths[table]].columns
        declared = next((c.declared for c in found if c.name == column), "")
        return PhysicalColumn(column, type, declared)

    def request(
        self,
        statement: Statement,
        schema: pa.Schema | None = None,
        limits: Limits = UNLIMITED,
        query_id: str = "",
        paths: Mapping[str, tuple[str, ...]] | None = None,
        physical: Mapping[str, Mapping[str, PhysicalColumn]] | None = None,
    ) -> SqlRequest:
        """The statement as the gateway would send it. Without ``schema`` the oracle says what must come back."""
        where, what = paths or self.loaded.paths, physical or self.physical
        tokens = any(p.mask and p.mask.name == "token" for each in statement.leaves for p in each.picks)
        return SqlRequest(
            query_id=query_id or f"kit-{next(_numbers)}",
            fragment="f1",
            text=spell(statement, self.connector.dialect, self.tables, where, what),
            schema=schema or self.answer(statement).schema,
            parameters=(*statement.parameters, *(token_keys() if tokens else ())),
            stored=tuple(listed for each in statement.leaves for _, listed in each.stored),
            reads=reads(statement, where, what),
            limits=limits,
        )

    def answer(self, statement: Statement) -> pa.Table:
        """What must come back."""
        return reference.answer(statement, self.tables)

    def read(self, request: SqlRequest) -> pa.Table:
        """What does come back, whole; checked against the schema that was promised."""
        with self.source.read(request) as stream:
            return drain(stream, request.schema)

    def check_planned(self, asked: Planned) -> None:
        """Ask both what the planner spelled; columns that travel wide come back under DuckDB's own type."""
        expected = self.answer(asked.statement)
        promised = asked.promised(expected.schema)
        request = self.request(asked.statement, promised)
        found = reference.differences(self.read(request), expected.cast(promised))
        assert not found, "\n".join([request.text, *found])

    def check(self, statement: Statement, bits: bool = False) -> pa.Table:
        """Ask both and assert that they agree, with ``bits`` in the sign of zero too; returns what came back."""
        expected = self.answer(statement)
        request = self.request(statement, expected.schema)
        actual = self.read(request)
        found = reference.differences(actual, expected, bits)
        assert not found, "\n".join([request.text, *found])
        return actual


def drain(stream: BatchStream, schema: pa.Schema) -> pa.Table:
    """Every batch of the stream; each must have exactly the promised schema."""
    batches = []
    for batch in stream:
        assert batch.schema.equals(schema), f"a batch has the schema {batch.schema} instead of {schema}"
        batch.validate(full=True)
        batches.append(batch)
    assert stream.schema.equals(schema)
    return pa.Table.from_batches(batches, schema)
