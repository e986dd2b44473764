"""What stands behind the name of a service."""

import socket

import pytest

from taskyard.kit.upstreams.names import is_resolved, resolve


@pytest.mark.parametrize(
    ("url", "resolved"),
    [
        ("http://127.0.0.1:3002", True),
        ("http://[fd00::1]:3002", True),
        ("http://localhost:3002", True),
        ("https://tasks.example:3002", True),
        ("http://task-service:3002", False),
    ],
)
def test_only_a_plain_name_is_looked_up(url: str, resolved: bool) -> None:  # noqa: FBT001 - what is expected
    assert is_resolved(url) is resolved


async def test_addresses_of_ipv4_are_taken_before_others(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET6, "fd00::1"), (socket.AF_INET, "10.0.0.2"), (socket.AF_INET, "10.0.0.1")]

    def look_up(*_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(family, socket.SOCK_STREAM, 6, "", (host, 3002)) for family, host in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert await resolve("http://tasks:3002") == ["http://10.0.0.1:3002", "http://10.0.0.2:3002"]
    del found[1:]
    assert await resolve("http://tasks:3002/below") == ["http://[fd00::1]:3002/below"]
