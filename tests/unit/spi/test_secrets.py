"""Secrets: found by reference, never outside their folder, never printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fedquery.errors import SecretProblem
from fedquery.spi import Secrets, is_reference


def test_environment_and_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    secrets = Secrets(tmp_path, {"KEY": "from outside"})
    assert secrets.resolve("env:KEY") == "from outside"
    assert secrets.resolve("file:key") == "from a file"
    assert "outside" not in repr(secrets) + str(secrets)


@pytest.mark.parametrize("reference", ["env:MISSING", "file:missing", "file:../key", "file:/key", "file:link", "plain"])
def test_what_cannot_be_resolved(tmp_path: Path, reference: str) -> None:
    (tmp_path / "key").write_text("hunter2")
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "key")
    with pytest.raises(SecretProblem) as caught:
        Secrets(folder, {"OTHER": "hunter2"}).resolve(reference)
    assert "hunter2" not in str(caught.value)


def test_what_is_a_reference() -> None:
    assert [is_reference(t) for t in ("env:A", "file:a", "env:", "https://x", "hunter2")] == [True, True, False, False, False]
