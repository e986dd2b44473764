"""46: nobody says who they are, or where from, except by what they can prove."""

from collections.abc import Callable

import httpx

from tests.journeys.people import Someone
from tests.security.conftest import Target
from tests.security.wire import send, statuses

NewPerson = Callable[[str], Someone]


def test_a_trailer_is_no_header(target: Target, someone: NewPerson) -> None:
    genuine = someone("Ann").client.headers["Authorization"].encode()
    head = b"PATCH /api/v1/me HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"

    answer = send(target.port, head + b"2\r\n{}\r\n0\r\nAuthorization: " + genuine + b"\r\n\r\n")

    assert statuses(answer) == [401]
    assert b'"unauthenticated"' in answer


def test_a_trailer_does_not_move_a_client(target: Target) -> None:
    head = b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.1\r\nTransfer-Encoding: "
    request = head + b"chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Forwarded-For: 192.0.2.2\r\n\r\n"

    assert statuses(send(target.port, request)) == [422]

    assert '"192.0.2.1"' in target.output()
    assert '"192.0.2.2"' not in target.output()


def test_a_service_believes_no_claimed_address_and_no_claimed_person(target: Target) -> None:
    forged = {"Taskyard-Client": "192.0.2.3", "X-User-Id": "0190a000-0000-7000-8000-000000000000"}
    for port in range(target.port, target.port + (5 if target.shape == "split" else 1)):
        answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/me", headers=forged)
        assert answer.status_code in {401, 404}
