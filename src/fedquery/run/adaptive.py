"""Shipping keys while a query runs: the givers are read first, and what they brought decides what the takers are asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fedquery.plan.fill import fill, fits
from fedquery.plan.model import Fragment, Plan, Shipment


@dataclass(frozen=True, slots=True)
class Shipped:
    """Keys that are about to go to a source: of which column, how many, and in which statement (its full text)."""

    shipment: Shipment
    source: str
    keys: int
    text: str


#: The distinct values of a column of a fragment that was read, or None when there are more than the limit.
Keys = Callable[[str, str, int], tuple[object, ...] | None]


class Shipping:
    """The shipments of one plan as they become due. Used by one thread."""

    def __init__(self, plan: Plan, keys: Keys, record: Callable[[Sequence[Shipped]], None]) -> None:
        self._shipments = plan.shipments
        self._fragments = {fragment.id: fragment for fragment in plan.fragments}
        self._keys = keys
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
        found: dict[Shipment, tuple[object, ...]] = {}
        for shipment in self._shipments:
            if shipment.taker == taker.id:
                keys = self._keys(shipment.giver, shipment.column, shipment.limit)
                if keys is not None and fits(taker, {**_by_slot(found), shipment.slot: keys}):
                    found[shipment] = keys
        filled = fill(taker, _by_slot(found))
        return filled, [Shipped(shipment, taker.source, len(keys), filled.text) for shipment, keys in found.items()]


def _by_slot(found: Mapping[Shipment, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    return {shipment.slot: keys for shipment, keys in found.items()}
