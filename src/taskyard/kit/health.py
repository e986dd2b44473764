"""The operational endpoints that every service answers: health, liveness, readiness, metrics and its own schema."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

import asyncpg
import msgspec
from litestar import Litestar, Request, Response, get
from litestar.types import ControllerRouterHandler

from taskyard.kit import metrics
from taskyard.kit.database import Database
from taskyard.kit.documented_headers import describe_headers
from taskyard.kit.migrations import pending
from taskyard.kit.problems import Problem

Health = Literal["ok", "degraded", "down"]
Probe = Callable[[], Awaitable[None]]
_PROBE_SECONDS = 2.0


class HealthReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a service is, what it depends on and which version it is."""

    status: Health
    version: str
    dependencies: dict[str, Health]
    services: dict[str, Any] = {}


class Readiness:
    """Whether a process can serve: its database is reachable and migrated. Never Redis, never another service."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._migrated = False

    async def __call__(self) -> bool:
        """Ask the database now; that it is migrated is asked only until it is."""
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                await self._database.fetch_value("VALUES (1)")
                if not self._migrated:
                    self._migrated = not await pending(self._database)
        except (Problem, TimeoutError, asyncpg.PostgresError):
            return False
        return self._migrated


async def report(
    version: str, readiness: Callable[[], Awaitable[bool]], probes: Mapping[str, Probe] | None = None
) -> HealthReport:
    """Ask every dependency at once. Without its database a service is down, without another degraded."""
    probes = probes or {}
    ready, *others = await asyncio.gather(readiness(), *(_answers(probe) for probe in probes.values()))
    dependencies: dict[str, Health] = {"database": "ok" if ready else "down"}
    dependencies |= {name: "ok" if well else "down" for name, well in zip(probes, others, strict=True)}
    status: Health = "down" if not ready else "ok" if all(others) else "degraded"
    return HealthReport(status=status, version=version, dependencies=dependencies)


def operational_handlers(
    *, database: Database, version: str, probes: Mapping[str, Probe] | None = None
) -> list[ControllerRouterHandler]:
    """The handlers of ``/health``, ``/live``, ``/ready``, ``/metrics`` and ``/openapi.json`` for one service.

    ``probes`` are further dependencies by name; each raises when its dependency is away.
    """
    readiness = Readiness(database)

    @get("/health", include_in_schema=False)
    async def show_health() -> Response[Any]:
        """Tell how the service and its dependencies are."""
        found = await report(version, readiness, probes)
        return _json(msgspec.json.encode(found), 503 if found.status == "down" else 200)

    @get("/ready", include_in_schema=False)
    async def show_ready() -> Response[Any]:
        """Tell whether the service can answer requests."""
        ready = await readiness()
        return _json(b'{"ready":true}' if ready else b'{"ready":false}', 200 if ready else 503)

    return [show_health, show_live, show_ready, show_metrics, show_openapi]


@get("/live", include_in_schema=False)
async def show_live() -> Response[Any]:
    """Tell that the process is alive; touches nothing."""
    return _json(b'{"live":true}')


@get("/metrics", include_in_schema=False)
async def show_metrics() -> Response[Any]:
    """Give the numbers of this process to Prometheus."""
    return Response(metrics.render(), media_type=metrics.MEDIA_TYPE)


@get("/openapi.json", include_in_schema=False)
async def show_openapi(request: Request[Any, Any, Any]) -> Response[Any]:
    """Describe this service's own endpoints; the gateway merges the descriptions of all."""
    return _json(await asyncio.to_thread(describe, request.app))


def describe(app: Litestar) -> bytes:
    """The OpenAPI document of an application, in which routes that take a caller demand a Bearer token.

    ``documented_headers`` says which headers an operation has.
    """
    document: dict[str, Any] = app.openapi_schema.to_schema()
    for route in app.routes:
        operations = document.get("paths", {}).get(getattr(route, "path_format", ""), {})
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods:
                if (operation := operations.get(method.lower())) is None:
                    continue
                if "caller" in handler.parsed_fn_signature.parameters:
                    operation["security"] = [{"bearer": []}]
                describe_headers(handler, operation)
    return msgspec.json.encode(document)


async def _answers(probe: Probe) -> bool:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            await probe()
    except Exception:  # noqa: BLE001 - whatever goes wrong, the dependency does not answer
        return False
    return True


def _json(body: bytes, status: int = 200) -> Response[Any]:
    return Response(body, status_code=status, media_type="application/json", headers={"Cache-Control": "no-store"})
