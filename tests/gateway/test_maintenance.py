"""Closed for maintenance: what goes on, for whom, and what the others are told."""

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from taskyard.gateway.maintenance import MaintenanceMode
from taskyard.kit.redis import Redis
from taskyard.kit.watched_file import FileError
from tests.gateway.fakes import build_gateway, client_of, trusting
from tests.gateway.servers import free_port, serving

WRITES = b'closed = "writes"\nretry_after = 600\n'
EVERYTHING = b'closed = "everything"\n'
ALICE = {"Authorization": "Bearer alice"}


def closed(content: bytes) -> MaintenanceMode:
    mode = MaintenanceMode()
    mode.follow(content)
    return mode


async def ask(redis: Redis, mode: MaintenanceMode, method: str, path: str, address: str = "") -> httpx.Response:
    gateway = build_gateway(redis, maintenance=mode)
    async with client_of(gateway, address or "203.0.113.7") as client:
        return await client.request(method, path, headers=ALICE)


@pytest.mark.parametrize(
    ("method", "path", "writes", "everything"),
    [
        ("GET", "/live", 200, 200),
        ("GET", "/ready", 200, 200),
        ("GET", "/api/docs", 200, 200),
        ("GET", "/nothing", 404, 404),
        ("POST", "/api/v1/auth/logout", 200, 200),
        ("POST", "/api/v1/auth/logout/", 200, 200),
        ("POST", "/oauth/sign-out", 200, 200),
        ("POST", "/api/v1/auth/login", 200, 503),
        ("POST", "/oauth/token", 200, 503),
        ("GET", "/api/v1/tasks", 200, 503),
        ("HEAD", "/api/v1/tasks", 200, 503),
        ("POST", "/api/v1/tasks", 503, 503),
        ("DELETE", "/api/v1/tasks/1", 503, 503),
        ("POST", "/api/v1/me/passkeys", 503, 503),
    ],
)
async def test_what_goes_on(redis: Redis, method: str, path: str, writes: int, everything: int) -> None:
    assert (await ask(redis, closed(WRITES), method, path)).status_code == writes
    assert (await ask(redis, closed(EVERYTHING), method, path)).status_code == everything


async def test_who_is_refused_is_told_when_to_come_again(redis: Redis) -> None:
    answer = await ask(redis, closed(WRITES), "POST", "/api/v1/tasks")
    assert (answer.json()["code"], answer.headers["retry-after"]) == ("maintenance", "600")
    assert "nothing can be changed" in answer.json()["detail"]
    assert (await ask(redis, closed(EVERYTHING), "GET", "/api/v1/tasks")).headers["retry-after"] == "60"


async def test_networks_for_which_nothing_is_closed(redis: Redis) -> None:
    mode = closed(EVERYTHING + b'open_to = ["10.20.0.0/16", "2001:db8::/32"]\n')
    for address, status in [("10.20.3.4", 200), ("2001:db8::1", 200), ("10.21.0.1", 503), ("testclient", 503)]:
        assert (await ask(redis, mode, "GET", "/api/v1/tasks", address)).status_code == status


async def test_a_claimed_address_opens_nothing(redis: Redis) -> None:
    mode = closed(EVERYTHING + b'open_to = ["10.20.0.0/16"]\n')
    claim = {"X-Forwarded-For": "10.20.0.1"}
    for settings, status in [(None, 503), (trusting("203.0.113.0/24"), 200)]:
        async with client_of(build_gateway(redis, maintenance=mode, settings=settings)) as client:
            assert (await client.get("/api/v1/tasks", headers=claim)).status_code == status


async def test_without_a_file_everything_is_open_again(redis: Redis) -> None:
    mode = closed(EVERYTHING)
    with pytest.raises(FileError):
        mode.follow(b"closed = 1")
    assert (await ask(redis, mode, "GET", "/api/v1/tasks")).status_code == 503
    mode.follow(None)
    assert (await ask(redis, mode, "POST", "/api/v1/tasks")).status_code == 200


async def test_no_websocket_is_opened_while_everything_is_closed(redis: Redis) -> None:
    port = free_port()
    async with serving(build_gateway(redis, maintenance=closed(EVERYTHING)), port, sockets=True):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://127.0.0.1:{port}/api/v1/ws", additional_headers=ALICE):
                pass
    assert refused.value.response.status_code == 503


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "closed"),
        (b'closed = "nothing"', "nothing"),
        (b'closed = "writes"\nretry_after = 0', ">= 1"),
        (b'closed = "writes"\nopen_to = ["here"]', "here"),
        (b'closed = "writes"\nopen = true', "open"),
        (b"\xff", "utf-8"),
    ],
)
def test_a_wrong_file_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(FileError, match=said):
        closed(content)
