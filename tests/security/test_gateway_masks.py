"""Masks at the gateway: the same answers, byte for byte, as with masks at the source, on every kind of source."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from fedquery.catalog.check import check
from fedquery.catalog.model import Catalog
from fedquery.demo.mariadb_server import MariaDBServer
from fedquery.demo.postgres_server import PostgresServer
from fedquery.errors import FedqueryError
from fedquery.gateway import Gateway
from fedquery.settings import Settings
from fedquery.spi import connectors
from fedquery.store import catalogs
from fedquery.store.database import open_store, upgrade_store
from tests.batches import Batch, batches
from tests.security.conftest import settle
from tests.security.sentences import sentences, tamed
from tests.security.test_noninterference import bag, observed
from tests.security.village import ACCOUNT, GRANT, pair

KINDS = ("files", "mysql", "postgres", "sqlite")
#: The forms of the village that are masks.
MASKED = ("person_id", "name", "born", "band", "secret")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The weak connectors, installed as any other: by the entry points of a distribution."""
    folder = tmp_path_factory.mktemp("site")
    info = folder / "weak-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: weak\nVersion: 1.0\n")
    points = "\n".join(f"weak_{kind} = tests.security.weak:{kind.upper()}" for kind in KINDS)
    (info / "entry_points.txt").write_text(f"[fedquery.connectors]\n{points}\n")
    sys.path.insert(0, str(folder))
    connectors.cache_clear()
    yield
    sys.path.remove(str(folder))
    connectors.cache_clear()


def weakened(directory: Catalog, enforce: str) -> Catalog:
    """The same directory over the same systems, whose connectors have no mask."""
    document = directory.model_dump()
    for department in document["departments"].values():
        for source in department["sources"].values():
            source["kind"] = f"weak_{source['kind']}"
        for resource in department["resources"].values():
            for column in resource["columns"].values():
                column["enforce"] = enforce
    return Catalog.model_validate(document)


Gateways = tuple[tuple[Gateway, Gateway], tuple[Gateway, Gateway]]


@pytest.fixture(scope="module")
def gateways(
    installed: None, tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, mariadb: MariaDBServer | None
) -> Iterator[Gateways]:
    """For each of two villages with equal slices: masks at the source, and masks at the gateway."""
    with ExitStack() as stack:
        made = []
        for side, village in enumerate(pair(5)):
            at_source = settle(tmp_path_factory.mktemp(f"strong{side}"), village, f"masks{side}", postgres, mariadb)
            stack.callback(at_source.close)
            at_gateway = beside(at_source, tmp_path_factory.mktemp(f"weak{side}"))
            stack.callback(at_gateway.close)
            made.append((at_source, at_gateway))
        yield made[0], made[1]


def beside(gateway: Gateway, folder: Path) -> Gateway:
    """Another gateway over the same systems, with the same keys."""
    settings = Settings(data_dir=folder)
    shutil.copytree(gateway.settings.secrets_dir, settings.secrets_dir)
    upgrade_store(settings.store_url)
    store = open_store(settings.store_url)
    directory = weakened(gateway.catalog(), "gateway")
    catalogs.apply(store, directory, parent=None, by="test", why="test", at=dt.datetime.now(dt.UTC))
    store.close()
    return Gateway.open(settings)


@batches(120)
def test_answers_are_those_of_masks_at_the_source(batch: Batch, gateways: Gateways) -> None:
    (at_source, at_gateway), (_, other) = gateways
    departments = tuple(at_source.catalog().departments)

    def same(data: st.DataObject) -> None:
        people, events = data.draw(st.sampled_from(departments)), data.draw(st.sampled_from(departments))
        sql = data.draw(sentences(people, events))
        wanted, found = observed(at_source, sql), observed(at_gateway, sql)
        assert found == observed(other, sql), sql
        if one_raised(wanted, found):
            sql = tamed(sql)
            wanted, found = observed(at_source, sql), observed(at_gateway, sql)
        for key in ("rows", "schema", "code"):
            assert found.get(key) == wanted.get(key), f"{key} of {sql}"

    batch.run(same)


def one_raised(wanted: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether one plan met a value that raises, and the other did not: which condition comes first is the plan's own."""
    return {wanted.get("code"), found.get("code")} == {"query.type", None}


def test_a_value_that_raises_is_met_or_not(gateways: Gateways) -> None:
    """No note is a number and no n is -1: one plan asks the first of both conditions first, and another the second."""
    (at_source, at_gateway), (_, other) = gateways
    source = "csv.person p JOIN csv.event e ON e.person_id = p.person_id"
    sql = f"SELECT p.name FROM {source} WHERE p.n + 1 = 0 AND CAST(p.note AS INTEGER) = 1"
    assert observed(at_gateway, sql) == observed(other, sql)
    assert "TRY_CAST" in tamed(sql) != sql
    assert observed(at_gateway, tamed(sql))["rows"] == observed(at_source, tamed(sql))["rows"] == Counter()


@pytest.mark.parametrize("column", MASKED)
def test_raw_values_come_only_where_the_entry_says_gateway(column: str, gateways: Gateways) -> None:
    """What arrived, as the evidence of both gateways has it, and that the answers are the same."""
    (at_source, at_gateway), _ = gateways
    for department in at_source.catalog().departments:
        sql = f"SELECT {column} FROM {department}.person"
        answers = []
        for gateway, unmasked in ((at_source, []), (at_gateway, [f"{department}.person.{column}"])):
            with gateway.query(gateway.principal(ACCOUNT), sql, grant=GRANT) as result:
                answers.append(bag(result.read_all()))
            (intent,) = (r for r in gateway.audit.records(query_id=result.query_id) if r.kind == "intent")
            assert intent.body["unmasked"] == unmasked
        assert answers[0] == answers[1]


def test_registration_refuses_what_neither_may_mask(gateways: Gateways) -> None:
    directory = gateways[0][0].catalog()
    told = [problem.message for problem in check(weakened(directory, "source"), connectors()) if problem.severity == "error"]
    assert told
    assert all("cannot apply" in message and "enforce is 'source'" in message for message in told)
    assert check(weakened(directory, "gateway"), connectors()) == check(directory, connectors())


def test_a_source_that_lost_its_masks_is_asked_nothing(gateways: Gateways, tmp_path: Path) -> None:
    """A directory that was right, over connectors that are no longer: the query fails before any source is touched."""
    gateway = beside(gateways[0][0], tmp_path)
    head = catalogs.current(gateway.store)
    assert head is not None
    stripped = weakened(gateways[0][0].catalog(), "source")
    catalogs.apply(gateway.store, stripped, parent=head.digest, by="test", why="test", at=dt.datetime.now(dt.UTC))
    for column in MASKED:
        with pytest.raises(FedqueryError, match="do not leave its department") as refused:
            gateway.query(gateway.principal(ACCOUNT), f"SELECT {column} FROM lite.person", grant=GRANT)
        assert [r.kind for r in gateway.audit.records(query_id=refused.value.query_id)] == ["refusal"]
    gateway.close()
