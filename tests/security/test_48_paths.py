"""48: a path that can be read in two ways leads nowhere."""

import pytest

from tests.security.conftest import Target
from tests.security.wire import send, statuses


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (b"/api/v1/../v1/me", 400),
        (b"/api/v1/%2e%2e/me", 400),
        (b"/api/v1//me", 400),
        (b"//api/v1/me", 400),
        (b"/api/v1/me;x", 400),
        (b"/api/v1/me%00", 400),
        (b"/api/v1/me\\", 400),
        (b"/api/v1%2fme", 400),
        (b"/api/docs/..%5c..%5cetc", 400),
        (b"http://elsewhere.example//api/v1/me", 400),
        (b"http://elsewhere.example/api/v1/me", 401),
        (b"/api/v1/%6de", 401),
        (b"/api/v1/me/", 401),
        (b"/API/v1/me", 404),
        (b"/api/docs/%252e%252e/x", 404),
        (b"/schema/openapi.json", 404),
        (b"/internal/people", 404),
        (b"/.env", 404),
    ],
)
def test_strange_path_opens_nothing(target: Target, path: bytes, status: int) -> None:
    request = b"GET %s HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.48\r\n\r\n" % path
    assert statuses(send(target.port, request)) == [status]
