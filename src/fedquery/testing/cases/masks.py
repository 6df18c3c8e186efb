"""Masks and tokens: byte for byte what their reference meaning says, for each declared mask on each type it fits."""

from __future__ import annotations

import pytest

from fedquery.arrow import LogicalType
from fedquery.masks import MASK_NAMES, Argument, Mask
from fedquery.spi import UnsupportedByConnector
from fedquery.testing.bench import Bench
from fedquery.testing.cases.needs import needs
from fedquery.testing.dataset import TYPES, column_of
from fedquery.testing.statement import INNER, OUTER, Leaf, Pick, Statement

_TEXT = column_of("varchar")
_ARGUMENTS: dict[str, tuple[Argument, ...]] = {
    "const": ("x",),
    "keep": (1, 1),
    "prefix": (1,),
    "band": (10,),
    "truncate": ("year",),
}
_TYPE = {"band": "integer", "truncate": "date"}


class MaskCases:
    """What leaves the department is the mask and nothing else."""

    def test_mask(self, bench: Bench, masked: tuple[Mask, LogicalType]) -> None:
        mask, type = masked
        leaf = Leaf(TYPES, (Pick("id"), Pick(column_of(type), alias="masked", mask=mask)))
        bench.check(Statement('SELECT "id", "masked" FROM "__s1"', (leaf,)))

    @needs(lambda can: "token" in can.masks)
    def test_token(self, bench: Bench) -> None:
        leaf = Leaf(TYPES, (Pick("id"), Pick(_TEXT, alias="token", mask=Mask("token"))))
        actual = bench.check(Statement('SELECT "id", "token" FROM "__s1"', (leaf,)))
        assert actual.column("token").null_count < actual.num_rows

    @needs(lambda can: "token" in can.masks and "inner" in can.joins and can.compares("varchar", "group"))
    def test_tokens_join(self, bench: Bench) -> None:
        """Two spellings of one identifier meet as tokens inside a fragment."""
        left, right = (Leaf(TYPES, (Pick("id", alias=f"i{n}"), Pick(_TEXT, f"t{n}", Mask("token")))) for n in (1, 2))
        bench.check(Statement('SELECT "i1", "i2" FROM "__s1" JOIN "__s2" ON "t1" = "t2"', (left, right)))

    def test_undeclared_masks_are_refused(self, bench: Bench) -> None:
        dialect = bench.connector.dialect
        for name in set(MASK_NAMES) - bench.connector.capabilities.masks:
            with pytest.raises(UnsupportedByConnector):
                if name == "token":
                    dialect.token('"x"', INNER, OUTER)
                else:
                    dialect.mask(Mask(name, _ARGUMENTS.get(name, ())), '"x"', LogicalType(_TYPE.get(name, "varchar")))
