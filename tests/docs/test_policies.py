"""docs/policies.md builds a directory: its table is made, its files are loaded, its questions get its answers."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from fedquery.catalog.check import require
from fedquery.catalog.filters import ALLOWED
from fedquery.catalog.load import Texts, parse, read
from fedquery.catalog.model import Catalog
from fedquery.errors import AccessDenied
from fedquery.gateway import Gateway
from fedquery.http import formats
from fedquery.masks import EXAMPLES, FORM_KINDS, MASK_NAMES, Form
from fedquery.settings import Settings
from fedquery.spi import connectors
from fedquery.store import catalogs
from fedquery.store.database import open_store, upgrade_store
from tests.docs.pages import ROOT, Block, blocks

PAGE = ROOT / "docs" / "policies.md"
BLOCKS = list(blocks(PAGE))
FILE = re.compile(r"# ([\w/.-]+\.toml)\n")


def files() -> dict[str, str]:
    """The TOML blocks, put together by the file that their first line names."""
    found: dict[str, str] = {}
    for block in BLOCKS:
        if block.language == "toml":
            name = FILE.match(block.text)
            assert name, f"the block at line {block.line} does not say which file it belongs to"
            found[name[1]] = found.get(name[1], "") + block.text
    return found


def asked() -> list[tuple[Block, Block]]:
    """Every question with what the page says comes of it."""
    return [(one, other) for one, other in itertools.pairwise(BLOCKS) if (one.language, other.language) == ("sql", "")]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("policies")
    table = next(block.text for block in BLOCKS if block.text.startswith("CREATE TABLE"))
    with closing(sqlite3.connect(folder / "civil.db")) as database:
        database.executescript(table)
    settings = Settings(data_dir=folder)
    settings.secrets_dir.mkdir()
    (settings.secrets_dir / "master.key").write_text(secrets.token_hex(32))
    upgrade_store(settings.store_url)
    with closing(open_store(settings.store_url)) as store:
        catalogs.apply(store, parse(Texts(files())), parent=None, by="test", why="test", at=dt.datetime.now(dt.UTC))
    opened = Gateway.open(settings)
    yield opened
    opened.close()


def test_the_directory_is_whole() -> None:
    texts = Texts(files())
    catalog = parse(texts)
    assert require(catalog, connectors(), texts) == ()
    assert sorted(catalog.departments) == ["civil", "housing"]
    assert list(catalog.grants) == ["winter-aid"]


def test_the_page_asks() -> None:
    assert len(asked()) >= 4


@pytest.mark.parametrize(("question", "outcome"), asked(), ids=lambda block: f"line {block.line}")
def test_a_question_gets_the_answer_that_the_page_shows(gateway: Gateway, question: Block, outcome: Block) -> None:
    wu = gateway.principal("wu")
    try:
        with gateway.query(wu, question.text, grant="winter-aid") as result:
            text = io.BytesIO()
            formats.write_csv(result.schema, result, formats.BoundedFile(text, 1 << 20))
        answer = text.getvalue().decode().replace('"', "").replace("\r\n", "\n")
    except AccessDenied as refused:
        answer = "\n".join((refused.message, *([refused.hint] if refused.hint else []))) + "\n"
    assert answer == outcome.text


def kind(form: Form) -> str:
    return form.mask.name if form.kind == "mask" and form.mask else form.kind


def test_every_form_and_every_word_of_filters_is_explained() -> None:
    text = PAGE.read_text("utf-8")
    section = text.split("\n### Forms\n")[1].split("\n### ")[0]
    told = re.findall(r"^\| `(\w+)", section, re.MULTILINE)
    assert sorted(told) == sorted({kind(Form.parse(example)) for example in EXAMPLES})
    assert set(told) == (set(FORM_KINDS) | set(MASK_NAMES)) - {"mask"}
    (words,) = re.findall(r"Possible are (.*?)\.\n\n", text, re.DOTALL)
    for word in re.findall(r"[A-Z]{2,}|starts_with|<>|<=|>=", ALLOWED):
        assert word in words, f"{word} is allowed in row filters and not told"


def test_the_demo_uses_what_the_page_tells() -> None:
    catalog: Catalog = parse(read(ROOT / "catalog" / "demo"))
    text = PAGE.read_text("utf-8")
    used = {name for _, entry in catalog.resources() for name in entry.model_fields_set}
    used |= {name for _, entry in catalog.resources() for column in entry.columns.values() for name in column.model_fields_set}
    used |= {name for grant in catalog.grants.values() for name in grant.model_fields_set}
    assert {name for name in used if name not in text} == set()
