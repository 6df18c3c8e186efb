"""Every way a query can fail, each with who is at fault and what to do next.

    FedqueryError
    ├─ QueryError              fault: caller
    │  ├─ SyntaxProblem        query.syntax            400
    │  ├─ UnsupportedSql       query.unsupported       400
    │  ├─ UnknownName          query.unknown_name      400   hidden and missing alike
    │  ├─ AmbiguousName        query.ambiguous_name    400
    │  ├─ TypeProblem          query.type              400
    │  └─ BadRequest           query.request           400
    ├─ AccessError             fault: policy
    │  ├─ NotAuthenticated     access.unauthenticated  401
    │  ├─ AccessDenied         access.denied           403
    │  └─ GrantProblem         access.grant            403   missing, unknown, expired, not yet valid
    ├─ LimitError              fault: limit
    │  ├─ TooManyRows          limit.rows              413
    │  ├─ TooManyBytes         limit.bytes             413
    │  ├─ TimeExceeded         limit.time              408
    │  ├─ TooBusy              limit.busy              429
    │  ├─ OutOfMemory          limit.memory            507
    │  └─ Cancelled            limit.cancelled         499
    ├─ SourceError             fault: source
    │  ├─ SourceUnavailable    source.unavailable      503
    │  ├─ SourceTimeout        source.timeout          504
    │  ├─ SourceRejected       source.rejected         502
    │  ├─ SourceDrift          source.drift            502
    │  ├─ InvalidValue         source.invalid_value    502   a value that its declared type cannot hold
    │  └─ UnsupportedByConnector  source.unsupported   501
    ├─ CatalogError            fault: operator
    │  ├─ CatalogProblem       catalog.problem         422
    │  ├─ CatalogConflict      catalog.conflict        409
    │  └─ RegistrationRefused  catalog.refused         422
    ├─ ConfigError             fault: operator
    │  ├─ SettingProblem       config.setting          500
    │  ├─ SecretProblem        config.secret           500
    │  ├─ StoreProblem         config.store            500   full disk, unreadable store
    │  ├─ StoreTooNew          config.store_too_new    500
    │  ├─ StoreTooOld          config.store_too_old    500
    │  └─ AuditBroken          config.audit_broken     500
    └─ InvariantBroken         bug                     500

A message names the fault and the next step; it never holds a secret, a row's value, or a source's own error text.
What only an operator may read goes to ``private`` and from there to the log, under the query's id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fedquery import sentences as say


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the caller's own SQL text: character offsets, and the line and column (from 1) of its start."""

    start: int
    end: int
    line: int
    column: int


class FedqueryError(Exception):
    """The root. ``code`` is stable across releases; clients may switch on it."""

    code: ClassVar[str] = "error"
    fault: ClassVar[str] = "bug"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        span: Span | None = None,
        source: str | None = None,
        policy: str | None = None,
        reasons: tuple[str, ...] = (),
        suggestions: tuple[str, ...] = (),
        private: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.span = span
        self.source = source
        self.policy = policy
        self.reasons = reasons
        self.suggestions = suggestions
        self.private = private
        self.query_id: str | None = None

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class QueryError(FedqueryError):
    """The statement cannot be understood or is not allowed."""

    code, fault, status = "query", "caller", 400


class SyntaxProblem(QueryError):
    """The text does not parse; ``span`` says where."""

    code = "query.syntax"


class UnsupportedSql(QueryError):
    """It parses, but it is not one SELECT of the allowed language."""

    code = "query.unsupported"


class UnknownName(QueryError):
    """A name that does not exist for this caller: one text for hidden and missing."""

    code = "query.unknown_name"


class AmbiguousName(QueryError):
    """A column that more than one table in scope offers."""

    code = "query.ambiguous_name"


class TypeProblem(QueryError):
    """Operands that cannot be combined, tokens with anything but tokens of their domain included."""

    code = "query.type"


class BadRequest(QueryError):
    """The request around the SQL is malformed."""

    code = "query.request"


