"""A fragment with some of its key slots filled: the same governed text, narrowed to keys that another fragment gave."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from fedquery.arrow import LogicalType
from fedquery.plan.model import Fragment, KeySlot
from fedquery.spi import Parameter


def fill(fragment: Fragment, keys: Mapping[str, tuple[object, ...]]) -> Fragment:
    """The fragment whose slots named in ``keys`` are filled; no slot is left open in it. The rest of the text stays as it is.

    Every filled fragment is made of texts that planning finished and checked; only the values are new. They are bound, but for
    whole numbers where the source's planner is the better for seeing them.
    What keys narrow is asked for as a whole: few rows are not worth reading in parts.
    """
    filled = [slot for slot in fragment.slots if slot.name in keys]
    written = {slot.name: text for slot in filled if (text := _written(slot, keys[slot.name])) is not None}
    bound = [slot for slot in filled if slot.name not in written]
    text, reads = fragment.text, list(fragment.reads)
    for slot in sorted(filled, key=lambda slot: slot.place, reverse=True):
        text = f"{text[: slot.place]} AND {written.get(slot.name, slot.condition)}{text[slot.place :]}"
    for slot in bound:
        if slot.hint is not None:
            read = reads[slot.read]
            reads[slot.read] = dataclasses.replace(read, conjuncts=(*read.conjuncts, slot.hint))
    lists = tuple(Parameter(slot.name, keys[slot.name], LogicalType("list", item=slot.type)) for slot in bound)
    return dataclasses.replace(
        fragment,
        text=text,
        parameters=(*fragment.parameters, *lists),
        reads=tuple(reads),
        slots=(),
        split=None if filled else fragment.split,
    )


def _written(slot: KeySlot, keys: tuple[object, ...]) -> str | None:
    """The condition with its keys in the text; None where they are to be bound: a text is never written into a statement."""
    if slot.written is None or not keys or any(type(key) is not int for key in keys):
        return None
    before, after = slot.written
    return before + ",".join(map(str, keys)) + after
