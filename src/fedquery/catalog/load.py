"""A folder of TOML -> Catalog: everything or nothing, every fault with its file, line and key.

departments/<id>.toml   one Department
grants/<id>.toml        one Grant
accounts.toml           [accounts.<id>] tables
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from fedquery.catalog.lines import line_of
from fedquery.catalog.model import Account, Catalog, Department, Grant
from fedquery.errors import CatalogProblem

Entry = TypeVar("Entry", bound=BaseModel)

_AT_LINE = re.compile(r" ?\(at line (\d+), column (\d+)\)")
_KINDS: dict[str, type[Department] | type[Grant]] = {"departments": Department, "grants": Grant}
_LAYOUT = "the directory is departments/<id>.toml, grants/<id>.toml and accounts.toml"


@dataclass(frozen=True, slots=True)
class Texts:
    """The files of a directory by their path inside its folder; finds the line of a key."""

    files: Mapping[str, str]

    def place(self, file: str, path: tuple[str, ...]) -> str:
        """``file:line: key.path``, for messages."""
        where = f"{file}:{line_of(self.files[file], path)}" if file in self.files else file
        return f"{where}: {'.'.join(path)}" if path else where


def read(folder: Path) -> Texts:
    """The directory's files. Raises CatalogProblem for a folder or file that cannot be read, or is in no known place."""
    if not folder.is_dir():
        raise CatalogProblem(f"There is no directory folder {folder}.", hint="Name the folder that holds departments/.")
    files: dict[str, str] = {}
    problems: list[str] = []
    for path in sorted(folder.rglob("*.toml")):
        name = path.relative_to(folder).as_posix()
        try:
            files[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            problems.append(f"{name}: not UTF-8")
        except OSError as problem:
            problems.append(f"{name}: cannot be read: {problem.strerror}")
    if problems:
        raise _refusal(problems)
    return Texts(files)


def parse(texts: Texts) -> Catalog:
    """The catalogue that the files mean, each entry valid by itself. Raises CatalogProblem with every fault of every file."""
    found: dict[str, dict[str, Any]] = {"departments": {}, "grants": {}, "accounts": {}}
    problems: list[str] = []
    for file, text in texts.files.items():
        path = PurePosixPath(file)
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            line = _AT_LINE.search(str(problem))
            last = max(1, len(text.splitlines()))
            what = re.sub(r" \(at .*\)$", "", str(problem))
            problems.append(f"{file}:{line[1] if line else last}: not TOML: {what}")
            continue
        kind = path.parts[0]
        if len(path.parts) == 2 and kind in _KINDS:
            value, faults = _one(texts, file, (), _KINDS[kind], document)
            if value is not None and document["id"] != path.stem:
                faults.append(f"{texts.place(file, ('id',))}: {document['id']!r} must be {path.stem!r}, as the file is named")
            found[kind][path.stem] = value
        elif file == "accounts.toml":
            faults = list(_accounts(texts, file, document, found["accounts"]))
        else:
            faults = [f"{file}: not a place for a file; {_LAYOUT}"]
        problems.extend(faults)
    if problems:
        raise _refusal(problems)
    return Catalog(departments=found["departments"], grants=found["grants"], accounts=found["accounts"])


def load(folder: Path) -> Catalog:
    """Read and parse. Cross-references are the job of :mod:`fedquery.catalog.check`."""
    return parse(read(folder))


def _accounts(texts: Texts, file: str, document: dict[str, Any], accounts: dict[str, Any]) -> Iterator[str]:
    for key in document.keys() - {"accounts"}:
        yield f"{texts.place(file, (key,))}: unknown key; this file holds [accounts.ID] tables"
    tables = document.get("accounts", {})
    for id, table in tables.items() if isinstance(tables, dict) else ():
        if not isinstance(table, dict) or "id" in table:
            yield f"{texts.place(file, ('accounts', id))}: an account is a table [accounts.ID], without a key id"
            continue
        accounts[id], faults = _one(texts, file, ("accounts", id), Account, table | {"id": id})
        yield from faults


def _one(texts: Texts, file: str, path: tuple[str, ...], model: type[Entry], document: Any) -> tuple[Entry | None, list[str]]:
    try:
        return model.model_validate(document), []
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
        places = {error["loc"] for error in errors}
        # a list that is short because its items were refused is no fault of its own
        own = [e for e in errors if e["type"] != "too_short" or not any(p[:-1] == e["loc"] for p in places)]
        return None, [_fault(texts, file, path, model, error) for error in own]


def _fault(texts: Texts, file: str, path: tuple[str, ...], model: type[BaseModel], error: Any) -> str:
    inner = tuple(str(part) for part in error["loc"])
    is_key = inner[-1:] == ("[key]",)
    inner = inner[:-1] if is_key else inner
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        near = get_close_matches(inner[-1], _fields(model, inner[:-1]), n=1)
        message = f"unknown key; did you mean {near[0]}?" if near else "unknown key"
    elif error["type"] == "missing":
        message = "missing"
    elif is_key:
        message = "a name is lower-case letters, digits and _, begins with a letter, and has at most 63 characters"
    return f"{texts.place(file, (*path, *inner))}: {message}"


def _fields(annotation: Any, path: tuple[str, ...]) -> tuple[str, ...]:
    """The keys that may stand at ``path`` under a model."""
    for part in path:
        annotation = _plain(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            annotation = annotation.model_fields[part].annotation if part in annotation.model_fields else None
        else:
            annotation = next(iter(get_args(annotation)[1:]), None)
    annotation = _plain(annotation)
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return tuple(annotation.model_fields) if is_model else ()


def _plain(annotation: Any) -> Any:
    """Without Annotated and without None."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _plain(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation


def _refusal(problems: list[str]) -> CatalogProblem:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    hint = "Correct each where it stands; `fedquery catalog validate` lists what is left."
    return CatalogProblem(f"The directory has {count}; nothing was loaded.", problems=tuple(problems), hint=hint)
