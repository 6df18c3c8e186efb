"""Sentences say the same in both languages, and what is said keeps its Chinese wherever it is carried."""

from __future__ import annotations

import copy
import dataclasses
import doctest
import pickle
import re
import string
from collections.abc import Iterator

import pytest

import fedquery_files.tables
import fedquery_postgres.errors
import fedquery_postgres.session
import fedquery_postgres.source
import fedquery_sqlite.problems
from fedquery import said, sentences
from fedquery.catalog.model import Text
from fedquery.plan import reasons, refusals
from fedquery.run import binder_words, engine_errors
from fedquery.said import Said, Sentence, either, in_chinese
from fedquery.spi import faults

SPOKEN = (
    sentences, reasons, refusals, faults, binder_words, engine_errors, fedquery_postgres.errors, fedquery_postgres.session,
    fedquery_postgres.source, fedquery_files.tables, fedquery_sqlite.problems,
)  # fmt: skip


def sentences_in(value: object) -> Iterator[Sentence]:
    """Those of a module's name, in whatever table they stand."""
    match value:
        case Sentence():
            yield value
        case dict():
            yield from (sentence for member in value.values() for sentence in sentences_in(member))
        case tuple():
            yield from (sentence for member in value for sentence in sentences_in(member))


SENTENCES = {
    f"{module.__name__}.{name}-{number}": sentence
    for module in SPOKEN
    for name, value in vars(module).items()
    for number, sentence in enumerate(sentences_in(value))
    if sentence is not binder_words.OTHERWISE  # hands on what there are no words for yet
}


def places(text: str) -> list[tuple[str, str]]:
    return sorted((name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("name", SENTENCES)
def test_both_languages_speak_of_the_same(name: str) -> None:
    sentence = SENTENCES[name]
    assert places(sentence.en) == places(sentence.zh)
    assert re.search(r"[\u4e00-\u9fff]", sentence.zh)


def test_what_is_said_is_english_and_carries_chinese() -> None:
    table = sentences.UNKNOWN_TABLE(name="a.b")
    assert table == "There is no table a.b."
    assert in_chinese(table) == "没有表 a.b。"
    for carried in (copy.deepcopy(table), pickle.loads(pickle.dumps(table)), dataclasses.replace(Holder(table)).text):  # noqa: S301 - our own
        assert (carried, in_chinese(carried)) == (table, "没有表 a.b。")
    assert in_chinese("no Chinese yet") == "no Chinese yet"


@dataclasses.dataclass(frozen=True)
class Holder:
    text: str


def test_a_value_in_both_languages_is_taken_in_each() -> None:
    basis = Text(zh="条例第二十条", en="Regulations, Art. 20")
    under = sentences.UNDER_GRANT(grant="g", purpose="aid", basis=basis, day="2026-12-31")
    assert under == "grant g: aid (Regulations, Art. 20), until 2026-12-31"
    assert under.zh == "授权 g：aid（条例第二十条），有效期至 2026-12-31"
    meant = sentences.DID_YOU_MEAN(names=either(("a", "b")))
    assert (meant, meant.zh) == ("Did you mean a or b?", "您是否想写 a 或 b？")


def test_a_brace_in_a_value_is_no_place() -> None:
    assert sentences.UNKNOWN_TABLE(name="{name}").zh == "没有表 {name}。"


def test_its_example() -> None:
    assert isinstance(sentences.EMPTY(), Said)
    assert doctest.testmod(said).failed == 0
