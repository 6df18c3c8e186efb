"""Which files a table is made of: one file, or every data file below a folder, its ``key=value`` folders as columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fedquery.spi import Sentence, SourceRejected, SourceUnavailable, faults

_NO_FOLDER = Sentence("The folder of {source} is not there.", "{source} 的文件夹不存在。")
_OUTSIDE = Sentence("The table {table} lies outside the folder of {source}.", "表 {table} 在 {source} 的文件夹之外。")
_CORRECT_PATH = Sentence("Correct its path in the directory.", "请更正目录中的路径。")
_CHECK_MOUNT = Sentence("Check that it is mounted.", "请检查是否已挂载。")

FORMATS = {".parquet": "parquet", ".csv": "csv", ".arrow": "arrow", ".arrows": "arrow", ".feather": "arrow"}


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of a table; ``partition`` holds what its folders say."""

    path: Path
    format: str
    partition: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """The only folder that a source reads. Links that lead out of it lead nowhere."""

    root: Path
    source: str

    def check(self) -> None:
        """Raises SourceUnavailable when the folder is not there."""
        if not self.root.is_dir():
            raise SourceUnavailable(_NO_FOLDER(source=self.source), hint=_CHECK_MOUNT(), source=self.source)

    def tables(self) -> Iterator[tuple[str, ...]]:
        """The path of every table: the root's own data files, and its folders that hold some."""
        self.check()
        for entry in sorted(self.root.iterdir()):
            if not entry.name.startswith((".", "_")) and self._within(entry) and any(True for _ in self._below(entry)):
                yield (entry.name,)

    def files(self, table: tuple[str, ...]) -> tuple[DataFile, ...]:
        """The files of a table, in name order. Raises SourceDrift when there is none, SourceRejected outside the folder."""
        self.check()
        path = self.root.joinpath(*table)
        if not self._within(path):
            raise SourceRejected(
                _OUTSIDE(source=self.source, table=".".join(table)),
                hint=_CORRECT_PATH(),
                source=self.source,
            )
        found = tuple(self._below(path)) if path.exists() else ()
        if not found:
            raise faults.gone(self.source, ".".join(table))
        return found

    def _below(self, path: Path) -> Iterator[DataFile]:
        if path.is_file():
            candidates = [path]
        else:
            candidates = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith((".", "_")))
        for file in candidates:
            format = FORMATS.get(file.suffix.lower())
            if format is not None and self._within(file):
                folders = file.relative_to(path).parts[:-1]
                pairs = tuple((k, v) for k, mark, v in (part.partition("=") for part in folders) if mark)
                yield DataFile(file, format, pairs)

    def _within(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.root.resolve())
