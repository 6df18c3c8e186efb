"""Who applies a mask that a source cannot: nobody, or the gateway, directly around the fragment; never what comes after."""

from __future__ import annotations

import dataclasses

import duckdb
import pyarrow as pa
import pytest

from fedquery.arrow import LogicalType
from fedquery.catalog.model import Catalog
from fedquery.errors import UnsupportedByConnector
from fedquery.mask_meaning import apply, token
from fedquery.masks import Form
from fedquery.plan.bind import bind, resources_of
from fedquery.plan.lookups import LookupRight
from fedquery.plan.model import Plan, Profile
from fedquery.plan.parse import parse
from fedquery.plan.planner import make_plan
from fedquery.policy.decide import decide
from fedquery.policy.tokens import key_blocks, token_key
from fedquery.spi import Capabilities
from tests.unit.plan.town import ANALYST, ENGINE, MASTER, PROFILES, catalog, grant

WEAK = {id: Profile(p.dialect, dataclasses.replace(p.capabilities, masks=frozenset())) for id, p in PROFILES.items()}
TEXT = LogicalType("varchar")
USES = ["filter", "join", "group", "order", "aggregate"]


def planned(sql: str, enforce: str, profiles: dict[str, Profile], name: str = "keep(1,0)") -> Plan:
    given = grant(resident={"name": {"form": name, "use": USES}})
    document = catalog(given).model_dump()
    for department in document["departments"].values():
        for resource in department["resources"].values():
            for column in resource["columns"].values():
                column["enforce"] = enforce
    directory = Catalog.model_validate(document)
    tree = parse(sql)
    decisions = {name: decide(directory, given, ANALYST, name) for name in resources_of(tree, sql)}
    bound = bind(tree, sql, decisions, ENGINE, LookupRight(given.id, None, 0))
    keys = {kind: key_blocks(MASTER, given, kind) for kind in ("person_id", "uscc")}
    return make_plan(bound, profiles, keys, ENGINE, grant=given.id, purpose=given.purpose, catalog_version="v")


STATEMENTS = [
    "SELECT name, born FROM psb.resident WHERE born > DATE '2000-01-01' ORDER BY born LIMIT 3",
    "SELECT name, born FROM psb.resident WHERE name = '张*' AND score > 1 ORDER BY name LIMIT 3",
    "SELECT name, count(*) FROM psb.resident GROUP BY name HAVING count(*) > 1",
    "SELECT DISTINCT name FROM psb.resident",
    "SELECT upper(name), name IS NULL FROM psb.resident WHERE name LIKE '张%' OR name IN ('a', 'b') OR name > 'a'",
    "SELECT name FROM psb.resident UNION ALL SELECT district FROM psb.resident",
    "SELECT person_id FROM tax.wage UNION SELECT person_id FROM tax.wage WHERE year = 2020",
    "SELECT r.name, w.year FROM psb.resident r LEFT JOIN tax.wage w USING (person_id)",
    "SELECT w.year, o.town FROM tax.wage w JOIN tax.office o USING (uscc)",
    "SELECT year FROM tax.wage WHERE uscc IN (SELECT uscc FROM tax.office WHERE town = 'x')",
    "SELECT town FROM tax.office o WHERE EXISTS (SELECT 1 FROM tax.wage w WHERE w.uscc = o.uscc AND w.year = 2020)",
    "SELECT max(name), (SELECT count(person_id) FROM tax.wage) FROM psb.resident",
    "WITH c AS (SELECT name, born FROM psb.resident) SELECT a.name FROM c a JOIN c b ON a.name = b.name",
]


@pytest.mark.parametrize("enforce", ["source", "gateway"])
@pytest.mark.parametrize("sql", STATEMENTS)
def test_a_source_that_can_masks_whoever_may(sql: str, enforce: str) -> None:
    plan = planned(sql, enforce, PROFILES)
    assert [fragment.projection for fragment in plan.fragments] == ["*"] * len(plan.fragments)
    assert not any(fragment.unmasked for fragment in plan.fragments)
    assert [fragment.text for fragment in plan.fragments] == [f.text for f in planned(sql, "source", PROFILES).fragments]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_raw_values_are_never_asked_of_a_source_that_enforces(sql: str) -> None:
    with pytest.raises(UnsupportedByConnector, match="do not leave its department"):
        planned(sql, "source", WEAK)