class AccessError(FedqueryError):
    """The directory does not allow it."""

    code, fault, status = "access", "policy", 403


class NotAuthenticated(AccessError):
    """No key, a wrong key, or a revoked one."""

    code, status = "access.unauthenticated", 401


class AccessDenied(AccessError):
    """A listed thing that the grant does not give, with the reasons."""

    code = "access.denied"


class GrantProblem(AccessError):
    """The grant is missing, unknown to the caller, expired, or not yet valid."""

    code = "access.grant"


class LimitError(FedqueryError):
    """A budget was reached; nothing partial was returned as complete."""

    code, fault, status = "limit", "limit", 413


class TooManyRows(LimitError):
    """More rows than the budget allows."""

    code = "limit.rows"


class TooManyBytes(LimitError):
    """More bytes than the budget allows."""

    code = "limit.bytes"


class TooManyLookups(LimitError):
    """More values to turn into tokens than one query may."""

    code = "limit.lookups"


class TimeExceeded(LimitError):
    """The query's own time limit passed."""

    code, status = "limit.time", 408


class TooBusy(LimitError):
    """No free place to run; try again later."""

    code, status, retryable = "limit.busy", 429, True


class OutOfMemory(LimitError):
    """The query did not fit into the memory or onto the disk that it may use."""

    code, status = "limit.memory", 507


class Cancelled(LimitError):
    """The caller, or the caller's departure, ended the query."""

    code, status = "limit.cancelled", 499


class SourceError(FedqueryError):
    """A department's system failed; ``source`` names it."""

    code, fault, status = "source", "source", 502


class SourceUnavailable(SourceError):
    """It cannot be reached."""

    code, status, retryable = "source.unavailable", 503, True


class SourceTimeout(SourceError):
    """It did not answer within its owner's time limit."""

    code, status, retryable = "source.timeout", 504, True


class SourceRejected(SourceError):
    """It refused the statement."""

    code = "source.rejected"


class SourceDrift(SourceError):
    """What it returned is not what the directory promises."""

    code = "source.drift"


class InvalidValue(SourceError):
    """It holds a value that the declared type cannot hold, in a column declared ``invalid = "error"``."""

    code = "source.invalid_value"


class UnsupportedByConnector(SourceError):
    """The connector does not declare what was asked of it."""

    code, status = "source.unsupported", 501


class CatalogError(FedqueryError):
    """The directory is wrong or in conflict."""

    code, fault, status = "catalog", "operator", 422


class CatalogProblem(CatalogError):
    """One or more faults in directory files; ``problems`` lists file, key path and line of each."""

    code = "catalog.problem"

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), hint: str | None = None) -> None:
        super().__init__(message, hint=hint, reasons=problems)
        self.problems = problems


class CatalogConflict(CatalogError):
    """The directory moved on since this change was made."""

    code, status = "catalog.conflict", 409


class RegistrationRefused(CatalogError):
    """A source or resource that may not be registered as it is."""

    code = "catalog.refused"


class ConfigError(FedqueryError):
    """The installation is set up wrongly."""

    code, fault, status = "config", "operator", 500


class SettingProblem(ConfigError):
    """A setting is unknown or has a wrong value."""

    code = "config.setting"


class SecretProblem(ConfigError):
    """A secret reference cannot be resolved; the secret itself is never shown."""

    code = "config.secret"


class StoreProblem(ConfigError):
    """The metadata store cannot be read or written."""

    code = "config.store"


class StoreTooNew(ConfigError):
    """The store was written by a newer release."""

    code = "config.store_too_new"


class StoreTooOld(ConfigError):
    """The store must be upgraded first."""

    code = "config.store_too_old"


class AuditBroken(ConfigError):
    """The audit chain does not verify; the message names the first broken record."""

    code = "config.audit_broken"


class InvariantBroken(FedqueryError):
    """A bug in fedquery. The query was stopped before anything could leave."""

    code, fault, status = "bug", "bug", 500

    def __init__(self, private: str) -> None:
        super().__init__(say.BUG(), hint=say.REPORT_BUG(), private=private)
