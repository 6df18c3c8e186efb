"""A CTE that is read once stands where it is read, so that conditions reach it; one that nobody reads is not computed."""

from __future__ import annotations

from collections import Counter

from sqlglot import exp

from fedquery.plan.rules.context import Context


def inline_ctes(tree: exp.Query, context: Context) -> exp.Query:
    """``WITH c AS (SELECT …) SELECT … FROM c`` -> ``SELECT … FROM (SELECT …) c``; what is read twice is computed once."""
    if not tree.find(exp.With):
        return tree
    while _drop_unread(tree):
        pass  # what only it read may be unread now
    readers, names = _readers(tree), _names(tree)
    for clause in list(tree.find_all(exp.With)):
        for cte in list(clause.expressions):
            if readers[cte.alias] != 1 or names[cte.alias] != 1 or cte.args["alias"].columns:
                continue
            table = next(table for table in tree.find_all(exp.Table) if table.name == cte.alias)
            alias = exp.TableAlias(
                this=exp.to_identifier(table.alias_or_name, quoted=True),
                columns=table.args["alias"].columns if table.args.get("alias") else None,
            )
            clause.expressions.remove(cte)
            table.replace(exp.Subquery(this=cte.this, alias=alias))
        if not clause.expressions:
            clause.pop()
    return tree


def _drop_unread(tree: exp.Query) -> bool:
    readers, names = _readers(tree), _names(tree)
    unread = [cte for cte in tree.find_all(exp.CTE) if not readers[cte.alias] and names[cte.alias] == 1]
    for cte in unread:
        clause = cte.parent
        cte.pop()
        if isinstance(clause, exp.With) and not clause.expressions:
            clause.pop()
    return bool(unread)


def _readers(tree: exp.Query) -> Counter[str]:
    return Counter(table.name for table in tree.find_all(exp.Table))


def _names(tree: exp.Query) -> Counter[str]:
    return Counter(cte.alias for cte in tree.find_all(exp.CTE))
