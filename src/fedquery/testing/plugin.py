"""The pytest plugin: what conformance classes declare, ``--accept``, ``snapshot``. Always loaded: it imports nothing heavy."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Snapshot = Callable[[Path, str], None]

# An assert in the kit explains itself like an assert in a test file.
pytest.register_assert_rewrite("fedquery.testing.kit", "fedquery.testing.cases")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--accept`` rewrites snapshot files instead of comparing with them."""
    parser.getgroup("fedquery").addoption(
        "--accept", action="store_true", default=False, help="write what snapshots compare with, instead of comparing"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Gaps must fail; cases that a class declares away are shown as skipped, in CI, where nothing is skipped, as deselected."""
    declared_away = []
    for item in items:
        if not (isinstance(item, pytest.Function) and hasattr(item.cls, "quirks") and hasattr(item.cls, "connector")):
            continue
        for gap in item.cls.quirks.gaps:
            if gap.case in (item.originalname, item.name):
                item.add_marker(pytest.mark.xfail(reason=gap.reason, raises=gap.raises, strict=True))
        if reason := _not_declared(item):
            item.add_marker(pytest.mark.skip(reason=reason))
            declared_away.append(item)
    if os.environ.get("CI") == "true" and declared_away:
        config.hook.pytest_deselected(items=declared_away)
        items[:] = [item for item in items if item not in declared_away]


def _not_declared(item: pytest.Function) -> str:
    """Why the case says nothing about its connector; empty when it does."""
    connector, quirks = item.cls.connector, item.cls.quirks
    needs = getattr(item.function, "needs", None)
    params = item.callspec.params if hasattr(item, "callspec") else {}
    type = (params["logical_type"],) if "logical_type" in params else ()
    if needs is not None and not needs(connector.capabilities, *type):
        return f"{connector.kind} does not declare it"
    return str(quirks.inapplicable.get(item.originalname, ""))


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """``snapshot(path, text)`` asserts that the file holds the text; under ``--accept`` it writes the text."""
    accept = bool(request.config.getoption("--accept"))

    def compare(path: Path, text: str) -> None:
        if accept:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        assert text == expected, f"{path} holds something else; look at the difference, then run with --accept"

    return compare
