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
from fedquery.run.budget import Budget, size

_INTERNAL = re.compile(r'"?__\w+"?\s*\.\s*')
_CASTS = "You might need to add explicit type casts."
_UNKNOWN = (
    (re.compile(r'(?:Referenced column|does not have a column named) "([^"]+)"'), "column"),
    (re.compile(r'Referenced table "([^"]+)"'), "table"),
    (re.compile(r"Table with name (\S+) does not exist"), "table"),
    (re.compile(r"Function with name (\S+) does not exist"), "function"),
)


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
            return TypeProblem(
                "A value cannot be converted to the type that the statement asks for.",
                hint="TRY_CAST gives NULL for such a value.",
            )
        case "Out of Range Error":
            return TypeProblem("A value leaves the range of its type.", hint="Cast the operands to a wider type.")
        case "Invalid Input Error" if text.startswith("More than one row returned by a subquery"):
            return TypeProblem("A sub-query that stands for one value returns several rows.", hint="Aggregate it, or use IN.")
        case "Invalid Input Error" if "registered as" not in text and "arameter" not in text and "reader" not in text.lower():
            return TypeProblem("A function is given a value that it does not take.", hint="TRY(...) gives NULL instead.")
        case "Out of Memory Error":
            return _out_of_memory("max_temp_directory_size" in str(problem), budget)
        case "IO Error":
            return OutOfMemory("The disk space for large statements cannot be used.", hint="Tell the operator.", private=text)
        case "Not implemented Error":
            return UnsupportedSql("The statement uses something that does not exist in this form.", private=text)
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
        return AmbiguousName(f"{text.split(' (use:', 1)[0]}.", hint="Write the table's name before it.")
    for pattern, what in _UNKNOWN:
        if found := pattern.search(text):
            if found[1].startswith("__"):
                return InvariantBroken(text)
            return UnknownName(f'There is no {what} "{found[1]}" here.')
    return None


def _as_type_error(text: str) -> FedqueryError:
    message = _INTERNAL.sub("", text.replace(_CASTS, "")).strip()
    hint = "Cast one side explicitly." if _CASTS in text else None
    if "__" in message:
        return TypeProblem("The types in the statement do not fit together.", hint=hint, private=text)
    return TypeProblem(message if message.endswith((".", "!")) else f"{message}.", hint=hint)
