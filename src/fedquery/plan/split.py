"""Which fragments may be read in parts, and the statement for one part: the same, with a condition more in its leaf.

Reading in parts is right where every row of the answer comes from one row of the table: one leaf, and nothing that looks at
several rows. And so where rows meet in groups only: in parts that are ranges of a value that they are grouped by no group is
cut. The text is finished here; which part is asked for, the source sets when it runs it.
"""

from __future__ import annotations

from sqlglot import exp

from fedquery.plan.functions import has_aggregate
from fedquery.plan.lineage import reaches
from fedquery.plan.model import Leaf, LeafColumn
from fedquery.plan.rules.context import clauses, computed_columns

_ROW_WISE = {"expressions", "from_", "where"}
_GROUPED = _ROW_WISE | {"group", "having"}


def split_text(text: str, place: int, filtered: bool, condition: str | None) -> str | None:
    """``text`` with the condition at ``place``, the end of its only leaf; ``filtered`` if the leaf has conditions already."""
    if condition is None:
        return None
    return f"{text[:place]} {'AND' if filtered else 'WHERE'} {condition}{text[place:]}"


def row_wise(body: exp.Query) -> bool:
    """Whether each row of the answer is made of one row of the one relation that the body reads."""
    if not isinstance(body, exp.Select) or clauses(body) - _ROW_WISE:
        return False
    relation = body.args["from_"].this
    if isinstance(relation, exp.Subquery) and not row_wise(relation.this):
        return False
    own = [*computed_columns(body), *filter(None, [body.args.get("where")])]
    return not any(node.find(exp.AggFunc, exp.Window, exp.Query) for node in own)


def grouped_by(body: exp.Query, leaf: Leaf) -> list[LeafColumn]:
    """Columns of the body's one leaf that the caller sees as they are: rows that differ in one of them meet nowhere in it."""
    if len(list(body.find_all(exp.Table))) != 1:
        return []
    while isinstance(body, exp.Select) and not clauses(body) - _GROUPED:
        if any(node.find(exp.Window) for node in computed_columns(body)):
            return []
        relation, group = body.args["from_"].this, body.args.get("group")
        if group is not None:
            return [column for projection in body.expressions if (column := _clear(body, projection, leaf)) is not None]
        if has_aggregate(*computed_columns(body)):
            return []
        body = relation.this
    return []


def _clear(body: exp.Select, projection: exp.Expr, leaf: Leaf) -> LeafColumn | None:
    """The leaf's column that the projection passes on, where a condition on it would keep or drop whole groups."""
    origins = reaches(body, projection.alias_or_name)
    column = leaf.column(origins[0].column) if origins else None
    if column is None or column.rule is not None or column.decision.form.kind != "clear" or column.decision.entry.codes:
        return None
    return column
