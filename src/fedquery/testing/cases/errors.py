"""Errors: each has its class, names its source, says what to do, and holds no secret, no row's value, no text of the source."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from fedquery.errors import FedqueryError, InvalidValue, SourceDrift, SourceError, SourceRejected, SourceUnavailable
from fedquery.spi import PhysicalColumn, SourceConfig, SqlRequest
from fedquery.testing.bench import Bench
from fedquery.testing.dataset import MANY, REGIONS, TYPES, column_of
from fedquery.testing.statement import Statement, leaf

_CODES = Statement('SELECT "code" FROM "__s1"', (leaf(REGIONS, "code"),))


class ErrorCases:
    """Whatever goes wrong at a department is told in our words."""

    def test_unknown_table(self, bench: Bench) -> None:
        path = (*bench.loaded.paths[REGIONS][:-1], "kit_vanished")
        problem = _fails(bench, bench.request(_CODES, paths={**bench.loaded.paths, REGIONS: path}), SourceDrift)
        assert problem.source == bench.loaded.config.id

    def test_unknown_column(self, bench: Bench) -> None:
        vanished = replace(bench.physical[REGIONS]["code"], name="kit_vanished")
        physical = {**bench.physical, REGIONS: {**bench.physical[REGIONS], "code": vanished}}
        _fails(bench, bench.request(_CODES, physical=physical), SourceDrift)

    def test_another_type_than_promised(self, bench: Bench) -> None:
        promised = pa.schema([pa.field("code", pa.int64())])
        _fails(bench, bench.request(_CODES, schema=promised), SourceDrift)

    def test_another_column_count_than_promised(self, bench: Bench) -> None:
        promised = pa.schema([pa.field("code", pa.string()), pa.field("name", pa.string())])
        _fails(bench, bench.request(_CODES, schema=promised), SourceDrift)

    def test_null_where_none_was_promised(self, bench: Bench) -> None:
        statement = Statement('SELECT "name" FROM "__s1"', (leaf(REGIONS, "name"),))
        promised = pa.schema([pa.field("name", pa.string(), nullable=False)])
        _fails(bench, bench.request(statement, schema=promised), SourceDrift)

    def test_refused_statement(self, bench: Bench) -> None:
        request = replace(bench.request(_CODES), text="THIS IS NOT SQL")
        _fails(bench, request, SourceRejected)

    def test_values_stay_out_of_errors(self, bench: Bench) -> None:
        """Text that no number can hold, read as a number: whatever is raised, the text is not in it."""
        statement = Statement('SELECT "note" FROM "__s1"', (leaf(MANY, "note"),))
        physical = bench.physical
        wrong = PhysicalColumn("note", bench.tables[MANY].column("id").type, physical[MANY]["note"].declared)
        schema = pa.schema([pa.field("note", pa.int64())])
        request = bench.request(statement, schema=schema, physical={**physical, MANY: {**physical[MANY], "note": wrong}})
        problem = _fails(bench, request, SourceError)
        assert "00000" not in _told(problem)

    def test_a_value_that_does_not_fit(self, bench: Bench) -> None:
        """Texts promised as dates are drift or invalid; ``invalid = "null"`` may make them NULL, never a wrong date."""
        name = column_of("varchar")
        statement = Statement(f'SELECT "{name}" FROM "__s1"', (leaf(TYPES, name),))
        date = bench.tables[TYPES].column(column_of("date")).type
        declared = bench.physical[TYPES][name].declared
        wrong = {**bench.physical, TYPES: {**bench.physical[TYPES], name: PhysicalColumn(name, date, declared)}}
        request = bench.request(statement, schema=pa.schema([pa.field(name, pa.date32())]), physical=wrong)
        problem = _fails(bench, request, SourceError)
        assert isinstance(problem, (SourceDrift, InvalidValue))

    def test_down(self, bench: Bench) -> None:
        assert bench.loaded.down is not None, "Loaded.down is not set; or say in Quirks.inapplicable why it cannot be"
        _does_not_answer(bench, bench.loaded.down)

    def test_wrong_credentials(self, bench: Bench) -> None:
        assert bench.loaded.refused is not None, "Loaded.refused is not set; or say in Quirks.inapplicable why it cannot be"
        _does_not_answer(bench, bench.loaded.refused)

    def test_usable_after_errors(self, bench: Bench) -> None:
        for _ in range(2 * bench.loaded.config.concurrency):
            _fails(bench, replace(bench.request(_CODES), text="THIS IS NOT SQL"), SourceRejected)
        bench.check(_CODES)


def _does_not_answer(bench: Bench, config: SourceConfig) -> None:
    """Opening is no connecting; reading and pinging say that the source is unavailable, without secrets."""
    source = bench.connector.open(config)
    try:
        for attempt in (source.ping, lambda: source.read(bench.request(_CODES)).close(), lambda: list(source.describe())):
            with pytest.raises(SourceUnavailable) as caught:
                attempt()
            says_who_and_what_to_do(caught.value, config.id)
            assert not [s for s in bench.loaded.secrets if s in _told(caught.value)]
    finally:
        source.close()


def _fails(bench: Bench, request: SqlRequest, kind: type[FedqueryError]) -> FedqueryError:
    with pytest.raises(kind) as caught:
        bench.read(request)
    problem = caught.value
    told = _told(problem)
    says_who_and_what_to_do(problem, bench.loaded.config.id)
    assert not [s for s in bench.loaded.secrets if s in told], "a secret is in the message"
    assert request.text not in told, "the statement is in the message"
    return problem


def says_who_and_what_to_do(problem: FedqueryError, source: str) -> None:
    """A query over many sources fails with the name of the one at fault, and with a next step."""
    assert problem.source == source
    assert source in problem.message, f"{problem.message!r} does not name its source"
    assert problem.hint, f"{problem.message!r} does not say what to do"


def _told(problem: FedqueryError) -> str:
    """Everything of the error that a caller may see."""
    return " ".join((str(problem), problem.hint or "", *problem.reasons, *problem.suggestions))
