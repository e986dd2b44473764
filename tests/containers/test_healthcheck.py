"""The check inside the image tells ready from not ready, and neither from nobody there."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.journeys.stack import free_ports

HEALTHCHECK = Path(__file__).parents[2] / "containers" / "healthcheck.py"


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A port whose /ready answers with this status."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/ready" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def healthcheck(*ports: int) -> int:
    command = [sys.executable, str(HEALTHCHECK), *map(str, ports)]
    return subprocess.run(command, timeout=20, check=False).returncode


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_exit_code_says_whether_it_is_ready(status: int, code: int) -> None:
    with answering(status) as port:
        assert healthcheck(port) == code
        assert healthcheck(free_ports(1), port) == code


def test_nobody_there_is_not_ready() -> None:
    assert healthcheck(free_ports(1)) == 1
