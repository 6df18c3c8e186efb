"""Names resolve to the caller's slices; hidden and missing have one answer, denied has the reason."""

from __future__ import annotations

import pytest

from fedquery.errors import AccessDenied, AmbiguousName, TypeProblem, UnknownName
from tests.unit.plan.town import bound


def test_a_star_expands_to_what_is_granted() -> None:
    assert bound("select * from psb.resident").schema.names == ["person_id", "name", "born", "district", "score"]


def test_a_star_leaves_out_what_can_only_be_joined_or_verified() -> None:
    assert bound("select * from tax.wage", wage={"person_id": "join"}).schema.names == ["year", "uscc"]


@pytest.mark.parametrize(
    "sql",
    ["select psb.resident.score from psb.resident", "SELECT Score FROM PSB.Resident", "from psb.resident select score"],
)
def test_names_are_found_however_they_are_written(sql: str) -> None:
    assert bound(sql).schema.names == ["score"]


def test_hidden_and_missing_tables_have_one_text() -> None:
    told = []
    for name in ("psb.hidden", "psb.hiddem"):
        with pytest.raises(UnknownName) as unknown:
            bound(f"select 1 from {name}")
        told.append((str(unknown.value).replace(name, "X"), unknown.value.span, unknown.value.suggestions))
    assert told[0] == told[1]


def test_unknown_tables_are_marked_and_suggest_what_may_be_found() -> None:
    with pytest.raises(UnknownName, match=r"Did you mean psb\.resident\?") as unknown:
        bound("select 1 from tax.wage w join psb.residents r using (person_id) join psb.residents s using (person_id)")
    assert unknown.value.suggestions == ("psb.resident",)
    assert unknown.value.span is not None
    assert (unknown.value.span.start, unknown.value.span.end) == (30, 43)


@pytest.mark.parametrize("name", ["nothing", "resident", "a.b.c", '"a.csv"', "information_schema.tables"])
def test_a_table_that_is_no_entry_is_unknown(name: str) -> None:
    with pytest.raises(UnknownName):
        bound(f"select 1 from {name}")


def test_a_column_that_is_not_shared_is_denied_with_its_legal_basis() -> None:
    with pytest.raises(AccessDenied, match=r"Test Law, Art\. 1") as denied:
        bound("select r.secret from psb.resident r")
    assert denied.value.span is not None
    assert denied.value.span.start == len("select ")


def test_unknown_columns_suggest_near_ones() -> None:
    with pytest.raises(UnknownName) as unknown:
        bound("select scor from psb.resident")
    assert unknown.value.suggestions == ("score",)


@pytest.mark.parametrize(
    "sql",
    [
        "select r from psb.resident r",
        "select rowid from psb.resident",
        "select ctid from psb.resident",
        "select r.nothing from (select score from psb.resident) r",
        "select x.score from psb.resident r",
        "select MM from psb.resident",
        "select SFZH from psb.resident",
    ],
)
def test_whole_rows_system_columns_and_physical_names_are_unknown(sql: str) -> None:
    with pytest.raises(UnknownName):
        bound(sql)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select score from psb.resident order by 9", "The result has no column 9."),
        ("select score, count(*) from psb.resident group by 7", "The result has no column 7."),
        ("select a.* from psb.resident r", "FROM names no table a."),
        ("select score from psb.resident join tax.wage using (year)", "USING needs the column year on both sides."),
    ],
)
def test_a_name_that_leads_nowhere_is_named_with_what_to_do(sql: str, told: str) -> None:
    with pytest.raises(UnknownName) as unknown:
        bound(sql)
    assert unknown.value.message == told
    assert unknown.value.hint


def test_ambiguous_columns_are_said_to_be() -> None:
    with pytest.raises(AmbiguousName):
        bound("select person_id from psb.resident r join tax.wage w on r.person_id = w.person_id")


@pytest.mark.parametrize(
    "sql",
    [
        "select born + born from psb.resident",
        "select * from psb.resident where district > born",
        "select sum(district) from psb.resident",
        "select score, count(*) from psb.resident",
        "select score from psb.resident union select district, score from psb.resident",
    ],
)
def test_types_are_checked_before_any_source_is_touched(sql: str) -> None:
    with pytest.raises(TypeProblem) as problem:
        bound(sql)
    assert "__" not in str(problem.value)


def test_group_by_all_names_its_keys() -> None:
    assert "GROUP BY" in bound("select district, count(*) from psb.resident group by all").tree.sql("duckdb")


def test_output_names_and_types_are_those_of_duckdb() -> None:
    schema = bound("select count(*), sum(score) as S, max(born), score / 2 from psb.resident group by score").schema
    assert schema.names[:2] == ["count_star()", "S"]
    assert [str(t) for t in schema.types] == ["int64", "decimal128(38, 0)", "date32[day]", "double"]
