"""What any kind of source can fail with, in one wording for all: who, what, and what to do next.

What a driver or server says goes to ``private``: its texts hold values, names and statements.
"""

from __future__ import annotations

from collections.abc import Iterable

from fedquery.errors import (
    InvalidValue,
    OutOfMemory,
    SourceDrift,
    SourceRejected,
    SourceTimeout,
    SourceUnavailable,
    TooManyBytes,
    TooManyRows,
)
from fedquery.said import Said, Sentence

_UNREACHABLE = Sentence("The source {source} cannot be reached.", "无法连接数据源 {source}。")
_CHECK_ADDRESS = Sentence("Check its address, and whether it runs.", "请检查其地址以及是否在运行。")
_LOGIN = Sentence("The source {source} refuses the login.", "数据源 {source} 拒绝登录。")
_CHECK_LOGIN = Sentence("Check the login, the secret behind it, and TLS.", "请检查登录账户、其密钥以及 TLS。")
_CLOSED = Sentence("The source {source} is closed.", "数据源 {source} 已关闭。")
AGAIN = Sentence("Try again.", "请重试。")
_ALL_IN_USE = Sentence("All connections that the source {source} allows are in use.", "数据源 {source} 允许的连接均在使用中。")
_ASK_FOR_MORE = Sentence("Try again, or ask the department to allow more.", "请重试，或请部门允许更多连接。")
_LATE = Sentence("The source {source} did not answer within its time limit.", "数据源 {source} 未在时限内应答。")
_LATE_AFTER = Sentence(
    "The source {source} did not answer within {seconds:g} seconds.", "数据源 {source} 未在 {seconds:g} 秒内应答。"
)
_NARROW = Sentence("Narrow the query, or ask the department for more time.", "请缩小查询范围，或请部门放宽时限。")
_REFUSED = Sentence("The source {source} refused the statement.", "数据源 {source} 拒绝了语句。")
_IN_THE_LOG = Sentence(
    "The operator finds the reason in the log, under the query's id.", "运维人员可在日志中按查询编号查到原因。"
)
_GONE = Sentence(
    "The source {source} has no such table or column as the directory promises.", "数据源 {source} 中没有目录所述的表或列。"
)
_NO_TABLE = Sentence("The source {source} has no table {table} any more.", "数据源 {source} 中已没有表 {table}。")
_NO_COLUMN = Sentence(
    "The source {source} has no column {column} in the table {table} any more.",
    "数据源 {source} 的表 {table} 中已没有列 {column}。",
)
_OTHER_COLUMNS = Sentence(
    "The source {source} returned other columns than the directory promises.", "数据源 {source} 返回的列与目录所述不同。"
)
_OTHER_TYPE = Sentence(
    "The source {source} returned another type than the directory promises for {columns}.",
    "数据源 {source} 返回的 {columns} 的类型与目录所述不同。",
)
_NO_NULL = Sentence(
    "The source {source} returned NULL in the column {column}, which the directory promises without.",
    "数据源 {source} 的列 {column} 中有空值，而目录称其没有。",
)
COMPARE = Sentence("Compare the entry with `fedquery source describe`.", "请对照 `fedquery source describe` 核对目录条目。")
_INVALID = Sentence(
    "The source {source} holds a value in the column {column} that the column's type cannot hold.",
    "数据源 {source} 的列 {column} 中有其类型容纳不下的值。",
)
_CORRECT = Sentence(
    'The department can correct it, or declare the column invalid = "null".',
    '请部门更正，或将该列声明为 invalid = "null"。',
)
_NO_MEMORY = Sentence(
    "The statement does not fit into the memory of the source {source}.", "语句所需超过数据源 {source} 的内存。"
)
_DAMAGED = Sentence("The source {source} has a damaged file in {tables}.", "数据源 {source} 的 {tables} 中有损坏的文件。")
_FILE_IN_LOG = Sentence("The operator finds the file in the log.", "运维人员可在日志中查到该文件。")
_ROWS = Sentence(
    "The source {source} has more than {count:,} rows for this query.", "数据源 {source} 为此查询返回超过 {count:,} 行。"
)
_BYTES = Sentence(
    "The source {source} has more than {count:,} bytes for this query.", "数据源 {source} 为此查询返回超过 {count:,} 字节。"
)
_CONDITION = Sentence("Add a condition that selects fewer rows.", "请增加条件，减少所选的行。")


