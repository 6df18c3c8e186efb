"""What DuckDB complains of, as errors of this project: without any row's value, and without names the caller did not write."""

from __future__ import annotations

import re

from fedquery import sentences as say
from fedquery.errors import (
    AmbiguousName,
    FedqueryError,
    InvariantBroken,
    OutOfMemory,
    TimeExceeded,
    TypeProblem,
    UnknownName,
    UnsupportedSql,
)
from fedquery.run.binder_words import CAST_ONE, DO_NOT_FIT, OTHERWISE, in_our_words
from fedquery.run.budget import Budget, size
from fedquery.said import Sentence

_INTERNAL = re.compile(r'"?__\w+"?\s*\.\s*')
_CASTS = "You might need to add explicit type casts."
_NO_TABLE = Sentence('There is no table "{name}" here.', "此处没有表 {name}。")
_UNKNOWN = (
    (
        re.compile(r'(?:Referenced column|does not have a column named) "([^"]+)"'),
        Sentence('There is no column "{name}" here.', "此处没有列 {name}。"),
    ),
    (re.compile(r'Referenced table "([^"]+)"'), _NO_TABLE),
    (re.compile(r"Table with name (\S+) does not exist"), _NO_TABLE),
    (
        re.compile(r"Function with name (\S+) does not exist"),
        Sentence('There is no function "{name}" here.', "此处没有函数 {name}。"),
    ),
)
_NO_CONVERSION = Sentence(
    "A value cannot be converted to the type that the statement asks for.", "有值不能转换为语句所要求的类型。"
)
_TRY_CAST = Sentence("TRY_CAST gives NULL for such a value.", "对这样的值，TRY_CAST 给出空值。")
_OUT_OF_RANGE = Sentence("A value leaves the range of its type.", "有值超出其类型的范围。")
_WIDER = Sentence("Cast the operands to a wider type.", "请把操作数转换为更宽的类型。")
_SEVERAL_ROWS = Sentence("A sub-query that stands for one value returns several rows.", "作为单个值的子查询返回了多行。")
_AGGREGATE_OR_IN = Sentence("Aggregate it, or use IN.", "请对其汇总，或使用 IN。")
_NOT_TAKEN = Sentence("A function is given a value that it does not take.", "有函数得到了它不接受的值。")
_TRY = Sentence("TRY(...) gives NULL instead.", "TRY(...) 会给出空值。")
_NO_DISK = Sentence("The disk space for large statements cannot be used.", "大型语句所用的磁盘空间无法使用。")
_TELL_OPERATOR = Sentence("Tell the operator.", "请告知运维人员。")
_NO_SUCH_FORM = Sentence("The statement uses something that does not exist in this form.", "语句中有此处不支持的写法。")
_OTHER_FORM = Sentence("docs/sql.md lists what can be used.", "可用的写法见 docs/sql.md。")


def as_query_error(problem: Exception) -> FedqueryError:
    """An error of binding: the caller's statement does not fit the tables it names."""
    kind, text = _parts(problem)
    if kind in ("Binder Error", "Catalog Error"):
        return _as_name_error(text) or _as_type_error(text)
    return as_run_error(problem, Budget())


def as_run_error(problem: Exception, budget: Budget) -> FedqueryError:
    """An error of running within ``budget``. DuckDB quotes values in these, so its text is never passed on."""
    kind, text = _parts(problem)
    match kind:
        case "Conversion Error":
            return TypeProblem(_NO_CONVERSION(), hint=_TRY_CAST())
        case "Out of Range Error":
            return TypeProblem(_OUT_OF_RANGE(), hint=_WIDER())
        case "Invalid Input Error" if text.startswith("More than one row returned by a subquery"):
            return TypeProblem(_SEVERAL_ROWS(), hint=_AGGREGATE_OR_IN())
        case "Invalid Input Error" if "registered as" not in text and "arameter" not in text and "reader" not in text.lower():
            return TypeProblem(_NOT_TAKEN(), hint=_TRY())
        case "Out of Memory Error":
            return _out_of_memory("max_temp_directory_size" in str(problem), budget)
        case "IO Error":
            return OutOfMemory(_NO_DISK(), hint=_TELL_OPERATOR(), private=text)
        case "Not implemented Error":
            return UnsupportedSql(_NO_SUCH_FORM(), hint=_OTHER_FORM(), private=text)
        case "INTERRUPT Error":
            return TimeExceeded(say.TOOK_TOO_LONG(), hint=say.FEWER_ROWS())
    return InvariantBroken(f"{problem.__class__.__name__}: {problem}")


def _out_of_memory(on_disk: bool, budget: Budget) -> OutOfMemory:
    if on_disk and budget.spill:
        limit, setting = say.OF_DISK(size=size(budget.spill)), "spill_limit"
    else:
        limit, setting = say.OF_MEMORY(size=size(budget.memory)), "memory_limit"
    return OutOfMemory(say.TOO_MUCH_MEMORY(limit=limit), hint=say.FEWER_OR_RAISE(setting=setting))


def _parts(problem: Exception) -> tuple[str, str]:
    """DuckDB's kind of error and the first line of its text; pyarrow hands the same text on for what fails later."""
    line = str(problem).split("\n", 1)[0]
    kind, _, text = line.partition(": ")
    return kind, text.strip()


def _as_name_error(text: str) -> FedqueryError | None:
    if text.startswith("Ambiguous reference to"):
        return AmbiguousName(say.SOME_COLUMN_AMBIGUOUS(), hint=say.WRITE_TABLE())
    for pattern, told in _UNKNOWN:
        if found := pattern.search(text):
            if found[1].startswith("__"):
                return InvariantBroken(text)
            return UnknownName(told(name=found[1]), hint=say.CHECK_NAMES())
    return None


def _as_type_error(text: str) -> FedqueryError:
    message = _INTERNAL.sub("", text.replace(_CASTS, "")).strip()
    if "__" in message:
        return TypeProblem(DO_NOT_FIT(), hint=CAST_ONE(), private=text)
    if told := in_our_words(message):
        what, hint = told
        return TypeProblem(what, hint=hint)
    return TypeProblem(OTHERWISE(what=message if message.endswith((".", "!")) else f"{message}."))
