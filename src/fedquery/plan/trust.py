"""A row filter or mask that a source was found not to compute as it is meant is never sent there: the query is refused."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from fedquery.errors import UnsupportedByConnector
from fedquery.plan.model import Leaf
from fedquery.predicates import comparisons
from fedquery.spi import Capabilities


def check_trust(leaf: Leaf, names: Iterable[str], capabilities: Capabilities) -> None:
    """Raises UnsupportedByConnector, with what a probe of the source has found."""
    if not capabilities.lost:
        return
    decision = leaf.decision
    used = [column for name in names if (column := leaf.column(name)) is not None]
    for predicate in (decision.row_filter, *(column.rule for column in used)):
        for name, operator in comparisons(predicate) if predicate is not None else ():
            type = decision.entry.columns[name].logical.name
            _refuse(leaf, capabilities.why(partial(_applies, type, operator), contradicted=True))
    for column in used:
        if column.raw:
            continue
        form = column.decision.form
        mask = form.mask.name if form.mask else "token" if form.kind in ("token", "join") else ""
        _refuse(leaf, capabilities.why(partial(_masks, mask), contradicted=True))


def _applies(type: str, operator: str, part: Capabilities) -> bool:
    return part.applies(type, operator)


def _masks(mask: str, part: Capabilities) -> bool:
    return mask in part.masks


def _refuse(leaf: Leaf, reason: str | None) -> None:
    if reason is not None:
        source = leaf.decision.source
        raise UnsupportedByConnector(
            f"The policy of {leaf.decision.resource} cannot be kept at {source}: {reason}.",
            hint="Tell its department; `fedquery source fingerprint` shows what was found.",
            source=source,
        )
