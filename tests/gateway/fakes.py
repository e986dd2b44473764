"""Stand-ins around the gateway: an identity that knows two people, and upstreams that tell what reached them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import msgspec

from taskyard.contracts.refusals import Refused
from taskyard.gateway.app import Gateway
from taskyard.gateway.cross_origin import CrossOrigin
from taskyard.gateway.limits import Limiter
from taskyard.gateway.maintenance import MaintenanceMode
from taskyard.gateway.places import Places
from taskyard.gateway.policies import POLICIES, Policies, Policy, PolicyName
from taskyard.gateway.refusals import Refusals
from taskyard.gateway.versions import Deprecation, Deprecations
from taskyard.kit.asgi import App, Receive, Reply, Scope, Send, send_reply
from taskyard.kit.identity import Identity
from taskyard.kit.principal import PRINCIPAL, Principal
from taskyard.kit.problems import InvalidToken, Unavailable
from taskyard.kit.redis import Redis
from taskyard.kit.requests import CLIENT_ADDRESS, REQUEST_ID, TRACE_ID, header
from taskyard.kit.settings import Settings

PUBLIC_URL = "https://tasks.example"
CLIENT_ORIGIN = "https://spa.example"


class KnownPeople(Identity):
    """Believes ``Bearer alice`` and ``Bearer bob``."""

    def __init__(self) -> None:
        pass

    async def authenticate(self, scope: Any) -> Principal | None:
        value = header(scope, b"authorization")
        if value is None:
            return None
        if value not in {"Bearer alice", "Bearer bob"}:
            raise InvalidToken
        return Principal(id=value.removeprefix("Bearer "))


class Book:
    """Keeps what it is told of refusals (contracts.refusals.RefusalBook)."""

    def __init__(self) -> None:
        self.told: list[Refused] = []
        self.is_away = False

    async def keep_refusals(self, *, refusals: list[Refused]) -> None:
        if self.is_away:
            raise Unavailable
        self.told.extend(refusals)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what reached it."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
    principal = scope.get(PRINCIPAL)
    seen = {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "body": body.decode(),
        "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
        "principal": principal.id if principal else None,
        "address": scope.get(CLIENT_ADDRESS),
        "request_id": scope.get(REQUEST_ID),
        "trace_id": scope.get(TRACE_ID),
    }
    headers = [(b"content-type", b"application/json"), (b"server", b"secret/1.0"), (b"etag", b'"1"')]
    await send_reply(send, Reply(200, headers, msgspec.json.encode(seen)))


async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Has a bug."""
    raise RuntimeError("SELECT password FROM people")


def answering(documents: Mapping[str, object]) -> App:
    """An upstream with a fixed JSON document at each path."""

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        document = documents.get(scope["path"])
        reply = Reply(200 if document is not None else 404, [], msgspec.json.encode(document))
        await send_reply(send, reply)

    return app


def settings_with(**changes: Any) -> Settings:
    """Settings behind one trusted proxy network."""
    values: dict[str, Any] = {"home": Path("/nowhere"), "port": 3000, "public_url": PUBLIC_URL} | changes
    return Settings(**values)


def trusting(*networks: str) -> Settings:
    """Settings that believe proxies in these networks."""
    return settings_with(trusted_proxies=tuple(ip_network(network) for network in networks))


async def is_of_client(origin: str) -> bool:
    """A public client is registered with an address there."""
    return origin == CLIENT_ORIGIN


async def always_ready() -> bool:
    """The database is there."""
    return True


def build_gateway(
    redis: Redis,
    *,
    upstreams: Mapping[str, App] | None = None,
    settings: Settings | None = None,
    policies: dict[PolicyName, Policy] | None = None,
    limits: Policies | None = None,
    places: Places | None = None,
    sign_in_places: Places | None = None,
    maintenance: MaintenanceMode | None = None,
    enforced: bool = True,
    refusals: Refusals | None = None,
    deprecated: Mapping[str, Deprecation] | None = None,
) -> Gateway:
    """A gateway over fakes; the one program in a browser that it knows is of ``CLIENT_ORIGIN``."""
    settings = settings or settings_with()
    return Gateway(
        upstreams=upstreams if upstreams is not None else {"task": echo, "auth": echo, "project": broken},
        identity=KnownPeople(),
        redis=redis,
        limiter=Limiter(redis, enforced=enforced, policies=limits or Policies(policies or POLICIES)),
        places=places or Places(64),
        sign_in_places=sign_in_places or Places(64),
        maintenance=maintenance or MaintenanceMode(),
        settings=settings,
        version="9.9",
        ready=always_ready,
        head=lambda: b"7:42",
        refusals=refusals or Refusals(Book()),
        cross_origin=CrossOrigin(PUBLIC_URL.encode(), settings.allowed_origins, is_of_client),
        deprecations=Deprecations(deprecated or {}),
    )


@asynccontextmanager
async def client_of(gateway: App, address: str = "203.0.113.7") -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway, from one address."""
    transport = httpx.ASGITransport(gateway, client=(address, 4711), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield client
