"""The conformance kit: ``class TestX(ConnectorConformance)`` with its quirks and a loaded source is a connector's whole test.

class TestPostgres(ConnectorConformance):
    connector = CONNECTOR
    quirks = Quirks(declared={"bigint": "bigint", "varchar": "text", ...})

    @pytest.fixture(scope="class")
    @classmethod
    def loaded(cls):
        ...create and fill every table of ``cls.tables()``...
        yield Loaded(config, paths={name: ("public", name) for name in cls.tables()})
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from fedquery.spi import Connector
from fedquery.testing.bench import Bench
from fedquery.testing.cases import parameters
from fedquery.testing.cases.aggregates import AggregateCases
from fedquery.testing.cases.cancel import CancelCases
from fedquery.testing.cases.describe import DescribeCases
from fedquery.testing.cases.errors import ErrorCases
from fedquery.testing.cases.filters import FilterCases
from fedquery.testing.cases.fingerprint import FingerprintCases
from fedquery.testing.cases.functions import FunctionCases
from fedquery.testing.cases.joins import JoinCases
from fedquery.testing.cases.limits import LimitCases
from fedquery.testing.cases.masks import MaskCases
from fedquery.testing.cases.predicates import PredicateCases
from fedquery.testing.cases.scan import ScanCases
from fedquery.testing.cases.scratch import ScratchCases
from fedquery.testing.cases.types import TypeCases
from fedquery.testing.dataset import ReferenceTable, dataset
from fedquery.testing.quirks import Gap, Loaded, Quirks, gap, holds_everything

__all__ = ["ConnectorConformance", "Gap", "Loaded", "Quirks", "ReferenceTable", "gap", "holds_everything"]


class ConnectorConformance(
    DescribeCases,
    FingerprintCases,
    TypeCases,
    ScanCases,
    PredicateCases,
    FilterCases,
    MaskCases,
    AggregateCases,
    FunctionCases,
    JoinCases,
    LimitCases,
    CancelCases,
    ErrorCases,
    ScratchCases,
):
    """Everything a connector must do, and everything it declares, against the oracle."""

    connector: ClassVar[Connector]
    quirks: ClassVar[Quirks]

    @classmethod
    def tables(cls) -> dict[str, ReferenceTable]:
        """The dataset to load, as this source can hold it."""
        return dataset(frozenset(cls.quirks.types), cls.quirks.holds)

    @pytest.fixture(scope="class")
    @classmethod
    def loaded(cls) -> Iterator[Loaded]:
        """Load :meth:`tables` into a real source; undo it afterwards."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, loaded: Loaded) -> Iterator[Bench]:
        """The source, opened once for the class."""
        source = cls.connector.open(loaded.config)
        remote = {table.path: table for table in source.describe()}
        yield Bench(cls.connector, source, loaded, cls.quirks, cls.tables(), remote)
        source.close()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each type, operator, mask, function, aggregate, join and set operation that the connector declares."""
        cls = type(self)
        for names, values in parameters.cases(metafunc.fixturenames, cls.connector.capabilities, cls.quirks):
            metafunc.parametrize(names, values, ids=["-".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in values])

    def test_quirks_name_cases(self) -> None:
        names = {name for name in dir(self) if name.startswith("test_")}
        assert {*(g.case.partition("[")[0] for g in self.quirks.gaps), *self.quirks.inapplicable} <= names
