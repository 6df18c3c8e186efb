"""Each rule turns the statements of ``rules/<rule>.sql`` into what stands there, and the two give equal answers.

A case is a sentence, a statement over the market, ``=>``, and the statement after the rule: leaves stand as their tables.
``unchanged`` means that the rule leaves it. Both, and the outcome of all rules together, run in DuckDB over random rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from fedquery.plan import rules
from fedquery.plan.cut import Folds, Piece, cut, never
from fedquery.plan.leaves import isolated_leaf
from fedquery.plan.model import Leaf
from fedquery.plan.optimize import optimize
from fedquery.plan.rules.context import Context, Rule
from tests.unit.plan.market import PROFILES, answer, bound

FOLDER = Path(__file__).with_name("rules")
SEEDS = range(8)


def cases() -> Iterator[pytest.param]:
    for path in sorted(FOLDER.glob("*.sql")):
        for block in path.read_text(encoding="utf-8").split("\n-- ")[1:]:
            title, _, text = block.partition("\n")
            before, after = text.split("\n=>\n")
            yield pytest.param(path.stem, before.strip().rstrip(";"), after.strip().rstrip(";"), id=f"{path.stem}: {title}")


def readable(tree: exp.Expr, leaves: dict[str, Leaf]) -> str:
    """The tree with its leaves as the tables they are of, and without names that are the same again."""
    tree = tree.copy()
    for subquery in list(tree.find_all(exp.Subquery)):
        leaf = isolated_leaf(subquery, leaves)
        if leaf is not None and not any(subquery.this.args.get(key) for key in ("where", "limit", "order")):
            subquery.replace(exp.to_table(leaf.decision.resource.name, alias=subquery.alias))
    for table in tree.find_all(exp.Table):
        if table.name in leaves:
            name = leaves[table.name].decision.resource.name
            for column in table.parent_select.find_all(exp.Column):  # type: ignore[union-attr]
                if column.table == table.name:
                    column.set("table", exp.to_identifier(name))
            table.set("this", exp.to_identifier(name))
    for alias in list(tree.find_all(exp.Alias)):
        if isinstance(alias.this, exp.Column) and alias.alias == alias.this.name:
            alias.replace(alias.this)
    for table in tree.find_all(exp.Table):
        if table.alias == table.name:
            table.set("alias", None)
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("quoted", not identifier.name.replace("_", "a").isalnum())
    return tree.sql("duckdb", pretty=True)


def rewritten(rule: Rule, sql: str) -> tuple[exp.Query, exp.Query, Context]:
    """The statement with its leaves isolated, before and after the rule."""
    statement = bound(sql)
    context = Context(dict(statement.leaves), PROFILES)
    before = rules.isolate_leaves(statement.tree.copy(), context)
    return before, rule(before.copy(), context), context


def uncut(residual: exp.Query, pieces: tuple[Piece, ...]) -> exp.Query:
    """The residual with every piece in its place."""
    bodies = {piece.id: piece.body for piece in pieces}
    for table in list(residual.find_all(exp.Table)):
        if table.name in bodies:
            table.replace(exp.Subquery(this=bodies[table.name], alias=exp.TableAlias(this=table.this.copy())))
    return residual


def assert_same_answers(
    sql: str, folds: Folds = never, then: Callable[[exp.Query, tuple[Piece, ...]], tuple[Piece, ...]] = lambda _, pieces: pieces
) -> None:
    """The statement's plan answers as the statement does, when it was cut and ``then`` changed."""
    statement = bound(sql)
    tree, context = optimize(statement, PROFILES)
    residual, pieces = cut(tree, context.leaves, PROFILES, folds)
    plan = uncut(residual, then(residual, pieces))
    for seed in SEEDS:
        assert answer(plan, context.leaves, seed) == answer(statement.tree, context.leaves, seed)


@pytest.mark.parametrize(("name", "before", "after"), list(cases()))
def test_a_rule_writes_what_it_says_and_changes_no_answer(name: str, before: str, after: str) -> None:
    given, found, context = rewritten(getattr(rules, name), before)
    whole, optimized = optimize(bound(before), PROFILES)
    plan = uncut(*cut(whole.copy(), optimized.leaves, PROFILES))
    shown = readable(found, context.leaves)
    assert shown == readable(given if after == "unchanged" else sqlglot.parse_one(after, read="duckdb"), context.leaves)
    for seed in SEEDS:
        right = answer(given, context.leaves, seed)
        assert answer(found, context.leaves, seed) == right, shown
        assert answer(whole, context.leaves, seed) == right, readable(whole, context.leaves)
        assert answer(plan, context.leaves, seed) == right, readable(plan, context.leaves)