def unreachable(source: str, private: str | None = None) -> SourceUnavailable:
    """Nobody answers."""
    return SourceUnavailable(_UNREACHABLE(source=source), hint=_CHECK_ADDRESS(), source=source, private=private)


def login_refused(source: str, private: str | None = None) -> SourceUnavailable:
    """It answers, and does not let us in."""
    return SourceUnavailable(_LOGIN(source=source), hint=_CHECK_LOGIN(), source=source, private=private)


def closed(source: str) -> SourceUnavailable:
    """The gateway has let go of it, for another version of its entry or for good."""
    return SourceUnavailable(_CLOSED(source=source), hint=AGAIN(), source=source)


def all_in_use(source: str) -> SourceTimeout:
    """No connection became free in time."""
    return SourceTimeout(_ALL_IN_USE(source=source), hint=_ASK_FOR_MORE(), source=source)


def late(source: str, seconds: float | None = None, private: str | None = None) -> SourceTimeout:
    """The statement took longer than the source's owner, or the query's budget, allows."""
    told: Said = _LATE(source=source) if seconds is None else _LATE_AFTER(source=source, seconds=seconds)
    return SourceTimeout(told, hint=_NARROW(), source=source, private=private)


def refused(source: str, private: str | None = None) -> SourceRejected:
    """It does not run the statement, for a reason that only an operator may read."""
    return SourceRejected(_REFUSED(source=source), hint=_IN_THE_LOG(), source=source, private=private)


def gone(source: str, table: str | None = None, column: str | None = None, private: str | None = None) -> SourceDrift:
    """A table, or a column of it, is not there any more; which, where that is known."""
    told = _GONE if table is None else _NO_TABLE if column is None else _NO_COLUMN
    return SourceDrift(told(source=source, table=table, column=column), hint=COMPARE(), source=source, private=private)


def other_columns(source: str, private: str | None = None) -> SourceDrift:
    """Other names, or another number of them."""
    return SourceDrift(_OTHER_COLUMNS(source=source), hint=COMPARE(), source=source, private=private)


def other_type(source: str, columns: Iterable[str], private: str | None = None) -> SourceDrift:
    """Columns of another type, or with values that no value of the promised type is."""
    told = _OTHER_TYPE(source=source, columns=", ".join(columns))
    return SourceDrift(told, hint=COMPARE(), source=source, private=private)


def null_unpromised(source: str, column: str) -> SourceDrift:
    """NULL in a column that the directory promises without."""
    return SourceDrift(_NO_NULL(source=source, column=column), hint=COMPARE(), source=source)


def invalid_value(source: str, column: str, private: str | None = None) -> InvalidValue:
    """A value that the column's type cannot hold."""
    return InvalidValue(_INVALID(source=source, column=column), hint=_CORRECT(), source=source, private=private)


def out_of_memory(source: str, private: str | None = None) -> OutOfMemory:
    """The department's side cannot hold what the statement needs."""
    return OutOfMemory(_NO_MEMORY(source=source), hint=_CONDITION(), source=source, private=private)


def damaged(source: str, tables: Iterable[str], private: str | None = None) -> SourceRejected:
    """A file of one of the tables cannot be read, or changed while it was; ``private`` says which."""
    return SourceRejected(
        _DAMAGED(source=source, tables=", ".join(tables)), hint=_FILE_IN_LOG(), source=source, private=private
    )


def too_many_rows(source: str, count: int) -> TooManyRows:
    """More rows than the query's budget."""
    return TooManyRows(_ROWS(source=source, count=count), hint=_CONDITION(), source=source)


def too_many_bytes(source: str, count: int) -> TooManyBytes:
    """More bytes than the query's budget."""
    return TooManyBytes(_BYTES(source=source, count=count), hint=_CONDITION(), source=source)
