"""Bytes to a port and back, as no well-behaved client would send them."""

import re
import socket

CLOSED = b"<closed>"
_SILENCE = 1.0


def send(port: int, *parts: bytes) -> bytes:
    """What comes back for these bytes, until silence or, marked by ``CLOSED``, the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=_SILENCE) as connection:
        received = b""
        try:
            for part in parts:
                connection.sendall(part)
            while data := connection.recv(65536):
                received += data
        except TimeoutError:
            return received
        except ConnectionError:
            pass
    return received + CLOSED


def statuses(answer: bytes) -> list[int]:
    """The status of each answer in what came back."""
    return [int(status) for status in re.findall(rb"^HTTP/1\.1 (\d{3})", answer, re.MULTILINE)]
