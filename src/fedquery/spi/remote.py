"""What ``describe`` finds at a source: the draft of directory entries."""

from __future__ import annotations

from dataclasses import dataclass

from fedquery.arrow import LogicalType


@dataclass(frozen=True, slots=True)
class RemoteColumn:
    """A column at the source. ``type`` is None when no logical type can hold it; ``note`` says why or what to mind."""

    name: str
    declared: str
    type: LogicalType | None
    nullable: bool = True
    key: bool = False
    comment: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class RemoteTable:
    """A table, view, file or folder at the source."""

    path: tuple[str, ...]
    columns: tuple[RemoteColumn, ...]
    comment: str = ""
