"""Two catalogues -> the readable changes between them, each marked as widening, narrowing or neutral.

A change widens when somebody may have more after it than before, or when that cannot be ruled out; it narrows when nobody
can. Widening wants a second person; here it is only marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from fedquery.catalog.effects import Effect, effect_of, row_filter_effect, values_effect
from fedquery.catalog.model import Account, Catalog, Column, Department, Grant, GrantColumn, GrantResource, Resource, SourceDef

#: Parts that are compared entry by entry, by the model that holds them; everything else of a model is one value.
_PARTS: dict[type[BaseModel], tuple[str, ...]] = {
    Catalog: ("departments", "grants", "accounts"),
    Department: ("sources", "resources"),
    Resource: ("columns",),
    Grant: ("resources", "lists"),
    GrantResource: ("columns",),
}
#: What it means that an entry comes; that it goes is always narrowing, except where only words go.
_ADDED: dict[type[Any], Effect] = {
    Department: "neutral",
    SourceDef: "neutral",
    Resource: "neutral",
    Column: "neutral",
    Grant: "widening",
    GrantResource: "widening",
    GrantColumn: "widening",
    Account: "widening",
    tuple: "widening",
}
_NAMES: dict[type[Any], str] = {
    Department: "department",
    SourceDef: "source",
    Resource: "resource",
    Column: "column",
    Grant: "grant",
    GrantResource: "resource of the grant",
    GrantColumn: "column of the grant",
    Account: "account",
    tuple: "list",
}
#: Words for changes that people look for by them.
_MOVED = {
    ("valid_to", "widening"): "extended",
    ("valid_to", "narrowing"): "shortened",
    ("forms", "widening"): "forms widened",
    ("forms", "narrowing"): "forms narrowed",
    ("form", "widening"): "form widened",
    ("form", "narrowing"): "form narrowed",
}


@dataclass(frozen=True, slots=True)
class Change:
    """``path`` is the key's path in the catalogue, joined by ``/``; ``what`` says what happens to it."""

    effect: Effect
    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.effect:<9}  {self.path}: {self.what}"


def diff(old: Catalog, new: Catalog) -> tuple[Change, ...]:
    """Every change, departments first, in the order of names. Empty for equal catalogues."""
    return tuple(_Walk(old, new).models((), old, new))


class _Walk:
    """Compares two trees of models; the catalogues themselves are what row filters are understood by."""

    def __init__(self, old: Catalog, new: Catalog) -> None:
        self.old = old
        self.new = new

    def models(self, path: tuple[str, ...], old: BaseModel, new: BaseModel) -> Iterator[Change]:
        """The changes of one entry's own fields, then of its parts."""
        parts = _PARTS.get(type(old), ())
        for field in type(old).model_fields:
            before, after = getattr(old, field), getattr(new, field)
            if field not in parts and before != after:
                yield self.field(path, old, new, field)
        for part in parts:
            yield from self.entries((*path, part), getattr(old, part), getattr(new, part))
        if isinstance(old, Resource) and isinstance(new, Resource) and _reordered(list(old.columns), list(new.columns)):
            yield Change("neutral", "/".join((*path, "columns")), "other order, as SELECT * shows it")

    def entries(self, path: tuple[str, ...], old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
        for name in sorted(old.keys() | new.keys()):
            place = (*path, name)
            if name not in old:
                kind = type(new[name])
                yield Change(_ADDED[kind], "/".join(place), f"{_NAMES[kind]} added")
            elif name not in new:
                kind = type(old[name])
                effect: Effect = values_effect(self.old, place, old[name], ()) if kind is tuple else "narrowing"
                yield Change(effect, "/".join(place), f"{_NAMES[kind]} removed")
            elif isinstance(old[name], tuple):
                if old[name] != new[name]:
                    effect = values_effect(self.old, place, old[name], new[name])
                    yield Change(effect, "/".join(place), _items(old[name], new[name], shown=False))
            else:
                yield from self.models(place, old[name], new[name])

    def field(self, path: tuple[str, ...], old: BaseModel, new: BaseModel, name: str) -> Change:
        before, after = getattr(old, name), getattr(new, name)
        place = "/".join((*path, name))
        if name == "row_filter":
            effect = row_filter_effect(self.old, self.new, path, before, after)
            verb = "added" if before is None else "dropped" if after is None else "changed"
            return Change(effect, place, f"row filter {verb}: {_shown(before)} -> {_shown(after)}")
        effect = effect_of(type(old), name, before, after)
        said = (
            _items(before, after) if isinstance(before, tuple) and name != "table" else f"{_shown(before)} -> {_shown(after)}"
        )
        moved = _MOVED.get((name, effect))
        return Change(effect, place, f"{moved}: {said}" if moved else said)


def _reordered(before: list[str], after: list[str]) -> bool:
    return [name for name in before if name in after] != [name for name in after if name in before]


def _items(before: tuple[Any, ...], after: tuple[Any, ...], *, shown: bool = True) -> str:
    """What came and what went; only how many where the items may be persons."""
    came, went = [v for v in after if v not in before], [v for v in before if v not in after]
    if not came and not went:
        return "other order"
    said = [
        f"{verb} {', '.join(map(str, items)) if shown else len(items)}"
        for verb, items in (("added", came), ("removed", went))
        if items
    ]
    return "; ".join(said)


def _shown(value: Any) -> str:
    if isinstance(value, BaseModel):
        return str(value.model_dump(mode="json", exclude_defaults=True))
    if isinstance(value, tuple):
        return ".".join(map(str, value))
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
