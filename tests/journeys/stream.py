"""A person's open event stream, read beside the story."""

import contextlib
import socket
import threading
from typing import Any, Self

import httpx
import msgspec

from tests.journeys.people import Someone


class Stream:
    """Reads a person's events in a thread of its own, from ``with`` to the end of its block."""

    def __init__(self, person: Someone, last_event_id: str = "") -> None:
        self.events: list[tuple[str, str, dict[str, Any]]] = []
        self._arrived = threading.Condition()
        self._open = threading.Event()
        self._socket: socket.socket | None = None
        headers = {"Accept": "text/event-stream", "Authorization": person.client.headers["Authorization"]}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self._thread = threading.Thread(target=self._read, args=(str(person.client.base_url), headers), daemon=True)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        assert self._open.wait(20), "the stream did not open"
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    def wait_for(self, kind: str, seconds: float = 10) -> dict[str, Any]:
        """The first event of a type."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: self._find(kind) is not None, seconds), self.events
        found = self._find(kind)
        assert found is not None
        return found

    def _find(self, kind: str) -> dict[str, Any] | None:
        return next((data for _, name, data in self.events if name == kind), None)

    def _read(self, url: str, headers: dict[str, str]) -> None:
        """Read until the connection ends; a server that was killed ends it too."""
        with (
            contextlib.suppress(httpx.HTTPError),
            httpx.Client(base_url=url, headers=headers, timeout=60) as client,
            client.stream("GET", "/api/v1/events/stream") as answer,
        ):
            assert answer.status_code == httpx.codes.OK
            self._socket = answer.extensions["network_stream"].get_extra_info("socket")
            self._open.set()
            fields: dict[str, str] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                fields[name] = value
                if not line:
                    self._note(fields)
                    fields = {}

    def _note(self, fields: dict[str, str]) -> None:
        if "data" in fields:
            with self._arrived:
                data = msgspec.json.decode(fields["data"])
                self.events.append((fields.get("id", ""), fields.get("event", ""), data))
                self._arrived.notify_all()
