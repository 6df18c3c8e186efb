"""An application over the small gateway: in process, and under the real gunicorn."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from small_gateway import SmallGateway, open_services
from werkzeug.test import TestResponse

from fedquery.http.app import create_app
from fedquery.http.services import Services


class Client(FlaskClient):
    """Reads and closes each answer at once, as a server does."""

    def open(self, *arguments: Any, **options: Any) -> TestResponse:
        return super().open(*arguments, **{"buffered": True, **options})


def client_of(services: Services) -> FlaskClient:
    """A client of an application of its own."""
    app = create_app(services)
    app.test_client_class = Client
    return app.test_client()


@pytest.fixture
def services() -> Services:
    return open_services()


@pytest.fixture
def gateway(services: Services) -> SmallGateway:
    assert isinstance(services.gateway, SmallGateway)
    return services.gateway


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return client_of(services)


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[str, int]]:
    """Host and port of a gunicorn that serves the small gateway. It inherits a listening socket: no port is guessed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        program = Path(__file__).with_name("serve_small.py")
        process = subprocess.Popen(
            [sys.executable, str(program), str(listener.fileno())],
            pass_fds=[listener.fileno()],
        )
    try:
        yield host, port
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0
