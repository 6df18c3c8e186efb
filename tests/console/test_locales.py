"""Both languages of the console say the same things, with the same places to fill; the lock names no registry."""

from __future__ import annotations

import json
import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"


def test_both_languages_have_equal_keys_and_places() -> None:
    chinese, english = (json.loads((WEB / "src/locales" / f"{name}.json").read_text("utf-8")) for name in ("zh-CN", "en"))
    assert list(chinese) == list(english)
    for key in chinese:
        assert set(re.findall(r"\{\w+\}", chinese[key])) == set(re.findall(r"\{\w+\}", english[key])), key


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
