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
    SourceDrift,
    SourceError,
    SourceRejected,
    SourceTimeout,
    SourceUnavailable,
)
from fedquery_postgres.reading import raised

#: What the driver raises; the last two where it could not say more.
DRIVER_ERRORS = (adbc.Error, OSError, pa.ArrowException)

#: By SQLSTATE, else by its class (two characters): the error, its message, its hint.
_STATES: dict[str, tuple[type[SourceError], str, str]] = {
    "42P01": (SourceDrift, "has no such table any more", "Compare the entry with `fedquery source describe`."),
    "3F000": (SourceDrift, "has no such schema any more", "Compare the entry with `fedquery source describe`."),
    "42703": (SourceDrift, "has no such column any more", "Compare the entry with `fedquery source describe`."),
    "42883": (SourceDrift, "has a column of another type than declared", "Compare the entry with `fedquery source describe`."),
    "42804": (SourceDrift, "has a column of another type than declared", "Compare the entry with `fedquery source describe`."),
    "42846": (SourceDrift, "has a column of another type than declared", "Compare the entry with `fedquery source describe`."),
    "42501": (SourceRejected, "does not let its login read this", "Ask the department to grant SELECT to the login."),
    "22003": (SourceRejected, "computed a number that its type cannot hold", "Cast an operand to a wider type first."),
    "25006": (SourceRejected, "was asked to write, which no session may", ""),
    "57014": (SourceTimeout, "did not answer within its time limit", "Narrow the query, or ask the department for more time."),
    "55P03": (SourceTimeout, "has a lock on the table", "Try again."),
    "40001": (SourceUnavailable, "ended the statement in favour of replication", "Try again."),
    "57P": (SourceUnavailable, "is shutting down or starting", "Try again later."),
    "53300": (SourceUnavailable, "has no free connection", "Try again later."),
    "08": (SourceUnavailable, "lost the connection", "Try again."),
    "28": (SourceUnavailable, "refuses the login", "Check the login and the secret behind it."),
    "3D": (SourceUnavailable, "has no such database", "Check the source's uri."),
    "53": (SourceRejected, "is out of memory, disk or connections", "Tell the department's operators."),
}

#: While connecting the driver gives no SQLSTATE.
_LOGIN = re.compile(r"authentication|role \".*\" does not exist|pg_hba\.conf|not permitted to log in|no password supplied")
_BROKEN = re.compile(r"connection|SSL|server closed|could not (send|receive)", re.IGNORECASE)


def translated(problem: BaseException, source: str, *, connecting: bool = False) -> SourceError:
    """The error to raise instead of ``problem``."""
    state, text = getattr(problem, "sqlstate", None) or "", str(problem)
    if column := raised(text):
        return invalid_value(column, source)
    kind, message, hint = _STATES.get(state) or _STATES.get(state[:3]) or _STATES.get(state[:2]) or _unnamed(text, connecting)
    return kind(f"The source {source} {message}.", hint=hint or None, source=source, private=f"{state} {text}".strip())


def invalid_value(column: str, source: str) -> InvalidValue:
    """The error for a value that the column's type cannot hold."""
    return InvalidValue(
        f"The source {source} holds a value in {column} that the column's type cannot hold.",
        hint='The department can correct it, or declare the column invalid = "null".',
        source=source,
    )


def drift(detail: str, source: str) -> SourceDrift:
    """The error for an answer that is not what was promised; ``detail`` names columns and types only."""
    return SourceDrift(
        f"The source {source} answered with something else than the directory promises: {detail}.",
        hint="Compare the entry with `fedquery source describe`.",
        source=source,
    )


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
    return (state[:2] in ("08", "57") and state != "57014") or (not state and bool(_BROKEN.search(str(problem))))


def _unnamed(text: str, connecting: bool) -> tuple[type[SourceError], str, str]:
    if connecting:
        if _LOGIN.search(text):
            return _STATES["28"]
        return SourceUnavailable, "cannot be reached", "Check its address, and whether it runs."
    if "ReadRecord failed" in text:
        return InvalidValue, "sent a value that cannot be read", ""
    if _BROKEN.search(text):
        return _STATES["08"]
    return SourceRejected, "refused the statement", ""
