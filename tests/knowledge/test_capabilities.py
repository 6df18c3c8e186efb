"""What a source answers decides what it is asked: kept over restarts, asked anew when it changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fedquery.catalog.model import Catalog
from fedquery.errors import UnsupportedByConnector
from fedquery.gateway import Gateway
from fedquery.spi import Capabilities, Fingerprint, Source, SourceConfig, derived
from fedquery.store import fingerprints
from fedquery_sqlite import CONNECTOR
from tests.knowledge.conftest import ANALYST, ROWS, Installation, directory

FOLDED = "the server compares text case-insensitively even under a binary collation"
TEXT = replace(next(fact for fact in CONNECTOR.facts if fact.name == "text_case"), otherwise=FOLDED)
SQL = "SELECT id FROM tax.wage WHERE town = 'town 3'"
PUSHED = ["""filter: "town" = 'town 3'"""]


class Altered:
    """SQLite, whose sources answer ``answers`` otherwise, and report that version; counts how often they were asked."""

    kind = "sqlite"
    options = CONNECTOR.options
    dialect = CONNECTOR.dialect
    capabilities = CONNECTOR.capabilities
    facts = tuple(TEXT if fact.name == "text_case" else fact for fact in CONNECTOR.facts)

    def __init__(self, **answers: str | None) -> None:
        self.answers = answers
        self.version = "1"
        self.asked = 0

    def derive(self, fingerprint: Fingerprint | None) -> Capabilities:
        return derived(self.capabilities, self.facts, fingerprint)

    def open(self, config: SourceConfig) -> Source:
        return AlteredSource(CONNECTOR.open(config), self)  # type: ignore[return-value]


class AlteredSource:
    def __init__(self, source: Source, connector: Altered) -> None:
        self._source, self._connector = source, connector

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    @property
    def version(self) -> str:
        return self._connector.version

    def fingerprint(self) -> Fingerprint:
        self._connector.asked += 1
        found = self._source.fingerprint()
        return Fingerprint("sqlite", self._connector.version, {**found.facts, **self._connector.answers})


def opened(installation: Installation, connector: Altered, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    monkeypatch.setattr("fedquery.gateway.connectors", lambda: {"sqlite": connector})
    return Gateway.open(installation.settings)


def fragment(gateway: Gateway, sql: str = SQL) -> dict[str, Any]:
    (found,) = gateway.explain(ANALYST, sql).document["fragments"]
    return dict(found)


def pushed(gateway: Gateway, sql: str = SQL) -> list[str]:
    return [part["text"] for part in fragment(gateway, sql)["pushed"]]


def test_a_source_is_asked_once_and_remembered(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = Altered()
    gateway = opened(installation, connector, monkeypatch)
    assert connector.asked == 0
    assert pushed(gateway) == PUSHED
    fragment(gateway, "SELECT id FROM tax.part")
    gateway.close()
    again = opened(installation, connector, monkeypatch)
    assert pushed(again) == PUSHED
    assert connector.asked == 1
    kept = fingerprints.everything(again.store)["tax.main"]
    assert kept.fingerprint.version == "1"
    again.close()


def test_another_version_is_asked_again(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = Altered()
    gateway = opened(installation, connector, monkeypatch)
    fragment(gateway)
    connector.version, connector.answers = "2", {"text_case": "true"}
    assert pushed(gateway) == []
    connector.version, connector.answers = "3", {}
    assert pushed(gateway) == PUSHED
    assert connector.asked == 3
    gateway.close()


def test_another_entry_is_another_system(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = Altered()
    gateway = opened(installation, connector, monkeypatch)
    fragment(gateway)
    changed = directory(installation.path).model_dump()
    changed["departments"]["tax"]["sources"]["main"]["seconds"] = 30
    installation.apply(Catalog.model_validate(changed))
    fragment(gateway)
    assert connector.asked == 2
    gateway.close()


def test_a_contradiction_switches_pushing_off_and_says_why(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    honest, lying = Altered(), Altered(text_case="true")
    gateway = opened(installation, honest, monkeypatch)
    with gateway.query(ANALYST, SQL) as result:
        expected = result.read_all().sort_by("id")
    gateway.close()
    lying.version = "2"
    gateway = opened(installation, lying, monkeypatch)
    found = fragment(gateway)
    assert pushed(gateway) == []
    assert [part["reason"] for part in found["kept_back"]] == [FOLDED]
    assert FOLDED in gateway.explain(ANALYST, SQL).text
    assert pushed(gateway, "SELECT town FROM tax.wage WHERE id = 3") == ['filter: "id" = 3']
    with gateway.query(ANALYST, SQL) as result:
        assert result.read_all().sort_by("id") == expected
        assert expected.num_rows == len(range(3, ROWS, 7))
    gateway.close()


def test_a_policy_that_the_source_would_not_keep_is_not_sent(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = directory(installation.path).model_dump()
    changed["departments"]["tax"]["resources"]["part"]["row_filter"] = "town = 'town 3'"
    installation.apply(Catalog.model_validate(changed))
    gateway = opened(installation, Altered(text_case="true"), monkeypatch)
    with pytest.raises(UnsupportedByConnector, match=FOLDED):
        gateway.explain(ANALYST, "SELECT id FROM tax.part")
    for push in (True, False):
        with pytest.raises(UnsupportedByConnector, match=FOLDED):
            gateway.query(ANALYST, "SELECT id FROM tax.part", push=push)
    gateway.explain(ANALYST, "SELECT id FROM tax.wage")
    gateway.close()


def test_a_source_that_cannot_be_asked_is_planned_with_what_every_one_does(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = Altered()
    gateway = opened(installation, connector, monkeypatch)
    away = installation.path.with_suffix(".away")
    installation.path.rename(away)
    found = fragment(gateway)
    assert pushed(gateway) == []
    assert found["kept_back"][0]["reason"].startswith("the source has not been asked yet")
    fragment(gateway, "SELECT id FROM tax.part WHERE id = 3")  # its row filter is no reason to refuse
    assert connector.asked == 1, "it is not asked again and again"
    away.rename(installation.path)
    gateway.close()
    again = opened(installation, connector, monkeypatch)
    assert pushed(again) == PUSHED
    again.close()
