"""The demo's data folder: a fresh one that is removed at the end, or one that is kept and used again."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fedquery import __version__
from fedquery.catalog.digest import digest
from fedquery.catalog.model import Catalog
from fedquery.demo import people, records, tables
from fedquery.demo.city import City
from fedquery.errors import SettingProblem

STAMP = "demo.json"
_LOCK = "demo.lock"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """``filled`` tells whether it already holds exactly the city and the directory that are wanted."""

    path: Path
    filled: bool
    wanted: str

    def mark_filled(self) -> None:
        """From now on it may be used again. Before, it is a half-made folder that is refused."""
        (self.path / STAMP).write_text(self.wanted, encoding="utf-8")


@contextlib.contextmanager
def opened(kept: Path | None, city: City, catalog: Catalog) -> Iterator[DataFolder]:
    """The folder ``kept``, or a temporary one. Raises SettingProblem: not ours, of another city or release, or in use."""
    wanted = _stamp(city, catalog)
    if kept is None:
        path = Path(tempfile.mkdtemp(prefix="fedquery-demo-"))
        try:
            yield DataFolder(path, filled=False, wanted=wanted)
        finally:
            shutil.rmtree(path, ignore_errors=True)
        return
    path = kept.absolute()
    path.mkdir(parents=True, exist_ok=True)
    strangers = [item.name for item in path.iterdir() if item.name not in (STAMP, _LOCK)]
    with _locked(path):
        found = (path / STAMP).read_text(encoding="utf-8") if (path / STAMP).exists() else None
        if found is None and strangers:
            raise SettingProblem(
                f"{path} holds something else, or a demo that was never finished.", hint="Name an empty or new folder."
            )
        if found not in (None, wanted):
            raise SettingProblem(
                f"{path} holds the demo of another release, directory or number of citizens ({_told(found or '')}).",
                hint="Ask for the same number of citizens, or name another folder.",
            )
        yield DataFolder(path, filled=found is not None, wanted=wanted)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with (path / _LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise SettingProblem(f"{path} is in use by another demo.", hint="Stop it, or name another folder.") from problem
        yield


def _stamp(city: City, catalog: Catalog) -> str:
    """What must be equal for the folder to be used again."""
    made_by = hashlib.sha256()
    for module in (people, records, tables):
        made_by.update(Path(str(module.__file__)).read_bytes())
    values = {"release": __version__, "citizens": city.citizens, "seed": city.seed, "directory": digest(catalog)}
    return json.dumps(values | {"generator": made_by.hexdigest()})


def _told(stamp: str) -> str:
    try:
        values = json.loads(stamp)
        return f"release {values['release']}, {values['citizens']} citizens"
    except (ValueError, KeyError, TypeError):
        return "its demo.json cannot be read"
