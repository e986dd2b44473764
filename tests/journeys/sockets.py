"""A person's WebSocket, read beside the story."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Self

import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.journeys.people import Someone

PATH = "/api/v1/ws"


class Line:
    """One WebSocket of a person: who opens it by which way, what it subscribes to, what arrived, how it closed."""

    def __init__(self, person: Someone, *, way: str = "header", **wish: Any) -> None:
        self.messages: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self.close_reason = ""
        self._arrived = threading.Condition()
        token = person.client.headers["Authorization"].removeprefix("Bearer ")
        self._open = ExitStack()
        opening = connect(
            str(person.client.base_url).rstrip("/").replace("http", "ws", 1) + PATH,
            additional_headers={"Authorization": f"Bearer {token}"} if way == "header" else {},
            subprotocols=_offered(token) if way == "subprotocol" else None,
        )
        self._socket = self._open.enter_context(opening)
        self.subprotocol = self._socket.subprotocol
        if way == "message":
            self.say({"type": "authenticate", "token": token})
        self.say({"type": "subscribe", **wish})
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.wait_for("subscribed")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self._thread.join(10)

    def say(self, message: dict[str, Any]) -> None:
        """Send a message."""
        self._socket.send(msgspec.json.encode(message).decode())

    def wait_for(self, event: str, seconds: float = 10) -> dict[str, Any]:
        """The first message of a kind."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: self._find(event) is not None, seconds), self.messages
        found = self._find(event)
        assert found is not None
        return found

    def wait_until_closed(self, seconds: float = 10) -> tuple[int | None, str]:
        """The code and reason with which the service closed it."""
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "still open"
        return self.close_code, self.close_reason

    def _find(self, event: str) -> dict[str, Any] | None:
        return next((message for message in self.messages if message["event"] == event), None)

    def _read(self) -> None:
        try:
            for text in self._socket:
                with self._arrived:
                    self.messages.append(msgspec.json.decode(text))
                    self._arrived.notify_all()
        except ConnectionClosed:
            pass
        self.close_code, self.close_reason = self._socket.close_code, self._socket.close_reason or ""


def _offered(token: str) -> Sequence[Subprotocol]:
    return [Subprotocol("taskyard.v1"), Subprotocol(f"bearer.{token}")]
