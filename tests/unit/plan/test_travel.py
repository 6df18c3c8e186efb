"""Which expressions travel, and how they are spelled: over TPC-H's tables, and over a slice that hides rows."""

from __future__ import annotations

import re

import pytest

from benchmarks.tpch import queries
from fedquery.plan.model import Fragment, Plan
from tests.unit.plan import market, town

_DEPARTMENTS = re.compile(r"\b(sales|crm|supply)\.")


def _tpch(name: str) -> Plan:
    return market.planned(_DEPARTMENTS.sub("", queries.text(name, 1)))


def _bodies(plan: Plan, source: str) -> list[str]:
    """What a source is asked beyond its slices."""
    return [fragment.text.rsplit("AS (SELECT", 1)[1] for fragment in plan.fragments if fragment.source == source]


def _said(fragment: Fragment, part: str) -> list[str]:
    return [p.text.removeprefix(f"{part}: ") for p in fragment.pushed if p.text.startswith(f"{part}: ")]


@pytest.mark.parametrize("query", ["q01", "q04", "q06", "q12"])
def test_a_statement_over_one_source_is_one_statement_there(query: str) -> None:
    plan = _tpch(query)
    (fragment,) = plan.fragments
    assert fragment.source == "shop.main"
    assert _said(fragment, "aggregate")
    for word in ("GROUP BY", "SUM(", "COUNT(", "WHERE", "JOIN", "EXISTS"):
        assert word not in plan.residual


#: query -> source -> what it is asked, in the dialect of the source
ASKED = {
    "q01": {"shop.main": ['SUM(CAST((CAST(("lineitem"."l_extendedprice" * ((CAST(1 AS numeric) - "lineitem"."l_discount")']},
    "q03": {"shop.main": ['"l_shipdate" >', '"o_orderdate" <'], "crm.main": ["`c_mktsegment` = 'BUILDING'"]},
    "q05": {"shop.main": ['"o_orderdate" >='], "crm.main": ["`r_name` = 'ASIA'"]},
    "q07": {"crm.main": ["`n_name` = 'FRANCE' OR "], "shop.main": ['"l_shipdate" BETWEEN']},
    "q08": {"store.main": ["\"p_type\" = 'ECONOMY ANODIZED STEEL'"], "shop.main": ['"o_orderdate" BETWEEN']},
    "q09": {"store.main": ["\"p_name\" LIKE '%green%'"]},
    "q10": {"shop.main": ["\"l_returnflag\" = 'R'"]},
    "q13": {"shop.main": ["NOT (\"__s2\".\"o_comment\" LIKE '%special%requests%' ESCAPE '')"]},
    "q14": {"shop.main": ['"l_shipdate" >=']},
    "q15": {"shop.main": ['GROUP BY "lineitem"."l_suppkey"']},
    "q16": {"store.main": ["LIKE '%Customer%Complaints%'"]},
    "q17": {"shop.main": ['SUM("lineitem"."l_quantity") AS']},
    "q18": {"shop.main": ['HAVING SUM("lineitem"."l_quantity") > 300']},
    "q19": {"shop.main": ['"l_shipmode" IN', '"l_quantity" >=']},
    "q22": {"crm.main": ["SUBSTRING(`__s1`.`c_phone`, 1, 2) IN ('13'"]},
}


@pytest.mark.parametrize("query", ASKED)
def test_filters_and_sums_go_to_their_source(query: str) -> None:
    plan = _tpch(query)
    for source, texts in ASKED[query].items():
        for text in texts:
            assert any(text in body for body in _bodies(plan, source)), _bodies(plan, source)


def test_an_average_is_divided_at_the_gateway() -> None:
    plan = _tpch("q01")
    assert plan.residual.count("AS DOUBLE) / ") == 3
    assert "AVG" not in plan.fragments[0].text


def test_what_holds_for_a_disjunction_is_asked_and_checked_again() -> None:
    verdicts = [p.verdict for f in _tpch("q19").fragments for p in f.pushed if p.verdict.kind == "superset"]
    assert len(verdicts) == 2
    assert all("the gateway checks" in verdict.rule for verdict in verdicts)


CHECKED = "select sum(l_extendedprice * l_discount) from lineitem"


