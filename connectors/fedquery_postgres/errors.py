"""The one place where a failure of PostgreSQL or its driver becomes a fedquery error.

What the server says goes to ``private``: its texts hold values, names and statements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import adbc_driver_manager as adbc
import pyarrow as pa

from fedquery.spi import (
    InvalidValue,
    Sentence,
    SourceDrift,
    SourceError,
    SourceRejected,
    SourceTimeout,
    SourceUnavailable,
    faults,
)
from fedquery_postgres.reading import raised

#: What the driver raises; the last two where it could not say more.
DRIVER_ERRORS = (adbc.Error, OSError, pa.ArrowException)

_Told = tuple[type[SourceError], Sentence, Sentence]

_LATER = Sentence("Try again later.", "请稍后重试。")


def _said(en: str, zh: str) -> Sentence:
    """``The source … has …`` in English, whole in Chinese."""
    return Sentence(f"The source {{source}} {en}.", zh)


_OTHER_TYPE: _Told = (
    SourceDrift,
    _said("has a column of another type than declared", "数据源 {source} 中有一列的类型与目录所述不同。"),
    faults.COMPARE,
)

#: By SQLSTATE, else by its class (two characters): the error, its message, its hint.
_STATES: dict[str, _Told] = {
    "42P01": (SourceDrift, _said("has no such table any more", "数据源 {source} 中已没有这张表。"), faults.COMPARE),
    "3F000": (SourceDrift, _said("has no such schema any more", "数据源 {source} 中已没有这个模式。"), faults.COMPARE),
    "42703": (SourceDrift, _said("has no such column any more", "数据源 {source} 中已没有这一列。"), faults.COMPARE),
    **dict.fromkeys(("42883", "42804", "42846"), _OTHER_TYPE),
    "42501": (
        SourceRejected,
        _said("does not let its login read this", "数据源 {source} 不允许其登录账户读取此内容。"),
        Sentence("Ask the department to grant SELECT to the login.", "请部门授予该登录账户 SELECT 权限。"),
    ),
    "22003": (
        SourceRejected,
        _said("computed a number that its type cannot hold", "数据源 {source} 算出了其类型容纳不下的数。"),
        Sentence("Cast an operand to a wider type first.", "请先把操作数转换为更宽的类型。"),
    ),
    "25006": (
        SourceRejected,
        _said("was asked to write, which no session may", "数据源 {source} 被要求写入，而任何会话都不得写入。"),
        Sentence("Tell the operator: its view or function changes data.", "请告知运维人员：其视图或函数会修改数据。"),
    ),
    "55P03": (SourceTimeout, _said("has a lock on the table", "数据源 {source} 的表被锁定。"), faults.AGAIN),
    "40001": (
        SourceUnavailable,
        _said("ended the statement in favour of replication", "数据源 {source} 为复制而中止了语句。"),
        faults.AGAIN,
    ),
    "57P": (SourceUnavailable, _said("is shutting down or starting", "数据源 {source} 正在关闭或启动。"), _LATER),
    "53300": (SourceUnavailable, _said("has no free connection", "数据源 {source} 没有空闲连接。"), _LATER),
    "08": (SourceUnavailable, _said("lost the connection", "与数据源 {source} 的连接中断。"), faults.AGAIN),
    "3D": (
        SourceUnavailable,
        _said("has no such database", "数据源 {source} 没有这个数据库。"),
        Sentence("Check the source's uri.", "请检查数据源的 uri。"),
    ),
    "53": (
        SourceRejected,
        _said("is out of memory, disk or connections", "数据源 {source} 的内存、磁盘或连接已用尽。"),
        Sentence("Tell the department's operators.", "请告知部门的运维人员。"),
    ),
}

_CANCELLED = "57014"
_UNREADABLE: _Told = (
    InvalidValue,
    _said("sent a value that cannot be read", "数据源 {source} 发来了无法读取的值。"),
    faults.COMPARE,
)

#: While connecting the driver gives no SQLSTATE.
_LOGIN = re.compile(r"authentication|role \".*\" does not exist|pg_hba\.conf|not permitted to log in|no password supplied")
_BROKEN = re.compile(r"connection|SSL|server closed|could not (send|receive)", re.IGNORECASE)


def translated(problem: BaseException, source: str, *, connecting: bool = False) -> SourceError:
    """The error to raise instead of ``problem``."""
    state, text = getattr(problem, "sqlstate", None) or "", str(problem)
    if column := raised(text):
        return faults.invalid_value(source, column)
    private = f"{state} {text}".strip()
    told = _STATES.get(state) or _STATES.get(state[:3]) or _STATES.get(state[:2])
    if state == _CANCELLED:
        return faults.late(source, private=private)
    if state.startswith("28") or (told is None and connecting and _LOGIN.search(text)):
        return faults.login_refused(source, private)
    if told is None and connecting:
        return faults.unreachable(source, private)
    if told is None and "ReadRecord failed" in text:
        told = _UNREADABLE
    if told is None and _BROKEN.search(text):
        told = _STATES["08"]
    if told is None:
        return faults.refused(source, private)
    kind, message, hint = told
    return kind(message(source=source), hint=hint(), source=source, private=private)


@contextmanager
def translating(source: str, *, connecting: bool = False) -> Iterator[None]:
    """Turn the driver's errors into ours."""
    try:
        yield
    except DRIVER_ERRORS as problem:
        # `from None`: the driver's text must not travel along in a traceback either.
        raise translated(problem, source, connecting=connecting) from None


def broken(problem: BaseException) -> bool:
    """Whether the connection itself is gone, so that a fresh one may do better."""
    state = getattr(problem, "sqlstate", None) or ""
    return (state[:2] in ("08", "57") and state != _CANCELLED) or (not state and bool(_BROKEN.search(str(problem))))
