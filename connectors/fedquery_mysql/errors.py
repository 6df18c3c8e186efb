"""The driver's and the server's errors as ours: the one place that translates them."""

from __future__ import annotations

import pymysql

from fedquery.spi import InvalidValue, Sentence, SourceDrift, SourceError, SourceRejected, SourceTimeout, SourceUnavailable

_UNREACHABLE = {
    0,
    1040,
    1053,
    1129,
    1130,
    1152,
    1158,
    1159,
    1160,
    1161,
    1184,
    1203,
    1226,
    1927,
    2002,
    2003,
    2005,
    2006,
    2013,
    2026,
}
_REFUSED = {1044, 1045, 1251, 1698, 1820, 1862, 2054, 2059, 2061, 3118, 4151}
_DRIFTED = {1049, 1051, 1054, 1109, 1146, 1356, 1932}
_TIMED_OUT = {1205, 1317, 1969, 3024}
_LOST = 2013


LATE = Sentence("The source did not answer within its time limit.", "数据源未在时限内应答。")
NOT_FINISHED = Sentence("The source did not finish within its time limit.", "数据源未在时限内完成。")
ALL_IN_USE = Sentence("All connections to the source are in use.", "数据源的连接均在使用中。")
_UNREACHED = Sentence("The source cannot be reached.", "无法连接数据源。")
_LOGIN = Sentence("The source refused the login.", "数据源拒绝登录。")
_CHECK_LOGIN = Sentence("Its owner checks user, password and TLS.", "请其部门检查用户、口令和 TLS。")
_NOT_THERE = Sentence(
    "A table or column that the directory promises is not at the source.", "目录所述的表或列在数据源中不存在。"
)
_DESCRIBE = Sentence("Describe the source again and correct the entry.", "请重新描述数据源并更正目录条目。")
_REJECTED = Sentence("The source refused the statement.", "数据源拒绝了语句。")


def translated(error: Exception, source: str) -> SourceError:
    """The error to raise instead. The server's own text goes to ``private`` only."""
    private = f"{error.__class__.__name__}: {error}"
    code = error.args[0] if isinstance(error, pymysql.Error) and error.args else None
    if isinstance(error, TimeoutError) or (code == _LOST and "timed out" in str(error)):
        return SourceTimeout(LATE(), source=source, private=private)
    if isinstance(error, OSError) or code in _UNREACHABLE:
        return SourceUnavailable(_UNREACHED(), source=source, private=private)
    if code in _REFUSED or (isinstance(error, RuntimeError) and "cryptography" in str(error)):
        return SourceUnavailable(_LOGIN(), hint=_CHECK_LOGIN(), source=source, private=private)
    if code in _DRIFTED:
        return SourceDrift(
            _NOT_THERE(),
            hint=_DESCRIBE(),
            source=source,
            private=private,
        )
    if code in _TIMED_OUT:
        return SourceTimeout(NOT_FINISHED(), source=source, private=private)
    return SourceRejected(_REJECTED(), source=source, private=private)


def invalid(column: str, source: str) -> InvalidValue:
    """The error for a value that its declared type cannot hold."""
    return InvalidValue(
        f"The column {column} holds a value that its declared type cannot hold.",
        hint='Correct it at the source, or declare the column invalid = "null".',
        source=source,
    )


def absent(column: str, source: str) -> SourceDrift:
    """The error for a NULL in a column that promises none."""
    return SourceDrift(
        f"The column {column} holds NULL, which the directory says it never does.",
        hint="Declare the column nullable.",
        source=source,
    )
