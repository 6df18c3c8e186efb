"""A MariaDB server of our own, for tests and the demo: its own data, socket and port, gone when it is stopped."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from fedquery.errors import SettingProblem

ADMINISTRATOR = "fedquery_admin"
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/usr/bin"))
_ENTRY = re.compile(r"^(?:\d{6}\s+[\d:]+)?\t\s*(\d+) (\w+)\t?(.*)$")


def installed() -> bool:
    """Whether this machine has MariaDB's server."""
    return all(map(_program, (("mariadbd", "mysqld"), ("mariadb-install-db", "mysql_install_db"))))


@dataclass(frozen=True)
class MariaDBServer:
    """A running server. ``password`` is the administrator's; readers are made by :meth:`reader`."""

    folder: Path
    port: int
    password: str
    process: subprocess.Popen[bytes]
    temporary: bool
    host: str = "127.0.0.1"

    @staticmethod
    def start(folder: Path | None = None, *options: str) -> MariaDBServer:
        """Start a server on a free port, with its data in ``folder`` or, without one, in a folder that :meth:`stop` removes.

        ``options`` are further options of mariadbd. Raises SettingProblem when the server is not installed or does not start.
        """
        if not installed():
            raise SettingProblem("MariaDB's server is not installed.", hint="Install the package mariadb-server.")
        place = folder or Path(tempfile.mkdtemp(prefix="fedquery-mariadb-"))
        try:
            return _start(place, folder is None, options)
        except BaseException:
            if folder is None:
                shutil.rmtree(place, ignore_errors=True)
            raise

    @property
    def socket(self) -> Path:
        """The server's own socket. It is named from inside the data folder, so that a long path is none of its concern."""
        return self.folder / "data" / "socket"

    def connect(self, database: str | None = None) -> pymysql.Connection[Any]:
        """A connection as administrator, to create and fill tables."""
        return pymysql.connect(
            host=self.host, port=self.port, user=ADMINISTRATOR, password=self.password, database=database,
            charset="utf8mb4", autocommit=True, ssl_disabled=True,
        )  # fmt: skip

    def database(self, name: str) -> None:
        """Create an empty database, under the collation that MariaDB has by default, where there is none."""
        self._execute(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")

    def reader(self, name: str, password: str, database: str) -> None:
        """Create a login that may only read this database."""
        self._execute(f"CREATE OR REPLACE USER `{name}`@`%%` IDENTIFIED BY %s", password)
        self._execute(f"GRANT SELECT, SHOW VIEW ON `{database}`.* TO `{name}`@`%`")

    def received(self) -> tuple[str, ...]:
        """Every statement that the server received so far, as the server wrote it down, oldest first."""
        statements: list[str] = []
        for line in (self.folder / "general.log").read_bytes().decode(errors="replace").removesuffix("\n").split("\n"):
            if entry := _ENTRY.match(line):
                statements.append(entry[3] if entry[2] in ("Query", "Execute", "Prepare") else "")
            elif statements:
                statements[-1] += "\n" + line
        return tuple(s for s in statements if s.strip())

    def stop(self) -> None:
        """Stop the server; a temporary folder goes with it. Stopping twice is nothing."""
        atexit.unregister(self.stop)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> MariaDBServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _execute(self, text: str, *values: object) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(text, values or None)


def _program(names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := shutil.which(name, path=_PATH))), None)


def _start(folder: Path, temporary: bool, options: tuple[str, ...]) -> MariaDBServer:
    folder = folder.absolute()  # the server goes to its data folder, and takes paths from there
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    data = folder / "data"
    user = ["--user=root"] if os.getuid() == 0 else []  # mariadbd refuses root unless it is told so
    if not (data / "mysql").exists():
        install = [str(_program(("mariadb-install-db", "mysql_install_db"))), "--no-defaults", *user, f"--datadir={data}"]
        install += ["--auth-root-authentication-method=normal", "--skip-test-db", "--innodb-log-file-size=8M"]
        made = subprocess.run(install, capture_output=True, text=True, check=False)  # noqa: S603
        if made.returncode:
            raise SettingProblem(
                "MariaDB's data folder could not be made.",
                hint="Run mariadb-install-db by hand to see why: it needs the usual programs of a system in PATH.",
                private=made.stdout + made.stderr,
            )
    password = secrets.token_hex(16)
    first = folder / "first.sql"
    first.write_text(
        f"CREATE OR REPLACE USER {ADMINISTRATOR}@`%` IDENTIFIED BY '{password}';\n"
        f"GRANT ALL ON *.* TO {ADMINISTRATOR}@`%` WITH GRANT OPTION;\n"
        "DELETE FROM mysql.global_priv WHERE User IN ('', 'root');\nFLUSH PRIVILEGES;\n",
        encoding="utf-8",
    )
    first.chmod(0o600)
    port = _free_port()
    command = [
        str(_program(("mariadbd", "mysqld"))), "--no-defaults", *user, f"--datadir={data}", f"--init-file={first}",
        "--socket=socket", f"--pid-file={folder / 'pid'}", f"--port={port}", "--bind-address=127.0.0.1",
        "--skip-name-resolve", "--skip-log-bin", "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0",
        "--character-set-server=utf8mb4", "--max-allowed-packet=64M", "--general-log=1",
        f"--general-log-file={folder / 'general.log'}", f"--log-error={folder / 'error.log'}", *options,
    ]  # fmt: skip
    process = subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    server = MariaDBServer(folder, port, password, process, temporary)
    atexit.register(server.stop)
    try:
        _wait(server)
    except BaseException:
        server.stop()
        raise
    first.unlink()
    return server


def _wait(server: MariaDBServer) -> None:
    """Until it answers; the log says why when it does not."""
    deadline = time.monotonic() + _START_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(pymysql.Error):
            server.connect().close()
            return
        time.sleep(0.05)
    log = server.folder / "error.log"
    raise SettingProblem(
        "MariaDB's server did not start.", private=log.read_text(errors="replace")[-4000:] if log.exists() else None
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