def test_what_needs_no_mask_can_be_asked_of_it() -> None:
    (fragment,) = planned("SELECT born, score FROM psb.resident WHERE score > 3", "source", WEAK).fragments
    assert (fragment.projection, fragment.unmasked) == ("*", ())


@pytest.mark.parametrize("sql", STATEMENTS)
def test_the_gateway_masks_around_a_fragment_that_only_hands_over(sql: str) -> None:
    """No condition, key, sort or result of the statement has an unmasked value in it: the body names it to hand it over."""
    plan = planned(sql, "gateway", WEAK)
    assert any(fragment.unmasked for fragment in plan.fragments)
    for fragment in plan.fragments:
        body = fragment.text[fragment.text.rindex(") SELECT") + 2 :]
        for column in fragment.unmasked:
            name = column.rpartition(".")[2]
            assert body.count(f'"{name}"') == 2, body  # SELECT "__s1"."name" AS "name"
            assert f'"{name}"' in fragment.projection
            assert any(name in kept.text and "gateway" in kept.reason for kept in fragment.kept_back)


def test_conditions_on_other_columns_still_travel() -> None:
    (fragment,) = planned(STATEMENTS[0], "gateway", WEAK).fragments
    assert fragment.unmasked == ("psb.resident.name",)
    assert fragment.text.endswith("""WHERE "__s1"."born" > CAST('2000-01-01' AS DATE) ORDER BY "__s1"."born" LIMIT 3""")


@pytest.mark.parametrize("form", ["keep(1,0)", "keep(1,1)", "prefix(1)", "const('it's')", "const('x', hide_null)", "null"])
def test_what_stands_around_it_means_the_mask(form: str) -> None:
    (fragment,) = planned("SELECT name, person_id FROM psb.resident", "gateway", WEAK, form).fragments
    values = ["张三", "欧阳修", "", None, "ab", "𠮷野家", "it's"]
    table = pa.table({"person_id": ["9a", " 9A\t", None, "", "x", "y", "z"], "name": values}).select(fragment.schema.names)
    with duckdb.connect(":memory:") as connection:
        connection.register("handed", table)
        seen = connection.sql(f"SELECT {fragment.projection} FROM handed").to_arrow_table()
    mask = Form.parse(form).mask
    assert mask is not None
    assert seen.column("name").to_pylist() == [apply(mask, value, TEXT) for value in values]
    key = token_key(MASTER, grant(), "person_id")
    assert seen.column("person_id").to_pylist() == [token(key, value) for value in table.column("person_id").to_pylist()]


def test_a_plan_does_not_print_the_keys() -> None:
    plan = planned("SELECT person_id FROM psb.resident", "gateway", WEAK)
    inner, outer = key_blocks(MASTER, grant(), "person_id")
    assert inner in plan.fragments[0].projection
    for text in (repr(plan), plan.residual):
        assert inner not in text and outer not in text


@pytest.mark.parametrize("asked", [True, False])
def test_a_mask_that_a_probe_found_missing_goes_to_the_gateway_where_it_may(asked: bool) -> None:
    """A server that may not compute SHA-256; one that could not be asked is taken to be as its kind."""
    tokens = Capabilities(masks=frozenset({"token"}))
    lost = {
        id: Profile(p.dialect, p.capabilities.without(tokens, "it may not compute SHA-256", contradicted=asked))
        for id, p in PROFILES.items()
    }
    sql = "SELECT person_id, name FROM psb.resident"
    (fragment,) = planned(sql, "gateway", lost).fragments
    assert fragment.unmasked == (("psb.resident.person_id",) if asked else ())
    if asked:
        with pytest.raises(UnsupportedByConnector, match="it may not compute SHA-256"):
            planned(sql, "source", lost)
    else:
        assert planned(sql, "source", lost).fragments[0].text == planned(sql, "source", PROFILES).fragments[0].text
