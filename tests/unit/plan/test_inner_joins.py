"""Rules on inner joins, run: whatever they rewrite answers as before, over rows with NULLs and duplicates."""

from __future__ import annotations

import random
from collections import Counter

import duckdb
import pytest
from sqlglot import exp, parse_one

from fedquery.plan.leaves import conjuncts
from fedquery.plan.parse import DIALECT
from fedquery.plan.rules import RULES
from fedquery.plan.rules.context import Context
from fedquery.plan.rules.imply_disjuncts import imply_disjuncts
from fedquery.plan.rules.isolate_leaves import isolate_leaves
from fedquery.plan.rules.order_joins import attach_conditions, order_joins
from tests.unit.plan.town import PROFILES, bound

STATEMENTS = [
    "select r.score, o.town from tax.office o, psb.resident r, tax.wage w where o.uscc = w.uscc and r.person_id = w.person_id",
    "select o.town, w.year from tax.office o, tax.wage w where o.uscc = w.uscc and w.year > 2020",
    "select r.score, w.year from psb.resident r cross join tax.office o join tax.wage w on w.uscc = o.uscc"
    " and r.score < w.year",
    "select r.score, w.year, p.score from tax.office o join tax.wage w using (uscc) join psb.resident r using (person_id)"
    " left join psb.resident p on p.score = r.score + 1 where o.town is not null",
    "select 1 from tax.office o, tax.wage w, psb.resident r where (o.uscc = w.uscc and r.score = 1 and w.year = 2021)"
    " or (o.uscc = w.uscc and r.score = 2 and w.year = 2022)",
    "select r.score from psb.resident r, tax.wage w where (r.score = 1 and w.year = 2021)"
    " or (r.score = 2 and r.person_id is null)",
    "select r.score from psb.resident r, tax.wage w where (r.score = w.year and w.year = 2021) or (r.score = w.year)",
    "select r.score, w.year from psb.resident r, tax.wage w where (r.score = 1 and w.year = 2021 and r.person_id is null)"
    " or (w.year = 2021 and (r.person_id = w.person_id or w.uscc is null) and r.score = 1) or (r.score = 1 and w.year = 2021)"
    " or (w.year = 2021 and r.score = 1 and w.person_id is null)",
    "select r.score, o.town from psb.resident r cross join tax.wage w right join tax.office o on o.uscc = w.uscc"
    " where r.person_id = w.person_id or r.person_id is null",
    "select r.score from psb.resident r join tax.wage w on r.person_id = w.person_id and (r.score = 1 or w.year is null)"
    " where exists (select 1 from tax.office o, tax.wage v where o.uscc = v.uscc and v.year = w.year)",
]


@pytest.mark.parametrize("sql", STATEMENTS)
@pytest.mark.parametrize("seed", range(3))
def test_the_answer_stays(sql: str, seed: int) -> None:
    statement = bound(sql)
    context = Context(dict(statement.leaves), PROFILES)
    tree = isolate_leaves(statement.tree.copy(), context)
    before = tree.sql(DIALECT)
    after = attach_conditions(order_joins(imply_disjuncts(tree, context), context), context).sql(DIALECT)
    with duckdb.connect() as connection:
        chance = random.Random(seed)
        for leaf in statement.leaves.values():
            columns = ", ".join(f'"{c.name}" {c.type.sql}' for c in leaf.columns)
            connection.execute(f'CREATE TABLE "{leaf.id}" ({columns})')
            for _ in range(12):
                row = [_value(c.type.name, chance) for c in leaf.columns]
                connection.execute(f'INSERT INTO "{leaf.id}" VALUES ({", ".join("?" * len(row))})', row)
        found, wanted = (Counter(connection.execute(text).fetchall()) for text in (after, before))
    assert found == wanted


def _value(type: str, chance: random.Random) -> object:
    if chance.random() < 0.2:
        return None
    match type:
        case "varchar":
            return chance.choice("ab")
        case "integer":
            return chance.choice([1, 2, 2021, 2022])
        case "boolean":
            return chance.random() < 0.5
        case "date":
            return f"202{chance.randrange(3)}-01-01"
        case "decimal":
            return chance.randrange(3)
    raise AssertionError(type)


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ("(score = 1 and w.year = 2021) or (w.year = 2022 and score = 1)", ["score = 1", "w.year = 2021 OR w.year = 2022"]),
        ("(score = 1 and w.year = 2021) or score = 1", ["score = 1"]),
        (
            "(score = 1 and w.year = 2021) or w.year = 2022",
            ["w.year = 2021 OR w.year = 2022", "score = 1 AND w.year = 2021 OR w.year = 2022"],
        ),
    ],
)
def test_what_all_branches_demand_is_demanded_once(where: str, left: list[str]) -> None:
    tree = parse_one(f"select 1 from resident as r, wage as w where {where}", dialect=DIALECT)
    assert isinstance(tree, exp.Query)
    tree = imply_disjuncts(tree, Context({}, PROFILES))
    found = conjuncts(tree.args["where"].this)
    assert [str(part).replace("(", "").replace(")", "") for part in found] == left


def test_the_rules_are_in_use() -> None:
    assert {order_joins, imply_disjuncts} <= set(RULES)
