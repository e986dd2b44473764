"""A real server for error reports, in the test's own process."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli  # type: ignore[import-untyped] # has no types
import msgspec


class Collector(ThreadingHTTPServer):
    """A server that speaks the envelope protocol and keeps what it is sent."""

    daemon_threads = True

    def __init__(self) -> None:
        self.envelopes: list[tuple[str, str, bytes]] = []
        super().__init__(("127.0.0.1", 0), _Endpoint)

    @property
    def dsn(self) -> str:
        return f"http://publickey@127.0.0.1:{self.server_port}/7"

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events among the envelopes: header, item header, item, a line each."""
        return [msgspec.json.decode(body.splitlines()[2]) for _, _, body in self.envelopes]


class _Endpoint(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        undo = {"gzip": gzip.decompress, "br": brotli.decompress}.get(self.headers.get("Content-Encoding", ""))
        body = undo(body) if undo else body
        self.server.envelopes.append((self.path, self.headers.get("X-Sentry-Auth", ""), body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the parent class
        """Say nothing."""


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens."""
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
