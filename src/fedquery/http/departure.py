"""Notices that the caller of a running request has gone, which WSGI itself never says."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any


def presence(environ: dict[str, Any]) -> Callable[[], bool]:
    """A function that tells whether the caller's connection still stands; always true where the server shows no socket.

    It peeks one byte without taking it: nothing to read is a caller who waits, an end of file is one who left. A connection
    that gunicorn itself encrypts cannot be peeked; there a departure is noticed at the next write.
    """
    connection = environ.get("gunicorn.socket")
    if not isinstance(connection, socket.socket) or isinstance(connection, ssl.SSLSocket):
        return lambda: True

    def there() -> bool:
        try:
            return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    return there
