"""What an administrator may set for a PostgreSQL source, and the connection string made of it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, unquote, urlencode, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fedquery.spi import SecretProblem, Secrets, is_reference

#: Allow-list. Absent on purpose: service, passfile, sslcert, sslkey (they read files), options (it could move search_path).
_ALLOWED = frozenset({
    "host", "port", "dbname", "user", "connect_timeout", "sslmode", "sslrootcert", "sslnegotiation", "channel_binding",
    "gssencmode", "require_auth", "target_session_attrs", "load_balance_hosts",
})  # fmt: skip

#: What every connection gets; a URI may ask for another connect_timeout.
_DEFAULTS = {"connect_timeout": "10"}
_FIXED = {
    "application_name": "fedquery",
    "client_encoding": "UTF8",
    "keepalives_idle": "20",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


def _checked_uri(uri: str) -> str:
    if is_reference(uri):
        return uri
    if fault := _fault(uri, password_allowed=False):
        raise ValueError(fault)
    return uri


def _checked_reference(text: str | None) -> str | None:
    if text is not None and not is_reference(text):
        raise ValueError("write a secret reference, env:NAME or file:PATH, never the password itself")
    return text


class PostgresOptions(BaseModel):
    """The options of a source of the kind ``postgres``."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    uri: Annotated[str, AfterValidator(_checked_uri)] = Field(
        description="postgresql://user@host/database without a password, or a secret reference to a whole URI"
    )
    password: Annotated[str | None, AfterValidator(_checked_reference)] = Field(
        None, description="A secret reference to the login's password"
    )
    schemas: tuple[str, ...] = Field((), description="Schemas to describe; none means every schema of the database")


def connection_string(options: PostgresOptions, secrets: Secrets) -> str:
    """The URI to connect with, secrets resolved. Raises SecretProblem, which never shows the URI."""
    uri = secrets.resolve(options.uri) if is_reference(options.uri) else options.uri
    if fault := _fault(uri, password_allowed=True):
        raise SecretProblem(f"The URI behind {options.uri} cannot be used: {fault}.")
    parts = urlsplit(uri)
    password = {"password": secrets.resolve(options.password)} if options.password else {}
    # libpq takes the later of two values: a password given apart wins over one in the URI.
    query = {**_DEFAULTS, **dict(_pairs(parts.query)), **_FIXED, **password}
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(query, quote_via=quote)}"


def _fault(uri: str, *, password_allowed: bool) -> str | None:
    try:
        parts = urlsplit(uri)
        password, pairs = parts.password, _pairs(parts.query)
    except ValueError:
        return "it is not a URI"
    if parts.scheme not in ("postgresql", "postgres") or parts.fragment:
        return "it does not have the form postgresql://user@host/database"
    if unknown := sorted({name for name, _ in pairs} - _ALLOWED):
        return f"the parameter {unknown[0]} is not allowed; allowed are {', '.join(sorted(_ALLOWED))}"
    if any(name == "sslrootcert" and value != "system" for name, value in pairs):
        return "sslrootcert may only be system; other authorities are installed on the machine"
    if any(name == "dbname" and ("=" in value or "://" in value) for name, value in pairs) or "=" in parts.path:
        return "the database's name may not be another connection string"
    if password and not password_allowed:
        return "a password does not belong into the directory; put it behind env:NAME or file:PATH"
    return None


def _pairs(query: str) -> list[tuple[str, str]]:
    """As libpq reads them: a plus sign is a plus sign."""
    split = (part.partition("=") for part in query.split("&") if part)
    return [(unquote(name), unquote(value)) for name, _, value in split]
