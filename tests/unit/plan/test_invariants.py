"""A rule that goes wrong breaks its plan, never the policy: a fragment reads its leaves and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlglot import exp, parse_one

from fedquery.errors import InvariantBroken
from fedquery.plan import optimize
from fedquery.plan.rules.context import Context
from tests.unit.plan.town import planned

SQL = "select r.score, w.year from psb.resident r join tax.wage w using (person_id) where r.score > 1"


def _leaf(tree: exp.Query) -> exp.Table:
    return next(table for table in tree.find_all(exp.Table) if table.name == "__s1")


def reads_the_table_itself(tree: exp.Query, context: Context) -> exp.Query:
    _leaf(tree).replace(exp.table_("resident", db="psb", alias="__s1"))
    return tree


def reads_a_leaf_twice(tree: exp.Query, context: Context) -> exp.Query:
    return exp.union(tree.copy(), tree, distinct=False)


def reads_beside_a_leaf(tree: exp.Query, context: Context) -> exp.Query:
    inner = _leaf(tree).parent_select
    assert inner
    inner.where(parse_one('EXISTS (SELECT 1 FROM "public"."T_CZRK")', dialect="duckdb"), copy=False)
    return tree


def reads_a_leaf_that_is_none(tree: exp.Query, context: Context) -> exp.Query:
    _leaf(tree).set("this", exp.to_identifier("__s9", quoted=True))
    return tree


def returns_other_columns(tree: exp.Query, context: Context) -> exp.Query:
    return tree.select("1 AS more")  # type: ignore[attr-defined]


def returns_another_type(tree: exp.Query, context: Context) -> exp.Query:
    tree.expressions[0].replace(exp.alias_(exp.Literal.string("1"), "score"))
    return tree


@pytest.mark.parametrize("place", ["first", "last"])
@pytest.mark.parametrize(
    "wrong",
    [
        reads_the_table_itself,
        reads_a_leaf_twice,
        reads_beside_a_leaf,
        reads_a_leaf_that_is_none,
        returns_other_columns,
        returns_another_type,
    ],
)
def test_a_wrong_rule_is_a_bug_and_no_breach(
    wrong: Callable[[exp.Query, Context], exp.Query], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert planned(SQL).fragments
    rules = (wrong, *optimize.RULES) if place == "first" else (*optimize.RULES, wrong)
    monkeypatch.setattr(optimize, "RULES", rules)
    with pytest.raises(InvariantBroken):
        planned(SQL)
