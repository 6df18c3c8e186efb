"""Which fragments may be read in parts, and the statement for one part: the same, with a condition more in its leaf.

Reading in parts is right where every row of the answer comes from one row of the table: one leaf, and nothing that looks at
several rows. The text is finished here; which part is asked for, the source sets when it runs it.
"""

from __future__ import annotations

from sqlglot import exp

_ROW_WISE = {"expressions", "from_", "where"}


def split_text(text: str, place: int, filtered: bool, condition: str | None) -> str | None:
    """``text`` with the condition at ``place``, the end of its only leaf; ``filtered`` if the leaf has conditions already."""
    if condition is None:
        return None
    return f"{text[:place]} {'AND' if filtered else 'WHERE'} {condition}{text[place:]}"


def row_wise(body: exp.Query) -> bool:
    """Whether each row of the answer is made of one row of the one relation that the body reads."""
    if not isinstance(body, exp.Select) or {key for key, value in body.args.items() if value} - _ROW_WISE:
        return False
    relation = body.args["from_"].this
    if isinstance(relation, exp.Subquery) and not row_wise(relation.this):
        return False
    own = [*body.expressions, *filter(None, [body.args.get("where")])]
    return not any(node.find(exp.AggFunc, exp.Window, exp.Query) for node in own)
