"""A tree in DuckDB's words, without what ``tree.sql()`` spends on finding the dialect."""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from fedquery.plan.parse import DIALECT

#: The dialect of that name: sqlglot makes a new one whenever it is given a name.
dialect_named = lru_cache(maxsize=None)(Dialect.get_or_raise)


def printed(node: exp.Expr, *, used_up: bool = False) -> str:
    """The node as text. The printer changes what it prints, and prints a copy unless the tree may be ``used_up``."""
    return DIALECT.generator().generate(node, copy=not used_up)
