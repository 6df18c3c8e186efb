"""The pytest plugin: ``--accept`` and the ``snapshot`` fixture. Loaded in every run, so it imports nothing heavy."""

from __future__ import annotations

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
