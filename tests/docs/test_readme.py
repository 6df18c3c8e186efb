"""The README's first query gives the answer that it shows; the changelog knows the version."""

from __future__ import annotations

import json
import re
import tomllib

import fedquery
from fedquery._paths import CATALOG
from fedquery.catalog.filters import parse_predicate
from fedquery.catalog.load import load
from fedquery.demo.city import City
from fedquery.names import ResourceName
from fedquery.plan.parse import parse
from fedquery.predicates import ColumnOperand, ParameterOperand, StartsWith
from tests.docs.pages import ROOT, blocks

README = ROOT / "README.md"


def test_the_first_query_and_its_answer() -> None:
    """Computed from the generator: the analyst's slice is what the register's row filter leaves him."""
    texts = [block.text for block in blocks(README)]
    (place,) = [number for number, text in enumerate(texts) if "/v1/query" in text]
    body = json.loads(re.search(r"-d '(\{.*\})'", texts[place].replace("\n", " "), re.DOTALL)[1])  # type: ignore[index]
    assert parse(body["sql"]) == parse("SELECT hukou_district, count(*) AS residents FROM psb.resident GROUP BY ALL ORDER BY 1")

    catalog = load(CATALOG / "demo")
    entry = catalog.resource(ResourceName("psb", "resident"))
    assert entry is not None and entry.row_filter is not None
    known = {"region": entry.columns["hukou_district"].logical}
    row_filter = parse_predicate(entry.row_filter, entry, known)
    assert row_filter == StartsWith(ColumnOperand("hukou_district"), ParameterOperand("region", known["region"]))
    assert catalog.grants[body["grant"]].resources["psb.resident"].row_filter is None
    region = catalog.accounts["analyst"].attributes["region"]

    districts = City(20_000).tables["psb.resident"].column("hukou_district").to_pylist()
    counted = sorted((d, districts.count(d)) for d in set(districts) if d.startswith(str(region)))
    lines = ['"hukou_district","residents"', *(f'"{district}",{count}' for district, count in counted)]
    assert texts[place + 1].splitlines() == lines
    assert len(counted) > 1
    assert [d for d, _ in counted if d.startswith(str(catalog.accounts["district_analyst"].attributes["region"]))] == ["990102"]


def test_the_refusal_that_it_shows_is_the_directorys() -> None:
    entry = load(CATALOG / "demo").resource(ResourceName("health", "death_certificate"))
    assert entry is not None
    sharing = entry.columns["cause_code"].sharing
    assert sharing is not None and sharing.attribute == "not_shared" and sharing.legal_basis is not None
    assert "health.death_certificate.cause_code is not shared" in README.read_text("utf-8")


def test_the_version_is_one_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert fedquery.__version__ == project["version"]
    newest = re.search(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1].split(" ")[0] in ("Unreleased", fedquery.__version__)
