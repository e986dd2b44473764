"""Nobody can fill the memory of Prometheus: whatever is asked, the number of series stays what it was."""

import asyncio
import os
import re
import secrets
import uuid
from collections.abc import Callable
from itertools import product
from pathlib import Path
from random import Random

import aiohttp
import httpx
import pytest

from tests.journeys.stack import Stack, running

pytestmark = pytest.mark.slow

REQUESTS = int(os.environ.get("TASKYARD_TEST_RANDOM_REQUESTS", "3000"))
"""How many random requests are sent; 100,000 in the long form."""
CENSUS_SECONDS = 16
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PATHS: tuple[Callable[[], str], ...] = (
    lambda: f"/{secrets.token_urlsafe(9)}",
    lambda: f"/api/{secrets.token_urlsafe(6)}",
    lambda: f"/api/v1/{secrets.token_urlsafe(6)}/{uuid.uuid4()}",
    lambda: f"/api/v1/tasks/{uuid.uuid4()}",
    lambda: f"/api/v1/tasks/{secrets.token_urlsafe(6)}",
    lambda: f"/api/v1/tasks/{uuid.uuid4()}/{secrets.token_urlsafe(6)}",
    lambda: f"/api/v1/projects/{uuid.uuid4()}",
    lambda: f"/api/v1/projects/{uuid.uuid4()}/members/{uuid.uuid4()}",
    lambda: f"/api/v1/workspaces/{uuid.uuid4()}/teams",
    lambda: f"/api/v1/notifications/{uuid.uuid4()}/read",
    lambda: f"/api/v1/sessions/{uuid.uuid4()}",
    lambda: f"/api/v1/events?after={secrets.randbelow(10**6) + 10**6}",
    lambda: f"/api/docs/{secrets.token_urlsafe(6)}",
)
CREDENTIALS = ("none", "random", "valid")


@pytest.mark.parametrize("shape", ["one", "split"])
async def test_random_requests_leave_the_number_of_series_unchanged(shape: str, tmp_path: Path) -> None:
    with running(Stack(tmp_path / "home", shape, limits="off")) as stack:
        token = await asyncio.to_thread(_sign_in, stack)
        kinds = list(product(METHODS, PATHS, CREDENTIALS))
        for _ in range(2):
            await _send(stack, kinds, token)
        await asyncio.to_thread(_series, stack)  # counts itself the next time
        await asyncio.sleep(CENSUS_SECONDS)
        before = await asyncio.to_thread(_series, stack)
        random = Random()  # noqa: S311 - chooses requests, not secrets
        await _send(stack, [random.choice(kinds) for _ in range(REQUESTS)], token)
        await asyncio.sleep(2)
        after = await asyncio.to_thread(_series, stack)
    assert after - before == set()
    assert len(after) > 100


async def _send(stack: Stack, kinds: list[tuple[str, Callable[[], str], str]], token: str) -> None:
    """Send one request of each of these kinds, eight at a time; none is a fault of the server."""
    waiting = iter(kinds)

    async def work(session: aiohttp.ClientSession) -> None:
        for method, path, credential in waiting:
            async with session.request(method, path(), headers=_credentials(credential, token)) as answer:
                await answer.read()
                assert answer.status < 500, (method, answer.url, answer.status)

    timeout = aiohttp.ClientTimeout(total=30, sock_read=30)
    async with aiohttp.ClientSession(stack.url, timeout=timeout) as session:
        await asyncio.gather(*(work(session) for _ in range(8)))


def _credentials(kind: str, token: str) -> dict[str, str]:
    if kind == "none":
        return {}
    return {"Authorization": f"Bearer {token if kind == 'valid' else secrets.token_urlsafe(12)}"}


def _sign_in(stack: Stack) -> str:
    person = {"email": "ada@example.com", "password": "seven violet harbours"}
    with stack.client() as client:
        client.post("/api/v1/auth/register", json={**person, "name": "Ada"}).raise_for_status()
        return str(client.post("/api/v1/auth/login", json=person).raise_for_status().json()["access_token"])


def _series(stack: Stack) -> set[str]:
    """Every series of every process: its port, name and labels without the value."""
    ports = range(stack.port, stack.port + (6 if stack.shape == "split" else 1))
    found: set[str] = set()
    for port in ports:
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        found |= {f"{port} {line.rpartition(' ')[0]}" for line in text.splitlines() if re.match(r"[a-z]", line)}
    return found
