"""What DuckDB's binder says of a statement that does not fit is told in our words, in both languages, with a next step."""

from __future__ import annotations

import re

import pytest

from fedquery.errors import FedqueryError, TypeProblem
from fedquery.said import in_chinese
from tests.unit.plan.town import bound

#: Statement -> what is told. A new DuckDB that words its complaint otherwise fails here.
TOLD = {
    "select sum(district) from psb.resident": "No function or operator fits sum(VARCHAR).",
    "select district + 1 from psb.resident": "No function or operator fits +(VARCHAR, INTEGER).",
    "select substring(district) from psb.resident": "No function or operator fits substring(VARCHAR).",
    "select strftime(district, '%Y') from psb.resident": "No function or operator fits strftime(VARCHAR, VARCHAR).",
    "select score from psb.resident where district > born": "Values of the types VARCHAR and DATE can be neither",
    "select score from psb.resident where born between 1 and 2": "Values of the types DATE and INTEGER can be neither",
    "select case when score = 1 then district else born end from psb.resident": "Values of the types DATE and VARCHAR",
    "select coalesce(district, born) from psb.resident": "Values of the types VARCHAR and DATE can be neither",
    "select greatest(district, born) from psb.resident": "Values of the types VARCHAR and DATE can be neither",
    "select district, count(*) from psb.resident": "The column district is neither grouped nor aggregated.",
    "select max(count(*)) from psb.resident": "An aggregate cannot stand inside another.",
    "select score from psb.resident where count(*) > 1": "WHERE cannot contain aggregates.",
    "select score from psb.resident where rank() over (order by score) > 1": "WHERE cannot contain window functions.",
    "select row_number() from psb.resident": "A window function stands without OVER",
    "select score from psb.resident union select 1, 2": "The sides of a set operation have different numbers of columns.",
    "select score from psb.resident where score in (select year, year from tax.wage)": "A sub-query returns 2 columns where 1",
}


@pytest.mark.parametrize("sql", TOLD)
def test_it_is_told_in_both_languages_with_a_next_step(sql: str) -> None:
    with pytest.raises(TypeProblem) as caught:
        bound(sql)
    problem: FedqueryError = caught.value
    assert problem.message.startswith(TOLD[sql])
    assert problem.hint
    for text in (problem.message, problem.hint):
        assert re.search("[\u4e00-\u9fff]", in_chinese(text))
        assert not re.search("[a-z]{3,} [a-z]{2,} [a-z]{2,}", in_chinese(text))


def test_what_there_are_no_words_for_is_handed_on() -> None:
    with pytest.raises(TypeProblem, match="QUANTILE") as caught:
        bound("select quantile_cont(score, 2) from psb.resident")
    assert in_chinese(caught.value.message).startswith("语句不成立：")
