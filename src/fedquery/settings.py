"""Settings: defaults < fedquery.toml < FEDQUERY_* environment < command-line flags, each value knowing where it is from.

The only place that reads the environment; ``docs/settings.md`` is generated from the fields below.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, ByteSize, Field, PrivateAttr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from fedquery.errors import SettingProblem

PREFIX = "FEDQUERY_"
FILE = Path("fedquery.toml")
#: Variables of the same prefix that are no settings: the file's place, the build's and the tests' own.
NOT_SETTINGS = ("FEDQUERY_CONFIG", "FEDQUERY_CONSOLE", "FEDQUERY_TEST_")


def _reference(text: str) -> str:
    scheme, _, rest = text.partition(":")
    if scheme not in ("env", "file") or not rest:
        raise ValueError("a secret is given by reference: env:NAME or file:PATH (inside secrets_dir)")
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as problem:
        raise ValueError("not a time zone of the IANA database, such as Asia/Shanghai") from problem
    return name


def _without_password(url: str) -> str:
    if urlsplit(url).password:
        raise ValueError("no password in the address; name it with store_password = 'env:NAME' or 'file:PATH'")
    return url


def _not_a_flag(value: Any) -> Any:
    """true and false are no numbers here."""
    if isinstance(value, bool):
        raise ValueError("a number is needed")
    return value


Reference = Annotated[str, AfterValidator(_reference)]
Count = Annotated[int, BeforeValidator(_not_a_flag)]
Size = Annotated[ByteSize, BeforeValidator(_not_a_flag), Field(gt=0)]


class Settings(BaseSettings):
    """Every setting of one installation. Frozen; made by :func:`load`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX, validate_default=True)

    data_dir: Path = Field(Path("fedquery-data"), description="Folder for everything that fedquery writes.")
    catalog_dir: Path = Field(
        default_factory=lambda known: known["data_dir"] / "catalog",
        description="Folder of the directory's TOML files, as `fedquery catalog` reads it.",
        json_schema_extra={"shown": "catalog in data_dir"},
    )
    secrets_dir: Path = Field(
        default_factory=lambda known: known["data_dir"] / "secrets",
        description="Folder in which `file:` secret references are looked up; they cannot leave it.",
        json_schema_extra={"shown": "secrets in data_dir"},
    )
    store_url: Annotated[str, AfterValidator(_without_password)] = Field(
        default_factory=lambda known: f"sqlite:///{known['data_dir'] / 'fedquery.db'}",
        description="The metadata store: `sqlite:///PATH`, or `postgresql://USER@HOST/DATABASE` for several nodes.",
        json_schema_extra={"shown": "SQLite file fedquery.db in data_dir"},
    )
    store_password: Reference | None = Field(None, description="Secret reference of the PostgreSQL store's password.")
    master_key: Reference = Field(
        "file:master.key", description="Secret reference of the master key that the grants' token keys are derived from."
    )
    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: Count = Field(8080, ge=1, le=65535, description="Port that the server listens on.")
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        "Asia/Shanghai", description="The one zone of sources, constants and the join."
    )
    rows_limit: Count = Field(10_000_000, ge=1, description="Most rows that one query may fetch or return.")
    bytes_limit: Size = Field(ByteSize(4 * 2**30), description="Most bytes of Arrow that one query may fetch or return.")
    lookups_limit: Count = Field(
        100, ge=0, description="Most values that one query may turn into tokens by `lookup`; 0 allows none."
    )
    seconds_limit: float = Field(300, gt=0, description="Longest time of one query, in seconds.")
    statistics_hours: float = Field(
        24,
        ge=0,
        description="Age in hours at which statistics of a source's tables are asked for again; 0: only by command.",
    )
    memory_limit: Size = Field(ByteSize(2 * 2**30), description="Memory of one query's join, in bytes.")
    spill_limit: Size = Field(ByteSize(10 * 2**30), description="Disk that one query's join may spill to, in bytes.")
    spill_dir: Path = Field(
        default_factory=lambda known: known["data_dir"] / "spill",
        description="Folder that joins spill to; emptied at start.",
        json_schema_extra={"shown": "spill in data_dir"},
    )
    threads: Count = Field(2, ge=1, le=1024, description="Threads of one query's join.")
    concurrency: Count = Field(8, ge=1, le=1024, description="Queries that run at the same time; more wait.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The constructor reads nothing but its arguments; :func:`load` reads the rest, and remembers from where."""
        return (init_settings,)

    def origins(self) -> Mapping[str, str]:
        """Where each value came from: ``default``, a file's name, ``environment FEDQUERY_X``, or ``flag --x``."""
        return {name: self._origins.get(name, "default") for name in type(self).model_fields}


def load(flags: Mapping[str, object] | None = None, file: Path | None = None) -> Settings:
    """The settings of this process. ``file`` (or FEDQUERY_CONFIG) must exist if it is named; fedquery.toml need not.

    Raises SettingProblem: an unknown key (with a suggestion), a wrong value, an unreadable file; never with the value.
    """
    named = file or (Path(os.environ["FEDQUERY_CONFIG"]) if os.environ.get("FEDQUERY_CONFIG") else None)
    path = named or FILE
    if named and not named.exists():
        raise SettingProblem(f"The settings file {named} does not exist.", hint="Create it, or name another one.")
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for found, origin in (
        (_from_file(path), "{path}"),
        (_from_environment(), "environment {variable}"),
        (dict(flags or {}), "flag --{flag}"),
    ):
        for name, value in found.items():
            place = origin.format(path=path, variable=PREFIX + name.upper(), flag=name.replace("_", "-"))
            if name not in Settings.model_fields:
                raise _unknown(name, place)
            values[name], origins[name] = value, place
    try:
        settings = Settings(**values)
    except ValidationError as problem:
        lines = tuple(_located(error, origins) for error in problem.errors(include_url=False, include_input=False))
        raise SettingProblem(" ".join(lines), hint="docs/settings.md lists every setting.", reasons=lines) from None
    settings._origins = origins
    return settings


def environment() -> Mapping[str, str]:
    """The process environment, for ``env:`` secret references and nothing else."""
    return os.environ


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return TomlConfigSettingsSource(Settings, toml_file=path)()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingProblem(f"{path} is not TOML: {problem}", hint="Mend that line.") from None
    except OSError as problem:
        raise SettingProblem(f"{path} cannot be read: {problem.strerror}.", hint="Check its permissions.") from problem


def _from_environment() -> dict[str, Any]:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for variable in sorted(os.environ):
        if variable.startswith(PREFIX) and not variable.startswith(NOT_SETTINGS) and variable not in known:
            raise _unknown(variable.removeprefix(PREFIX).lower(), f"environment {variable}")
    return EnvSettingsSource(Settings)()


def _unknown(name: str, origin: str) -> SettingProblem:
    near = get_close_matches(name, Settings.model_fields, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"The settings are {', '.join(Settings.model_fields)}."
    return SettingProblem(f"There is no setting {name} ({origin}).", hint=hint, suggestions=tuple(near))


def _located(error: Any, origins: Mapping[str, str]) -> str:
    name = str(error["loc"][0]) if error["loc"] else "settings"
    return f"{name} ({origins.get(name, 'default')}): {error['msg'].removeprefix('Value error, ')}."


def reference() -> str:
    """The text of docs/settings.md."""
    rows = []
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra
        default = (
            str(extra["shown"]) if isinstance(extra, dict) else "" if field.default is None else f"`{_text(field.default)}`"
        )
        rows.append(f"| `{name}` | {default} | {field.description} |")
    return _REFERENCE.format(table="\n".join(rows))


def _text(value: object) -> str:
    if value is None:
        return "none"
    return f"`{value.human_readable().replace('.0', '') if isinstance(value, ByteSize) else value}`"


_REFERENCE = """# Settings

Generated from `src/fedquery/settings.py`; a test compares.

A value is looked up in this order, the last one wins:

1. the default below;
2. `fedquery.toml` in the working directory, or the file that `FEDQUERY_CONFIG` or `--config` names: `port = 8080`;
3. the environment: `FEDQUERY_PORT=8080`;
4. a flag of the command line: `--port 8080`.

An unknown key is an error, in the file and in the environment alike. `fedquery settings` shows each value and where it
came from. Sizes are bytes, or a text such as `"512MiB"`. Secrets are never settings: where one is needed, the setting holds
a reference, `env:NAME` or `file:PATH` (inside `secrets_dir`).

| Setting | Default | Meaning |
|---|---|---|
{table}
"""
