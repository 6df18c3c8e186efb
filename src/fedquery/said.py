"""Texts for people in the house's two languages: English, which the text is, and Chinese, which it carries along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class Said(str):
    """An English text that knows what it is in Chinese. Whatever is computed from it (a longer text, a part) does not."""

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, en: str, zh: str) -> Said:
        said = super().__new__(cls, en)
        said.zh = zh
        return said

    def __reduce__(self) -> tuple[type[Said], tuple[str, str]]:
        return Said, (str(self), self.zh)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in both languages, with ``{places}`` for what it speaks of.

    >>> Sentence("There is no table {name}.", "没有表 {name}。")(name="a.b").zh
    '没有表 a.b。'
    """

    en: str
    zh: str

    def __call__(self, **values: object) -> Said:
        """The sentence about ``values``; one that is in both languages itself is taken in each."""
        en = {name: getattr(value, "en", value) for name, value in values.items()}
        zh = {name: getattr(value, "zh", value) for name, value in values.items()}
        return Said(self.en.format(**en), self.zh.format(**zh))


def in_chinese(text: str) -> str:
    """The Chinese of a text; the text itself where it has none."""
    return text.zh if isinstance(text, Said) else text


def listed(texts: Iterable[str]) -> Said:
    """``a, b``."""
    texts = tuple(texts)
    return Said(", ".join(texts), "、".join(map(in_chinese, texts)))


def either(names: Iterable[str]) -> Said:
    """``a or b``."""
    names = tuple(names)
    return Said(" or ".join(names), " 或 ".join(names))
