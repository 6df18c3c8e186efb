"""One connection with its session pinned, and the commands sent over it: bind, start, kill.

Logging in, TLS and framing of small packets are pymysql's; rows are read by ``rows``.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import select
import socket
import ssl
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pymysql
from pymysql.constants import COMMAND
from pymysql.protocol import FieldDescriptorPacket

from fedquery.spi import Parameter, SourceConfig, UnsupportedByConnector
from fedquery_mysql.options import Options

CONNECT_SECONDS = 10
#: The longest text in a bound list, in code points: the server cuts longer ones without a word, which could match what
#: nobody asked for; and without a length (LONGTEXT), looking 50,000 rows up in 20,000 elements took 70 s instead of 0.3 s.
ELEMENT_LENGTH = 512
#: Bytes by which texts are ordered and grouped; the longest TEXT in UTF-8 is shorter. The server wants room for 15 of them.
SORT_LENGTH = 1 << 18

#: Zero dates stay what they are, to be refused on arrival; NO_ZERO_DATE would make them NULL inside a CASE.
_SQL_MODE = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
_NO_LIMIT = 2**64 - 1
_PREPARE, _EXECUTE, _CLOSE = 0x16, 0x17, 0x19
_VAR_STRING = 0xFD


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of a result as the server describes it."""

    name: str
    code: int
    binary: bool
    decimals: int


