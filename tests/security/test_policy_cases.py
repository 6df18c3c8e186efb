"""Ways in which masks and row filters are known to leak elsewhere (C51-C56), each on every kind of source."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fedquery.errors import AccessDenied, FedqueryError, QueryError
from tests.security.conftest import Pair
from tests.security.test_noninterference import bag, expected, observed
from tests.security.village import ACCOUNT, GRANT, NARROW

DEPARTMENTS = ("pg", "my", "lite", "parquet", "csv")


@pytest.fixture(params=DEPARTMENTS)
def two(request: pytest.FixtureRequest, pairs: tuple[Pair, ...]) -> Iterator[tuple[Pair, str]]:
    """A pair of villages, and the department to ask."""
    if request.param not in pairs[0].departments:
        pytest.skip("MariaDB's server is not installed on this machine")
    yield pairs[0], request.param


def alike(two: tuple[Pair, str], statement: str) -> int:
    """Both villages show the same, and it is what the slices hold; how many rows that is."""
    pair, department = two
    sql = statement.replace("{d}", department)
    first, second = (observed(gateway, sql) for gateway in pair.gateways)
    assert first == second
    assert first["rows"] == expected(pair.villages[0], sql)
    return sum(first["rows"].values())


def test_c51_a_condition_sees_the_mask_and_nothing_below_it(two: tuple[Pair, str]) -> None:
    """Evaluated on raw values, or cut by raw order and statistics, it tells what the mask hides."""
    pair, _ = two
    names = [row["name"] for row in pair.villages[0].person if row["name"] and len(row["name"]) == 2]
    assert alike(two, f"SELECT p.n FROM {{d}}.person p WHERE p.name = '{names[0]}'") == 0
    assert alike(two, f"SELECT p.n FROM {{d}}.person p WHERE p.name = '{names[0][0]}*'") > 0
    assert alike(two, "SELECT p.band FROM {d}.person p WHERE p.band IN (3, 19)") == 0
    alike(two, "SELECT p.band, p.n, p.note FROM {d}.person p ORDER BY p.band, p.n, p.note, p.amount LIMIT 5")
    alike(two, "SELECT min(p.born) AS a, max(p.band) AS b, count(DISTINCT p.name) AS c FROM {d}.person p")
    alike(two, "SELECT p.name, count(*) AS c FROM {d}.person p JOIN {d}.event e ON e.day >= p.born GROUP BY p.name")


def test_c52_there_is_no_way_into_a_value(two: tuple[Pair, str]) -> None:
    """A mask on a struct was lost for its fields: structs, their fields and their functions are refused."""
    pair, department = two
    for value in ("p.name.first", "struct_pack(a := p.name).a", "struct_extract({'a': p.name}, 'a')", "p.name['a']", "p"):
        with pytest.raises((QueryError, AccessDenied)):
            pair.gateways[0].query(
                pair.gateways[0].principal(ACCOUNT), f"SELECT {value} FROM {department}.person p", grant=GRANT
            )


def test_c53_masks_are_made_of_raw_values_at_once(two: tuple[Pair, str]) -> None:
    """Where one mask read another's result, the order of the columns decided what was seen."""
    columns = ["p.name", "p.born", "p.band", "p.sex", "p.income > 1000 AS rich"]
    rows = alike(two, f"SELECT {', '.join(columns)} FROM {{d}}.person p")
    assert rows == alike(two, f"SELECT {', '.join(reversed(columns))} FROM {{d}}.person p")
    alike(two, "SELECT p.band, p.income > 1000 AS rich FROM {d}.person p WHERE p.income > 1000 AND p.born IS NOT NULL")


def test_c54_a_masked_table_joined_with_itself(two: tuple[Pair, str]) -> None:
    """One symbol for both sides gave a wrong count."""
    assert alike(two, "SELECT a.n, b.n AS m FROM {d}.person a JOIN {d}.person b ON a.person_id = b.person_id") == 12
    alike(two, "SELECT count(*) AS c FROM {d}.person a JOIN {d}.person b ON a.name = b.name AND a.band < b.band")
    alike(
        two, "SELECT a.name FROM {d}.person a LEFT JOIN {d}.person b ON a.born = b.born AND a.name <> b.name WHERE b.n IS NULL"
    )


def test_c55_a_row_filter_may_read_what_the_caller_may_not(two: tuple[Pair, str]) -> None:
    """The policy reads the district; a caller without it gets the filtered rows, and cannot name the district himself."""
    pair, department = two
    gateway = pair.gateways[0]
    who = gateway.principal(ACCOUNT)
    with gateway.query(who, f"SELECT p.n FROM {department}.person p", grant=NARROW) as result:
        assert bag(result.read_all()) == expected(pair.villages[0], "SELECT p.n FROM person p")
    for statement in ("SELECT p.district FROM {d}.person p", "SELECT p.n FROM {d}.person p WHERE p.district = '990101'"):
        with pytest.raises(FedqueryError):
            gateway.query(who, statement.replace("{d}", department), grant=NARROW)


def test_c56_no_error_tells_of_a_row_that_is_hidden(two: tuple[Pair, str]) -> None:
    """Every visible district is a number, and some hidden ones are not: asked beside the filter, the cast would fail."""
    assert alike(two, "SELECT p.n FROM {d}.person p WHERE CAST(p.district AS INTEGER) > 0") == 12
    alike(two, "SELECT p.n, CAST(p.district AS INTEGER) AS d FROM {d}.person p JOIN {d}.event e ON e.person_id = p.person_id")
    alike(two, "SELECT sum(CAST(p.district AS INTEGER)) AS s FROM {d}.person p")
