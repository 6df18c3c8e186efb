"""A test statement as the planner would send it: judged against what the connector declares, and spelled by its dialect."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa
import sqlglot
from sqlglot import exp

from fedquery.arrow import LogicalType
from fedquery.plan.calculus import of_type
from fedquery.plan.cut import widened
from fedquery.plan.spell import spell
from fedquery.plan.travel import judge
from fedquery.spi import Connector
from fedquery.testing.dataset import ReferenceTable
from fedquery.testing.statement import Statement

_WIDE = LogicalType("decimal", 38, 0).arrow


@dataclass(frozen=True, slots=True)
class Planned:
    """``refusals`` are the reasons why a part stays; without one the ``statement`` is spelled. ``wide`` columns travel as
    decimal(38,0); ``checked`` ones raise where DuckDB does.
    """

    statement: Statement
    refusals: tuple[str, ...] = ()
    wide: frozenset[str] = frozenset()
    checked: bool = False

    def promised(self, answer: pa.Schema) -> pa.Schema:
        """The schema to ask for, where DuckDB's own answer has this one."""
        return pa.schema([f.with_type(_WIDE) if f.name in self.wide else f for f in answer])


def planned(statement: Statement, connector: Connector, tables: dict[str, ReferenceTable], *, whole: bool = False) -> Planned:
    """One SELECT over leaves whose columns it names by ``"__s1"."name"``; ``whole`` as if it hid nothing."""
    select = sqlglot.parse_one(statement.body, read="duckdb")
    assert isinstance(select, exp.Select)
    columns = {
        f"__s{number}": {pick.name: of_type(tables[leaf.table].column(pick.column).type) for pick in leaf.picks}
        for number, leaf in enumerate(statement.leaves, start=1)
    }
    judgement = judge(select, columns, connector.capabilities, whole=whole)
    refusals = tuple(claim.verdict.rule for claim in judgement.claims if not claim.verdict.travels)
    if refusals:
        return Planned(statement, refusals)
    wide = frozenset(n for n, v in judgement.outputs.items() if widened(v, connector.capabilities.embedded))
    checked = any(call.checked for call in judgement.calls.values())
    text = spell(select, judgement.calls, connector.dialect)
    return Planned(replace(statement, spelled=text), wide=wide, checked=checked)
