"""Shipping keys while a query runs: the givers are read first, and what they brought decides what the takers are asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fedquery.plan.fill import Keys, fill, fits, narrows
from fedquery.plan.model import Between, Fragment, Plan, Shipment


@dataclass(frozen=True, slots=True)
class Shipped:
    """Keys that are about to go to a source: of which column, how many, and in which statement (its full text).

    ``ends``: two keys, the least and the greatest of too many.
    """

    shipment: Shipment
    source: str
    keys: int
    text: str
    ends: bool = False


#: The distinct values of a column of a fragment that was read, or None when there are more than the limit.
Distinct = Callable[[str, str, int], tuple[object, ...] | None]
#: The least and the greatest value of a column of a fragment that was read; None when it has none.
Ends = Callable[[str, str], Between | None]


class Shipping:
    """The shipments of one plan as they become due. Used by one thread."""

    def __init__(self, plan: Plan, keys: Distinct, ends: Ends, record: Callable[[Sequence[Shipped]], None]) -> None:
        self._shipments = plan.shipments
        self._fragments = {fragment.id: fragment for fragment in plan.fragments}
        self._keys, self._ends = keys, ends
        self._record = record
        self._read: set[str] = set()
        self.shipped: list[Shipped] = []

    @property
    def givers(self) -> tuple[str, ...]:
        """Fragments to read to their end before their takers are asked; every giver comes after those it takes from."""
        return tuple(dict.fromkeys(shipment.giver for shipment in self._shipments))

    @property
    def takers(self) -> frozenset[str]:
        """Fragments that wait."""
        return frozenset(shipment.taker for shipment in self._shipments)

    def after(self, giver: str) -> list[Fragment]:
        """The takers that waited for nothing else, narrowed by what was found; their shipping is on record by then."""
        self._read.add(giver)
        due = [taker for taker in dict.fromkeys(s.taker for s in self._shipments if s.giver == giver) if self._complete(taker)]
        filled: list[Fragment] = []
        sent: list[Shipped] = []
        for taker in due:
            fragment, keys = self._filled(self._fragments[taker])
            filled.append(fragment)
            sent += keys
        if sent:
            self._record(sent)
            self.shipped += sent
        return filled

    def _complete(self, taker: str) -> bool:
        return all(shipment.giver in self._read for shipment in self._shipments if shipment.taker == taker)

    def _filled(self, taker: Fragment) -> tuple[Fragment, list[Shipped]]:
        found: dict[Shipment, Keys] = {}
        for shipment in self._shipments:
            if shipment.taker == taker.id:
                keys = self._keys(shipment.giver, shipment.column, shipment.limit)
                if keys is not None and fits(taker, {**_by_slot(found), shipment.slot: keys}):
                    found[shipment] = keys
                elif any(slot.range for slot in taker.slots if slot.name == shipment.slot):
                    ends = self._ends(shipment.giver, shipment.column)
                    if ends is not None and narrows(taker, shipment.slot, ends):
                        found[shipment] = ends
        filled = fill(taker, _by_slot(found))
        return filled, [_shipped(shipment, taker.source, keys, filled.text) for shipment, keys in found.items()]


def _shipped(shipment: Shipment, source: str, keys: Keys, text: str) -> Shipped:
    ends = isinstance(keys, Between)
    return Shipped(shipment, source, len(keys) if isinstance(keys, tuple) else 2, text, ends)


def _by_slot(found: Mapping[Shipment, Keys]) -> dict[str, Keys]:
    return {shipment.slot: keys for shipment, keys in found.items()}
