"""47: what two readers could cut apart differently is refused, and the connection closed."""

import socket
import time

import pytest

from tests.security.conftest import Target
from tests.security.wire import CLOSED, send, statuses

SMUGGLED = b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
REQUESTS = {
    "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "both framings": b"Content-Length: 4\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "both framings, turned": CHUNKED + b"Content-Length: 40\r\n\r\n0\r\n\r\n",
    "unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding before chunked": b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "coding after chunked": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "coding twice": CHUNKED + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "blank before colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "negative length": b"Content-Length: -1\r\n\r\n",
    "signed length": b"Content-Length: +2\r\n\r\n{}",
    "folded": b"X-A: y\r\n z\r\n\r\n",
    "bare CR": b"X-A: y\rX-B: z\r\n\r\n",
    "NUL": b"X-A: a\0b\r\n\r\n",
    "chunk size": CHUNKED + b"\r\n-1\r\n\r\n",
    "long chunk size": CHUNKED + b"\r\nFFFFFFFFFFFFFFFFF\r\n\r\n",
    "length as trailer": CHUNKED + b"\r\n2\r\n{}\r\n0\r\nContent-Length: 2\r\n\r\n",
}


@pytest.mark.parametrize("name", REQUESTS)
def test_ambiguous_framing_is_refused(target: Target, name: str) -> None:
    head = b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.47\r\n"

    answer = send(target.port, head + REQUESTS[name] + SMUGGLED)

    assert statuses(answer) == [400]
    assert answer.endswith(CLOSED)


def test_client_that_hangs_up_amid_its_body_is_no_mistake_of_ours(target: Target) -> None:
    body = b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    with socket.create_connection(("127.0.0.1", target.port)) as connection:
        connection.sendall(b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: localhost\r\n" + body)
        time.sleep(0.2)  # the fixture then finds no failure in the log


@pytest.mark.parametrize(
    "head",
    [
        b"GET /api/v1/me HTTP/1.1\nHost: localhost\n\n",
        b"GET /api/v1/me HTTP/1.1\r\nHost: localhost\nX-A: y\r\n\r\n",
        b"GET /api/v1/me HTTP/1.1\r\n\r\n",
        b"GET /api/v1/me HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /api/v1/me HTTP/3.7\r\nHost: localhost\r\n\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_unreadable_head_is_refused_like_everything_else(target: Target, head: bytes) -> None:
    answer = send(target.port, head)

    assert statuses(answer) == [400]
    assert answer.endswith(CLOSED)
    assert b'"malformed_request"' in answer
    assert b"nosniff" in answer
