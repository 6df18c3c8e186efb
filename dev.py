#!/usr/bin/env python3
"""One command per job: demo, test, lint, fuzz, bench. Standard library only; everything else it installs into .venv.

python3 dev.py demo [--json] [--port N] [--citizens N] [--data DIR]
python3 dev.py test [pytest arguments]
python3 dev.py lint
python3 dev.py fuzz [N] [pytest arguments]
                                 N generated statements each for non-interference and for the three ways to an answer
python3 dev.py bench [setup | explain QUERY | NAME] [arguments]
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
#: Debian packages that some tests need, and the program that shows each is there.
PROGRAMS = {"mariadb-server": "mariadbd", "chromium": "chromium"}


def say(text: str) -> None:
    """One line on stderr, so that stdout stays the program's own."""
    print(text, file=sys.stderr, flush=True)


def fingerprint(extra: str) -> str:
    """Changes when what is installed should change."""
    digest = hashlib.sha256(extra.encode() + sys.version.encode())
    web = sorted(p for p in (ROOT / "web").rglob("*") if p.is_file() and "node_modules" not in p.parts)
    for path in (ROOT / "pyproject.toml", ROOT / "constraints.txt", *web):
        digest.update(path.read_bytes() if path.exists() else b"-")
    return digest.hexdigest()


def setup(extra: str) -> None:
    """Create .venv if needed and install fedquery with ``extra`` into it; nothing when it is up to date."""
    if sys.version_info < (3, 11):
        raise SystemExit(f"fedquery needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    stamp = VENV / f".installed-{extra}"
    wanted = fingerprint(extra)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not (BIN / "python").exists():
        venv.create(VENV, with_pip=False)
    say(f"installing fedquery[{extra}] into .venv (a few minutes the first time) ...")
    inside = Path(sys.prefix).resolve() == VENV.resolve()  # .venv is active, and has no pip of its own
    python = getattr(sys, "_base_executable", sys.executable) if inside else sys.executable
    pip = [python, "-m", "pip", "--python", str(BIN / "python"), "--disable-pip-version-check"]
    command = [*pip, "install", "--quiet", "-c", "constraints.txt", "-e", f".[{extra}]"]
    if subprocess.run(command, cwd=ROOT, stdout=sys.stderr).returncode:
        raise SystemExit("the installation failed; the lines above say why. Run the same command again once it is mended.")
    stamp.write_text(wanted)


def programs() -> None:
    """Install the programs that some tests need, where this is allowed; else say what will be skipped."""
    missing = [package for package, program in PROGRAMS.items() if not shutil.which(program)]
    if not missing:
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        say(f"installing {', '.join(missing)} ...")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", *step], env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        missing = [package for package, program in PROGRAMS.items() if not shutil.which(program)]
    for package in missing:
        say(f"NOTE: {package} is missing and may not be installed from here; the tests that need it will be skipped, by name.")


def run(*command: str) -> int:
    """Run a program of .venv to its end; its exit code."""
    return subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, env=environment(), check=False).returncode


def become(*command: str) -> int:
    """Go on as a program of .venv: whoever signals this process, terminal or script, signals the program itself."""
    if os.name != "nt":
        os.chdir(ROOT)
        os.execve(str(BIN / command[0]), [str(BIN / command[0]), *command[1:]], environment())
    return run(*command)  # on Windows, a program that replaces another runs in the background


def environment() -> dict[str, str]:
    """Ours, with the programs of .venv first."""
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def fuzz(statements: str = "5000", *arguments: str) -> int:
    """So many generated statements, in two processes; FEDQUERY_TEST_SEED=N draws those of the run that named N at its end."""
    os.environ["FEDQUERY_TEST_EXAMPLES"] = statements
    os.environ.setdefault("FEDQUERY_TEST_SEED", str(secrets.randbelow(10**6)))
    memory = Path("/dev/shm")  # noqa: S108
    if memory.is_dir() and shutil.disk_usage(memory).free > 4 * 2**30:
        os.environ["TMPDIR"] = str(memory)  # on a disk each query waits four times until its evidence is there
    tests = ("tests/security/test_noninterference.py", "tests/differential")
    return become("pytest", "-q", "-n", "2", "-o", "tmp_path_retention_count=0", *(arguments or tests))


def lint() -> int:
    """Style and types."""
    return run("ruff", "check", ".") or run("ruff", "format", "--check", ".") or run("mypy")


def main(arguments: list[str]) -> int:
    """Do the job named first; the rest is passed on."""
    job, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if job == "demo":
        setup("demo")
        return become("fedquery", "demo", *rest)
    if job == "test":
        setup("test")
        programs()
        return (lint() if not rest else 0) or become("pytest", *(rest or ["-n", "2", "--dist", "loadfile"]))
    if job == "lint":
        setup("test")
        return lint()
    if job == "fuzz":
        setup("test")
        programs()
        return fuzz(*rest)
    if job == "bench":
        setup("test")
        return become("python", "-m", "benchmarks", *rest)
    say(__doc__ or "")
    return 0 if job in ("-h", "--help") else 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
