"""The peers' environment: DuckDB 1.5.5 with its extensions for PostgreSQL, MySQL and SQLite, from PyPI, apart from ours."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]
SCANNERS = ("postgres", "mysql", "sqlite")
PACKAGES = ("duckdb==1.5.5", "pyarrow==26.0.1", *(f"duckdb-extension-{name}-scanner==1.5.5" for name in SCANNERS))


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


@contextmanager
def scanning(python: Path, file: Path, table: str) -> Iterator[Callable[[], float]]:
    """Seconds that DuckDB's own scanner takes for a table of a SQLite file, asked again and again of one process."""
    command = [str(python), "-m", "benchmarks.tpch.scanner", str(file), table]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        into, out = process.stdin, process.stdout

        def run() -> float:
            print(file=into, flush=True)
            return float(out.readline())

        try:
            yield run
        finally:
            into.close()