def test_what_can_raise_travels_where_nothing_is_hidden_and_raises_there() -> None:
    (fragment,) = market.planned(CHECKED).fragments
    assert 'CAST(("lineitem"."l_extendedprice" * "lineitem"."l_discount") AS numeric(18,4))' in fragment.text
    assert any("nothing is hidden" in p.verdict.rule for p in fragment.pushed)


def test_what_can_raise_stays_where_rows_are_hidden() -> None:
    (fragment,) = town.planned("select sum(score * score) from psb.resident").fragments
    assert "SUM" not in fragment.text
    assert [k.reason for k in fragment.kept_back] == ["* can raise: its value may go beyond integer"]


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("cast(score as bigint) * 2 > 5", "* CAST(2 AS numeric)) > 5"),
        ("score > 1.5", '"__s1"."score" > 1.5'),
        ("year(born) = 1990", "EXTRACT(YEAR FROM"),
        ("extract(month from born) in (1, 2)", "EXTRACT(MONTH FROM"),
        ("left(district, 2) = '99'", """(left("__s1"."district", 2) COLLATE "C") = '99'"""),
        ("substring(district, 1, 4) = '9901'", """(substr("__s1"."district", 1, 4) COLLATE "C") = '9901'"""),
        ("district like '99%'", "LIKE '99%' ESCAPE ''"),
        ("district not like '99!_%' escape '!'", "(NOT (\"__s1\".\"district\" LIKE '99!_%' ESCAPE '!'))"),
        ("contains(district, '01')", "strpos("),
        ("length(district) = 6", "char_length("),
        ("coalesce(score, 0) > 1", 'COALESCE("__s1"."score", 0)'),
        ("nullif(district, '') is not null", "NULLIF("),
        ("case when score > 1 then district else 'x' end = 'x'", """ELSE 'x' END) COLLATE "C") = 'x'"""),
        ("born between date '2000-01-31' - interval 1 month and date '2000-12-31'", "CAST('1999-12-31' AS DATE)"),
        ("score in (1, null)", "IN (1, NULL)"),
        ("score not in (1, null)", "IN (1, NULL)"),
        ("score = null", "= NULL"),
    ],
)
def test_total_expressions_pass_a_row_filter(condition: str, text: str) -> None:
    (fragment,) = town.planned(f"select score from psb.resident where {condition}").fragments
    assert text in fragment.text, fragment.text
    assert not fragment.kept_back


@pytest.mark.parametrize(
    "condition",
    [
        "score + 1 > 5",  # beyond integer it raises
        "-score > 1",
        "upper(district) = 'A'",  # the source folds other letters
        "district ilike 'a%'",
        "not (district ilike 'a%')",
        "district like district",
        "district like 'a!' escape '!'",
        "substring(district, 0, 2) = '9'",
        "left(district, -1) = '9'",
        "cast(score as varchar) = '1'",
        "score / 2 > 1",
        "greatest(score, 1) > 1",
        "date_trunc('month', born) = born",
        "(score > 1) = (score < 3)",
        "score > 0.1e0",
    ],
)
def test_the_rest_stays_with_a_reason(condition: str) -> None:
    (fragment,) = town.planned(f"select score from psb.resident where {condition}").fragments
    assert "WHERE" not in fragment.text.rsplit('FROM "__s1"', 1)[1]
    assert all(kept.reason for kept in fragment.kept_back)
    assert fragment.kept_back


def test_the_clock_is_read_once_and_at_the_gateway() -> None:
    (fragment,) = town.planned("select score from psb.resident where born < current_date and born > now()::date - 30").fragments
    assert "now(" not in fragment.text.lower()
    assert "current_date" not in fragment.text.lower()
    assert len(fragment.pushed) == 2


def test_computed_whole_numbers_keep_duckdbs_type() -> None:
    plan = town.planned("select year(born) as y, sum(score) as s, length(district) as l from psb.resident group by all")
    assert {str(field.type) for field in plan.fragments[0].schema} == {"decimal128(38, 0)"}
    assert 'CAST("__f1"."y" AS BIGINT)' in plan.residual
    assert 'CAST("__f1"."s" AS INT128)' in plan.residual


def test_an_embedded_source_is_asked_anything_over_a_slice_that_hides_nothing() -> None:
    sql = "select s_nationkey // 2 as n, median(s_acctbal) as m from supplier where 1000 / s_suppkey > 1 group by 1"
    (fragment,) = market.planned(sql).fragments
    for text in ("MEDIAN(", "1000 / ", "GROUP BY"):
        assert text in fragment.text