class Session:
    """A connection that reads only, compares texts by their bytes, keeps time in UTC, and never waits for ever."""

    def __init__(self, config: SourceConfig) -> None:
        """Connects. Raises pymysql.Error and OSError."""
        options: Options = config.options
        password = config.secrets.resolve(options.password) if options.password else ""
        place = {"unix_socket": options.unix_socket} if options.unix_socket else {"host": options.host, "port": options.port}
        self.connection = pymysql.connect(
            **place,
            user=options.user,
            password=password,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=CONNECT_SECONDS,
            write_timeout=CONNECT_SECONDS,
            **_tls(options),
        )
        self.thread: int = self.connection.thread_id()
        self._bound: tuple[str, ...] = ()
        self.version = str(self.connection.get_server_info())
        self._mariadb = "mariadb" in self.version.lower()
        try:
            self._pin(config.seconds)
        except BaseException:
            self.close()
            raise

    def _pin(self, seconds: float) -> None:
        """Settle what a statement's meaning would otherwise take from the server's or the login's settings."""
        collation = "utf8mb4_nopad_bin" if self._mariadb else "utf8mb4_0900_bin"
        self._do(f"SET NAMES utf8mb4 COLLATE {collation}")
        self._do(
            f"SET SESSION sql_mode = '{_SQL_MODE}', time_zone = '+00:00', net_write_timeout = 3600, "
            f"lock_wait_timeout = {max(1, int(seconds))}, sql_select_limit = {_NO_LIMIT}, "
            f"max_sort_length = {SORT_LENGTH}, sort_buffer_size = {32 * SORT_LENGTH}"
        )
        self._do("SET SESSION TRANSACTION READ ONLY")

    def _do(self, text: str) -> None:
        self.connection.query(text)

    def limit(self, seconds: float) -> None:
        """The server ends every statement after so many seconds, and we stop waiting a second later."""
        self.connection._read_timeout = self.connection._write_timeout = seconds + 1
        if self._mariadb:
            self._do(f"SET SESSION max_statement_time = {seconds:.3f}")
        else:
            self._do(f"SET SESSION max_execution_time = {max(1, int(seconds * 1000))}")

    def bind(self, parameters: Sequence[Parameter]) -> None:
        """Parameters become user variables by a prepared statement: their values are never part of a text."""
        if not parameters:
            return
        self._bound = tuple(p.name for p in parameters)
        text = "SET " + ", ".join(f"{variable(name)} = ?" for name in self._bound)
        values = [_encoded(p) for p in parameters]
        connection = self.connection
        connection._execute_command(_PREPARE, text)
        statement, _, expected = struct.unpack_from("<IHH", connection._read_packet().get_all_data(), 1)
        for _ in range(expected + 1 if expected else 0):
            connection._read_packet()
        nulls = sum(1 << i for i, value in enumerate(values) if value is None).to_bytes((len(values) + 7) // 8, "little")
        head = struct.pack("<IBI", statement, 0, 1) + nulls + b"\x01" + struct.pack("<H", _VAR_STRING) * len(values)
        connection._execute_command(_EXECUTE, head + b"".join(_sized(v) for v in values if v is not None))
        connection._read_ok_packet()
        connection._execute_command(_CLOSE, struct.pack("<I", statement))

    def unbind(self) -> None:
        """Forget the bound values."""
        if self._bound:
            self._do("SET " + ", ".join(f"{variable(name)} = NULL" for name in self._bound))
            self._bound = ()

    def start(self, text: str) -> tuple[ResultColumn, ...]:
        """Send the statement and read what its result will look like; the rows are next on the wire."""
        connection = self.connection
        connection._execute_command(COMMAND.COM_QUERY, text)
        first = connection._read_packet()
        columns = [connection._read_packet(FieldDescriptorPacket) for _ in range(first.read_length_encoded_integer())]
        connection._read_packet()  # the end of the description
        return tuple(ResultColumn(c.name, c.type_code, c.charsetnr == 63, c.scale) for c in columns)

    def rows(self, text: str, values: Sequence[object] = ()) -> tuple[tuple[Any, ...], ...]:
        """A small result of our own, whole."""
        with self.connection.cursor() as cursor:
            cursor.execute(text, values)
            return tuple(cursor.fetchall())

    def kill(self, thread: int) -> None:
        """End another session of the same login."""
        self._do(f"KILL {thread:d}")

    def alive(self) -> bool:
        """Whether the server has kept the idle session: a line with something to read has been closed."""
        line = self.connection._sock
        return line is not None and not select.select([line], [], [], 0)[0]

    def cut(self) -> None:
        """Shut the line down, which wakes up whoever waits on it; :meth:`close` is still to be called."""
        if line := self.connection._sock:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def receive(self, size: int) -> bytes:
        """Up to so many bytes of the result, as they come; b"" when the line was cut."""
        line = self.connection._rfile
        try:
            return bytes(line.read1(size)) if line else b""
        except ValueError:  # closed meanwhile by another thread
            return b""

    def close(self) -> None:
        """Leave without a word; closing twice is nothing."""
        self.connection._force_close()


def variable(name: str) -> str:
    """The user variable that carries a parameter."""
    return f"@`fq_{name}`"


def _encoded(parameter: Parameter) -> bytes | None:
    if parameter.value is None:
        return None
    if isinstance(parameter.value, (tuple, list)):
        if any(isinstance(v, str) and len(v) > ELEMENT_LENGTH for v in parameter.value):
            raise UnsupportedByConnector(
                f"MySQL and MariaDB look up texts of at most {ELEMENT_LENGTH} characters in a bound list."
            )
        return json.dumps([_text(v) for v in parameter.value], ensure_ascii=False).encode()
    return _text(parameter.value).encode()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, dt.datetime):
        return (value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat(" ")
    return str(value)


def _sized(value: bytes) -> bytes:
    """The value behind its length."""
    size = len(value)
    if size < 0xFB:
        return bytes((size,)) + value
    mark, width = (0xFC, 2) if size < 1 << 16 else (0xFD, 3) if size < 1 << 24 else (0xFE, 8)
    return bytes((mark,)) + size.to_bytes(width, "little") + value


def _tls(options: Options) -> dict[str, object]:
    if options.tls == "off" or options.unix_socket:
        return {"ssl_disabled": True}
    return {"ssl": ssl.create_default_context(cafile=options.tls_ca)}
