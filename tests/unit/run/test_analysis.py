"""What an analysis tells, and to whom."""

from __future__ import annotations

import dataclasses

from fedquery.run import analysis

from .conftest import GeneratorSource, Runner, rows
from .test_shipping import _plan


def test_keys_rows_and_times_of_each_fragment(run: Runner) -> None:
    plan = _plan()
    with run(plan, GeneratorSource({"few": rows(3)}), tax=GeneratorSource({"many AND keys": rows(2)})) as result:
        result.read_all()
    assert result.statistics is not None
    told = analysis.document(plan, result.statistics)
    giver, taker = told["fragments"]
    assert taker["keys"] == [{"from": "f1", "origin": "civil.x.id", "at_most": 100, "ends": False}]
    assert taker["shipped"] == [{"origin": "civil.x.id", "keys": 3, "ends": False}]
    assert (giver["rows"], taker["rows"], told["run"]["rows"]) == (3, 2, 1)
    assert told["run"]["residual_milliseconds"] <= told["run"]["milliseconds"]
    assert "asked for 3 keys of civil.x.id" in analysis.text(plan, result.statistics)


def test_only_the_owners_steward_sees_what_was_expected_and_the_statement(run: Runner) -> None:
    plan = _plan()
    known = dataclasses.replace(plan, fragments=tuple(dataclasses.replace(f, expected=7.0) for f in plan.fragments))
    with run(known, GeneratorSource({"few": rows(3)}), tax=GeneratorSource({"many AND keys": rows(2)})) as result:
        result.read_all()
    assert result.statistics is not None
    for reader, seen in ((None, False), ("psb", False), ("civil", True)):
        told = analysis.document(known, result.statistics, reader)
        assert [("expected_rows" in f, "statement" in f) for f in told["fragments"]] == [(seen, seen)] * 2
        assert ("expected: 7 rows" in analysis.text(known, result.statistics, reader)) == seen
