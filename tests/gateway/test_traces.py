"""One request has one request id and one trace id: in the gateway's lines, the services' and what they call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx
import msgspec
import pytest
import structlog
from joserfc.jwk import OKPKey
from litestar import get

from taskyard.gateway.proxy import HttpProxy
from taskyard.kit import logs
from taskyard.kit.asgi import App
from taskyard.kit.calls import RemoteCalls, expose
from taskyard.kit.door import ServiceDoor
from taskyard.kit.forwarding import ClientSigner
from taskyard.kit.http import build_service
from taskyard.kit.identity import Identity
from taskyard.kit.principal import Principal
from taskyard.kit.redis import Redis
from taskyard.kit.tokens import AssertionSigner
from tests.gateway.fakes import build_gateway, client_of
from tests.gateway.servers import free_port, serving, upstream_at

KEY = OKPKey.generate_key("Ed25519")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Names(Protocol):
    async def find_name(self, *, number: int) -> str: ...


class NamesOfAuth:
    """Notes in its own line that it was asked."""

    async def find_name(self, *, number: int) -> str:
        structlog.get_logger().info("called")
        return f"name {number}"


NAMES: Names = NamesOfAuth()


class Anybody(Identity):
    """Takes every request for one of the project service."""

    def __init__(self) -> None:
        pass

    async def authenticate(self, scope: Any) -> Principal:  # noqa: ARG002 - as its parent
        return Principal(id="project", kind="service")

    async def client_address(self, scope: Any) -> None:
        """Nobody says."""


def _service(names: Names | None = None) -> App:
    """A service in a process of its own, as far as it can tell."""

    @get("/api/v1/tasks")
    async def answer() -> str:
        structlog.get_logger().info("worked")
        return await names.find_name(number=1) if names else ""

    @get("/api/v1/tasks/bug")
    async def fail() -> None:
        raise LookupError("a bug")

    handlers = [answer, fail, *expose("names", Names, NAMES)]
    return ServiceDoor(build_service(title="task", handlers=handlers, provided={}), Anybody())


@asynccontextmanager
async def _two_services(redis: Redis) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway before a service that calls another one, each over HTTP."""
    ports = free_port(), free_port()
    calls = RemoteCalls(upstream_at("auth", ports[1]), signer=AssertionSigner(service="project", key=KEY))
    task = _service(calls.bind("names", Names))
    proxy = HttpProxy(upstream_at("task", ports[0]), signer=ClientSigner(KEY))
    try:
        async with (
            serving(task, ports[0]),
            serving(_service(), ports[1]),
            client_of(build_gateway(redis, upstreams={"task": proxy})) as client,
        ):
            yield client
    finally:
        await proxy.close()
        await calls.close()


def _ids_by_event(path: Path) -> dict[str, tuple[str, str]]:
    logs.close()
    lines = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    return {line["event"]: (line["request_id"], line["trace_id"]) for line in lines if "request_id" in line}


async def test_ids_travel_from_the_gateway_to_the_last_service(redis: Redis, log_file: Path) -> None:
    headers = {"X-Request-ID": "mine-1", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    async with _two_services(redis) as client:
        answer = await client.get("/api/v1/tasks", headers=headers)
    assert answer.text == "name 1"
    ids = _ids_by_event(log_file)
    assert {ids[event] for event in ("request", "worked", "called")} == {("mine-1", TRACE)}


@pytest.mark.parametrize("traceparent", ["", f"00-{TRACE}-00f067aa0ba902b7", f"00-{'0' * 32}-00f067aa0ba902b7-01"])
async def test_made_up_ids_travel_as_well(redis: Redis, log_file: Path, traceparent: str) -> None:
    async with _two_services(redis) as client:
        answer = await client.get("/api/v1/tasks/bug", headers={"traceparent": traceparent} if traceparent else {})
    ids = _ids_by_event(log_file)
    assert ids["request.failed"] == ids["request"] == (answer.headers["x-request-id"], answer.json()["trace_id"])
    assert ids["request"][1] != TRACE
