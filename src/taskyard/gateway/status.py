"""How everything is: the gateway's own operational endpoints, with a section for each service."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from taskyard.kit import metrics
from taskyard.kit.asgi import App, Receive, Reply, Scope, Send, ask, send_reply
from taskyard.kit.health import HealthReport, report
from taskyard.kit.principal import PRINCIPAL
from taskyard.kit.redis import Redis

STATUS_PATHS = frozenset({"/health", "/live", "/ready", "/metrics"})
_ASK_SECONDS = 2.0


class StatusPages:
    """Answers ``/health``, ``/live``, ``/ready`` and ``/metrics`` for the gateway's port."""

    def __init__(
        self, *, upstreams: Mapping[str, App], redis: Redis, ready: Callable[[], Awaitable[bool]], version: str
    ) -> None:
        self._upstreams = upstreams
        self._redis = redis
        self._ready = ready
        self._version = version

    async def reply(self, path: str) -> Reply:
        """The answer at one of ``STATUS_PATHS``."""
        match path:
            case "/live":
                return _json(b'{"live":true}')
            case "/ready":
                ready = await self._ready()
                return _json(b'{"ready":true}', 200) if ready else _json(b'{"ready":false}', 503)
            case "/metrics":
                return Reply(200, [(b"content-type", metrics.MEDIA_TYPE.encode())], metrics.render())
        found = await self._health()
        return _json(msgspec.json.encode(found), 503 if found.status == "down" else 200)

    async def _health(self) -> HealthReport:
        own, sections = await asyncio.gather(
            report(self._version, self._ready, {"redis": self._redis.ping}),
            asyncio.gather(*(_section(app) for app in self._upstreams.values())),
        )
        services = dict(zip(self._upstreams, sections, strict=True))
        status = own.status
        if status == "ok" and any(section.get("status") != "ok" for section in sections):
            status = "degraded"
        return HealthReport(status=status, version=self._version, dependencies=own.dependencies, services=services)


class OnlyStatus:
    """The application of a process that has these endpoints and no others."""

    def __init__(self, pages: StatusPages) -> None:
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's form
        """Answer a GET at one of ``STATUS_PATHS``; nothing else is here."""
        if scope["type"] != "http":
            return
        is_known = scope["method"] in {"GET", "HEAD"} and scope["path"] in STATUS_PATHS
        await send_reply(send, await self._pages.reply(scope["path"]) if is_known else _json(b"{}", 404))


async def _section(app: App) -> dict[str, object]:
    """What a service says of itself, or that it is down when it says nothing in time."""
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            reply = await ask(app, "/health", {PRINCIPAL: None}.items())
            return msgspec.json.decode(reply.body, type=dict[str, object])
    except Exception:  # noqa: BLE001 - whatever goes wrong over there, it is down
        return {"status": "down"}


def _json(body: bytes, status: int = 200) -> Reply:
    return Reply(status, [(b"content-type", b"application/json"), (b"cache-control", b"no-store")], body)
