"""Temporary tables for long lists of keys: made, filled and counted in the transaction that reads them, and ended with it.

A transaction that may write begins, makes them, and is read-only from then on: PostgreSQL lets none go back. ROLLBACK, a
cancelled statement and a lost connection alike leave nothing of them, not even in the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fedquery.spi import LogicalType, Parameter, Sentence, SourceRejected
from fedquery_postgres.parameters import elements

#: SQLSTATEs of a login that may make no temporary table, and of a server that takes no writes.
FORBIDDEN = frozenset({"42501", "25006"})
_REFUSED = Sentence(
    "The source {source} does not let its login make temporary tables.", "数据源 {source} 不允许其登录账户创建临时表。"
)
_ALLOW = Sentence(
    "Ask the department to grant TEMPORARY to the login, or take scratch out of the source's entry.",
    "请部门授予该登录账户 TEMPORARY 权限，或从数据源条目中去掉 scratch。",
)


def selected(name: str, kind: str) -> str:
    """A SELECT of the list ``name`` out of its table."""
    return f'SELECT CAST("k" AS {kind}) FROM {_table(name)}'


def storing(lists: Iterable[Parameter], type_name: Callable[[LogicalType], str]) -> str:
    """The statements that put each list, which is a setting by then, into its table, and end all writing."""
    made = "".join(_stored(one.name, type_name(one.type.item or one.type)) for one in lists)
    return f"{made}SET TRANSACTION READ ONLY"


def refused(source: str) -> SourceRejected:
    """The error for :data:`FORBIDDEN`."""
    return SourceRejected(_REFUSED(source=source), hint=_ALLOW(), source=source)


def _stored(name: str, type: str) -> str:
    table = _table(name)
    return (
        f'CREATE TEMPORARY TABLE {table} ("k" {type}) ON COMMIT DROP; '
        f'INSERT INTO {table} SELECT CAST("e" AS {type}) FROM {elements(name)}; ANALYZE {table}; '
    )


def _table(name: str) -> str:
    return f'pg_temp."fedquery_{name}"'
