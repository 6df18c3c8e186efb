"""The peers' environment: DuckDB 1.5.5 with its extensions for PostgreSQL, MySQL and SQLite, from PyPI, apart from ours."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

SCANNERS = ("postgres", "mysql", "sqlite")
PACKAGES = ("duckdb==1.5.5", *(f"duckdb-extension-{name}-scanner==1.5.5" for name in SCANNERS))


def python(folder: Path) -> Path:
    """Its interpreter; the environment is made when it is not there. Raises CalledProcessError when it cannot be."""
    place = folder / "peers"
    found, done = place / "bin" / "python", place / "installed"
    if not done.exists() or done.read_text(encoding="utf-8") != "\n".join(PACKAGES):
        venv.create(place, with_pip=True)
        command = [str(found), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
        subprocess.run(command, check=True, stdout=sys.stderr)  # noqa: S603 - our own arguments
        done.write_text("\n".join(PACKAGES), encoding="utf-8")
    return found
