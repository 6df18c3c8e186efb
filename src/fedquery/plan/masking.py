"""Masks that a source cannot apply: refused, or applied at the gateway where the column's entry allows it.

Under ``enforce = "source"`` raw values never leave a department, so such a form cannot be had. Under ``enforce = "gateway"``
the column leaves as it is, in a fragment that only hands it over, and the mask stands around that fragment: whatever reads
the fragment reads the mask. A mask that the source can apply is applied there in either case.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial

from fedquery.errors import UnsupportedByConnector
from fedquery.plan.model import Leaf, LeafColumn
from fedquery.spi import Capabilities, DuckDBDialect

#: (inner, outer) padded HMAC key blocks in hex, by kind of identifier.
TokenKeys = Mapping[str, tuple[str, str]]


def masked_where_it_can(leaf: Leaf, capabilities: Capabilities) -> Leaf:
    """The leaf, with the columns marked that this kind of source hands over unmasked."""

    def marked(column: LeafColumn) -> LeafColumn:
        late = column.decision.entry.enforce == "gateway" and not _applies(column, capabilities)
        return dataclasses.replace(column, raw=True) if late else column

    return dataclasses.replace(leaf, columns=tuple(map(marked, leaf.columns)))


def require_masks(leaf: Leaf, names: Sequence[str], capabilities: Capabilities) -> None:
    """The source applies the form of each named column, or may leave it to the gateway. Raises UnsupportedByConnector."""
    for column in map(leaf.column, names):
        if column is not None and not column.raw and not _applies(column, capabilities):
            raise UnsupportedByConnector(
                f"{leaf.decision.resource}.{column.decision.name} is given as {column.decision.form}, which its kind of source"
                " cannot apply; its raw values do not leave its department.",
                hint="Leave it out, or ask its department for another form.",
                source=leaf.decision.source,
            )


def projection(columns: Sequence[LeafColumn], keys: TokenKeys) -> str:
    """The SELECT list, in the gateway's own DuckDB, that stands around a fragment of these columns; ``*`` masks none."""
    if not any(column.raw for column in columns):
        return "*"
    dialect = _AtGateway(keys)
    return ", ".join(f"{_formed(c, dialect)} AS {dialect.identifier(c.name)}" for c in columns)


def _formed(column: LeafColumn, dialect: _AtGateway) -> str:
    value, form = dialect.identifier(column.name), column.decision.form
    if not column.raw or form.mask is None:
        return value
    if column.decision.domain:
        return dialect.token(value, f"{column.decision.domain} 0", f"{column.decision.domain} 1")
    return dialect.mask(form.mask, value, column.type)


def _applies(column: LeafColumn, capabilities: Capabilities) -> bool:
    """Whether the source masks the column; one that could not be asked for its facts is taken to, and fails if it cannot."""
    mask = column.decision.form.mask
    if mask is None or mask.name in capabilities.masks:
        return True
    had = partial(_masks, mask.name)
    return capabilities.why(had) is not None and capabilities.why(had, contradicted=True) is None


def _masks(name: str, part: Capabilities) -> bool:
    return name in part.masks


class _AtGateway(DuckDBDialect):
    """Keys are written into its text, which runs in the query's own engine and is shown to nobody."""

    def __init__(self, keys: TokenKeys) -> None:
        self._blocks = {f"{kind} {side}": pair[side] for kind, pair in keys.items() for side in (0, 1)}

    def block(self, name: str) -> str:
        return self.string(self._blocks[name])
