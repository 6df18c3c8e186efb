"""Runs the application under gunicorn: one process of many threads, everything opened after the fork."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from gunicorn.app.base import BaseApplication

from fedquery.errors import SettingProblem
from fedquery.http.app import create_app
from fedquery.http.services import Services

#: Threads of the one worker: running queries hold at most ``Bounds.running`` of them; the rest answer /health and sign-ins.
THREADS = 64
#: Seconds that running answers get to end when the server is told to stop.
GRACE = 10


@contextmanager
def listening(host: str, port: int) -> Iterator[tuple[str, int]]:
    """What to bind to, and the port: taken before anything else is done, so that one that cannot be had is said at once.

    Raises SettingProblem.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as problem:
        raise SettingProblem(
            f"The port {port} of {host} cannot be used: {problem.strerror}.", hint="Name another with --port."
        ) from None
    listener.set_inheritable(True)
    taken = listener.getsockname()[1]
    descriptor = listener.detach()  # the server closes it when it stops
    try:
        yield f"fd://{descriptor}", taken
    finally:
        with suppress(OSError):
            os.close(descriptor)


def serve(open_services: Callable[[], Services], bind: str, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until told to stop (SIGTERM, SIGINT); never returns. ``ready`` is called once the port is open.

    ``bind`` is ``host:port`` or ``fd://N``. ``open_services`` runs in the worker: connections and threads survive no fork.
    """
    Server(open_services, bind, ready).run()


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured here and nowhere else."""

    def __init__(self, open_services: Callable[[], Services], bind: str, ready: Callable[[], None]) -> None:
        self._open = open_services
        self._opened: Services | None = None
        self._options: dict[str, Any] = {
            "bind": bind,
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "timeout": 120,  # a sign of life of the worker, not a limit on a query
            "graceful_timeout": GRACE,
            "keepalive": 5,
            "control_socket_disable": True,
            "preload_app": False,
            "loglevel": "warning",
            "when_ready": lambda _arbiter: ready(),
            "worker_exit": lambda _arbiter, _worker: self._close(),
        }
        super().__init__()

    def load_config(self) -> None:
        """Our options, and no file, environment variable or argument besides."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """In the worker, after the fork."""
        self._opened = self._open()
        application = create_app(self._opened)
        gc.collect()
        gc.freeze()  # what stands now stays: a look for garbage among it would hold a query up for a tenth of a second
        return application

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.gateway.close()  # ends what still runs at the departments
