"""A fragment with some of its key slots filled: the same governed text, narrowed to keys that another fragment gave."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

from fedquery.arrow import LogicalType
from fedquery.plan.cost import number
from fedquery.plan.model import Between, Fragment, KeySlot
from fedquery.predicates import ParameterOperand
from fedquery.spi import Parameter, TableRead

#: From so many on, keys that are not written are better put into a temporary table (docs/decisions/0034-temporary-tables.md).
STORED_FROM = 20_000
#: Keys that are too many are asked for by their ends where these leave at most this part of the column's own range.
NARROW = 0.5

#: A list of keys, or the two ends of one that is too long.
Keys = tuple[object, ...] | Between


def fits(fragment: Fragment, keys: Mapping[str, Keys]) -> bool:
    """Whether the fragment's source takes all these lists in one statement, be they written or bound."""
    if all(slot.most is None for slot in fragment.slots):
        return True
    lists = {name: some for name, some in keys.items() if isinstance(some, tuple)}
    sizes = {name: len(json.dumps([str(key) for key in some], ensure_ascii=False).encode()) for name, some in lists.items()}
    total = sum(sizes[slot.name] for slot in fragment.slots if slot.name in sizes)
    return all(slot.most is None or total <= slot.most for slot in fragment.slots)


def narrows(fragment: Fragment, slot: str, between: Between) -> bool:
    """Whether the two ends of the keys leave a small part of every column that they would narrow."""
    found = [one.range for one in fragment.slots if one.name == slot]
    try:
        width = number(between.greatest) - number(between.least)
    except ValueError:  # a day that is none of Python's
        return False
    return all(one is not None and width <= NARROW * (one.spread[1] - one.spread[0]) for one in found)


def fill(fragment: Fragment, keys: Mapping[str, Keys]) -> Fragment:
    """The fragment whose slots named in ``keys`` are filled; no slot is left open in it. The rest of the text stays as it is.

    Every filled fragment is made of texts that planning finished and checked; only the values are new. Whole numbers are
    written into the text where the source's planner is the better for seeing them, other long lists are put into temporary
    tables where there may be any; all else is bound.
    What keys narrow is asked for as a whole: few rows are not worth reading in parts.
    """
    text, reads = fragment.text, list(fragment.reads)
    bound = {parameter.name: parameter for parameter in fragment.parameters}
    stored: dict[str, Parameter] = {}
    filled = [slot for slot in fragment.slots if slot.name in keys]
    for slot in sorted(filled, key=lambda slot: slot.place, reverse=True):
        values = keys[slot.name]
        if isinstance(values, Between):
            text = f"{text[: slot.place]} AND {_between(slot, values, bound, reads)}{text[slot.place :]}"
            continue
        listed = Parameter(slot.name, values, LogicalType("list", item=slot.type))
        condition = _written(slot, values)
        if condition is None and slot.stored is not None and len(values) >= STORED_FROM:
            condition = slot.stored
            stored[slot.name] = listed
        elif condition is None:
            condition = slot.condition
            bound[slot.name] = listed
            if slot.hint is not None:
                read = reads[slot.read]
                reads[slot.read] = dataclasses.replace(read, conjuncts=(*read.conjuncts, slot.hint))
        text = f"{text[: slot.place]} AND {condition}{text[slot.place :]}"
    return dataclasses.replace(
        fragment,
        text=text,
        parameters=tuple(bound.values()),
        stored=tuple(stored.values()),
        reads=tuple(reads),
        slots=(),
        split=None if filled else fragment.split,
    )


def _between(slot: KeySlot, ends: Between, bound: dict[str, Parameter], reads: list[TableRead]) -> str:
    """The condition with the two ends, which are bound, and hinted at."""
    assert slot.range is not None
    for hint, value in zip(slot.range.hints, (ends.least, ends.greatest), strict=True):
        assert isinstance(hint.right, ParameterOperand)
        bound[hint.right.name] = Parameter(hint.right.name, value, slot.type)
    read = reads[slot.read]
    reads[slot.read] = dataclasses.replace(read, conjuncts=(*read.conjuncts, *slot.range.hints))
    return slot.range.condition


def _written(slot: KeySlot, keys: tuple[object, ...]) -> str | None:
    """The condition with its keys in the text; None where they are to be bound: a text is never written into a statement."""
    if slot.written is None or not keys or any(type(key) is not int for key in keys):
        return None
    before, after = slot.written
    return before + ",".join(map(str, keys)) + after
