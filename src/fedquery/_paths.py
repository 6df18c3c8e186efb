"""Packaged or checkout: where the directory's files and the console's files are."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_PACKAGED_CATALOG = _PACKAGE / "_catalog"

#: The demo's directory and the JSON Schemas for editors; in a wheel they lie inside the package.
CATALOG = _PACKAGED_CATALOG if _PACKAGED_CATALOG.is_dir() else _PACKAGE.parents[1] / "catalog"
#: The console as built by web/build_hook.py; empty in a checkout that was not built.
STATIC = _PACKAGE / "http" / "static"
