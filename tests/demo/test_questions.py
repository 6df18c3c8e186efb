"""Every question has an answer under its grant, and an answer that needs each department it asks."""

from __future__ import annotations

import pytest

from fedquery.demo.cases import case_lists
from fedquery.demo.city import City
from tests.demo.reference import Question, Reference, questions


def test_there_are_sixteen_questions() -> None:
    assert [question.name for question in questions()] == [f"Q{number:02d}" for number in range(1, 17)]


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_the_answer_needs_every_department(question: Question, reference: Reference) -> None:
    answer = reference.answer("analyst", question.grant, question.sql)
    assert answer.num_rows
    for resource in reference.resources(question.grant, question.sql):
        other = reference.answer("analyst", question.grant, question.sql, without=resource)
        assert rows(other) != rows(answer), f"{question.name} does not depend on {resource}"


@pytest.mark.parametrize("citizens", [2000, 20_000])
def test_cities_of_other_sizes_answer_too(citizens: int) -> None:
    city = City(citizens=citizens)
    reference = Reference(city.tables, case_lists(city.tables))
    empty = [q.name for q in questions() if not reference.answer("analyst", q.grant, q.sql).num_rows]
    assert empty == []


def test_backflow_gives_the_city_three_districts_and_a_district_its_own(reference: Reference) -> None:
    (question,) = (question for question in questions() if question.name == "Q15")
    whole = reference.answer("analyst", question.grant, question.sql).to_pylist()
    part = reference.answer("district_analyst", question.grant, question.sql).to_pylist()
    assert [row["hukou_district"] for row in whole] == ["990101", "990102", "990103"]
    assert part == [row for row in whole if row["hukou_district"] == "990102"]


def test_a_register_cut_to_one_district_makes_children_look_unregistered(reference: Reference, city: City) -> None:
    (question,) = (question for question in questions() if question.name == "Q01")
    registered = set(city.tables["psb.resident"].column("person_id").to_pylist())
    certificates = {row["cert_no"]: row["child_person_id"] for row in city.tables["health.birth_certificate"].to_pylist()}

    def wrongly(account: str) -> list[str]:
        found = reference.answer(account, question.grant, question.sql).column("cert_no").to_pylist()
        return [number for number in found if certificates[number] in registered]

    assert wrongly("analyst") == []
    # Not visible is not missing, which is why such an answer is marked.
    assert wrongly("district_analyst")


def rows(table: object) -> list[str]:
    return sorted(map(repr, table.to_pylist()))  # type: ignore[attr-defined]
