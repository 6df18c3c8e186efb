"""A fragment with some of its key slots filled: the same governed text, narrowed to keys that another fragment gave."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from fedquery.arrow import LogicalType
from fedquery.plan.model import Fragment
from fedquery.spi import Parameter


def fill(fragment: Fragment, keys: Mapping[str, tuple[object, ...]]) -> Fragment:
    """The fragment whose slots named in ``keys`` are filled; no slot is left open in it. The rest of the text stays as it is.

    Every filled fragment is made of texts that planning finished and checked; only the values are new, and they are bound.
    What keys narrow is asked for as a whole: few rows are not worth reading in parts.
    """
    filled = [slot for slot in fragment.slots if slot.name in keys]
    text, reads = fragment.text, list(fragment.reads)
    for slot in sorted(filled, key=lambda slot: slot.place, reverse=True):
        text = f"{text[: slot.place]} AND {slot.condition}{text[slot.place :]}"
        if slot.hint is not None:
            read = reads[slot.read]
            reads[slot.read] = dataclasses.replace(read, conjuncts=(*read.conjuncts, slot.hint))
    shipped = tuple(Parameter(slot.name, keys[slot.name], LogicalType("list", item=slot.type)) for slot in filled)
    return dataclasses.replace(
        fragment,
        text=text,
        parameters=(*fragment.parameters, *shipped),
        reads=tuple(reads),
        slots=(),
        split=None if filled else fragment.split,
    )
