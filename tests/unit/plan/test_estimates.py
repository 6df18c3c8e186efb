"""What a plan may know: raw statistics of what the caller sees as it is, of anything else only what was learned or declared."""

from __future__ import annotations

import dataclasses

import pytest

from fedquery.experience import Learned, Transport
from fedquery.names import ResourceName
from fedquery.plan.estimates import NOTHING, SIZES, Estimates
from fedquery.plan.model import Leaf
from fedquery.spi import ColumnStatistics, TableStatistics
from tests.unit.plan.town import bound, planned

RAW = ColumnStatistics(distinct=7, least=1, greatest=9)
KNOWN = TableStatistics(rows=5, columns=dict.fromkeys(("year", "person_id", "total", "uscc", "district"), RAW))
ESTIMATES = Estimates({ResourceName("tax", "wage"): KNOWN, ResourceName("psb", "resident"): KNOWN})


def leaf(sql: str, size: str | None = None, **changes: dict[str, object]) -> tuple[Leaf, list[str]]:
    statement = bound(sql, **changes)  # type: ignore[arg-type]
    (found,) = statement.leaves.values()
    entry = found.decision.entry.model_copy(update={"size": size})
    decided = dataclasses.replace(found, decision=dataclasses.replace(found.decision, entry=entry))
    return decided, list(statement.uses[str(found.decision.resource)])


def test_a_whole_clear_slice_is_known_by_its_statistics() -> None:
    found, used = leaf("SELECT year FROM tax.wage WHERE year > 2020")
    assert ESTIMATES.rows(found, used) == 5
    assert ESTIMATES.column(found, "year") == RAW


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT district FROM psb.resident",
        "SELECT person_id FROM tax.wage",
        "SELECT year FROM tax.wage WHERE uscc = uscc",
        "SELECT count(*) FROM tax.wage WHERE total > 60000",
    ],
    ids=["cut", "token", "token in a condition", "verify"],
)
def test_a_cut_or_masked_slice_is_known_by_its_declared_size_only(sql: str) -> None:
    found, used = leaf(sql)
    assert ESTIMATES.rows(found, used) is None
    assert NOTHING.rows(found, used) is None
    found, used = leaf(sql, size="large")
    assert ESTIMATES.rows(found, used) == SIZES["large"]


def test_columns_are_known_only_where_they_are_seen_as_they_are() -> None:
    found, _ = leaf("SELECT year FROM tax.wage")
    assert [c.name for c in found.columns if ESTIMATES.column(found, c.name)] == ["year"]
    cut, _ = leaf("SELECT district FROM psb.resident")
    assert ESTIMATES.column(cut, "district") is None
    column = found.column("year")
    assert column is not None
    for change in ({"codes": {"1": "2"}}, {"invalid": "null"}):
        entry = column.decision.entry.model_copy(update=change)
        changed = dataclasses.replace(column, decision=dataclasses.replace(column.decision, entry=entry))
        unified = dataclasses.replace(found, columns=tuple(changed if c is column else c for c in found.columns))
        assert ESTIMATES.column(unified, "year") is None


def templates(sql: str, **more: object) -> list[str]:
    return [fragment.template for fragment in planned(sql, **more).fragments]  # type: ignore[arg-type]


def test_a_template_forgets_constants_and_keeps_everything_else() -> None:
    (first,) = templates("SELECT town FROM tax.office WHERE town IN ('a', 'b')")
    assert templates("SELECT town FROM tax.office WHERE town IN ('it''s', 'b', 'c 2')") == [first]
    for other in (
        "SELECT town FROM tax.office WHERE town = 'a'",
        "SELECT uscc FROM tax.office WHERE town IN ('a', 'b')",
        "SELECT town FROM tax.office WHERE town IN ('a', 'b') LIMIT 5",
        "SELECT town FROM tax.office",
    ):
        assert templates(other) != [first], other
    limited = "SELECT town FROM tax.office LIMIT {}"
    assert templates(limited.format(5)) != templates(limited.format(6))


def test_a_template_belongs_to_one_slice() -> None:
    sql = "SELECT born FROM psb.resident WHERE score > 1"
    (first,) = templates(sql)
    assert templates(sql, resident={"born": "truncate(month)"}) != [first]
    decided = next(iter(bound(sql).leaves.values()))
    for values, same in (({"region": "9901"}, True), ({"region": "9902"}, False)):
        from fedquery.plan.template import template

        other = dataclasses.replace(decided, decision=dataclasses.replace(decided.decision, values=values))
        assert (template("SELECT", [other]) == template("SELECT", [decided])) == same


def test_what_is_learned_is_found_by_template_and_source() -> None:
    (first,) = templates("SELECT town FROM tax.office")
    known = Estimates(learned={first: Learned(10, 80, 1)}, transports={"tax.main": Transport(2.0**20, 4.0)})
    assert known.fragment(first) == Learned(10, 80, 1)
    assert known.fragment("0" * 64) is None
    assert known.transport("tax.main").bytes_per_second == 2**20
    assert known.transport("psb.main") == Transport(runs=0)
