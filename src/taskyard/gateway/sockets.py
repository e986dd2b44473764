"""WebSockets at the door: the same checks as for a request, then handed on until either side ends it."""

import time
from collections.abc import Mapping

import structlog

from taskyard.gateway import admission, routes
from taskyard.gateway.admission import Network
from taskyard.gateway.answers import SECURITY_HEADERS, limit_headers
from taskyard.gateway.limits import Limiter
from taskyard.gateway.maintenance import MaintenanceMode
from taskyard.kit import logs, metrics
from taskyard.kit.asgi import App, Receive, Scope, Send
from taskyard.kit.cors import require_own_page
from taskyard.kit.identity import Identity
from taskyard.kit.masking import masked
from taskyard.kit.principal import PRINCIPAL, Principal
from taskyard.kit.problems import InternalError, NotFound, Problem, TooManyRequests
from taskyard.kit.requests import CLIENT_ADDRESS, REQUEST_ID, TRACE_ID, request_id_of
from taskyard.kit.sockets import Socket

log = structlog.get_logger()


class Sockets:
    """Opens WebSockets: origin, size, who, how often, where to."""

    def __init__(  # noqa: PLR0913 - as the gateway itself, by keyword
        self,
        *,
        upstreams: Mapping[str, App],
        identity: Identity,
        limiter: Limiter,
        maintenance: MaintenanceMode,
        trusted: tuple[Network, ...],
        origin: bytes,
    ) -> None:
        self._upstreams = upstreams
        self._identity = identity
        self._limiter = limiter
        self._maintenance = maintenance
        self._trusted = trusted
        self._origin = origin

    async def hold(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the handshake of one WebSocket, and hold it open until it ends."""
        began = time.perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        scope[PRINCIPAL] = None
        admission.identify(scope, headers, self._trusted)
        logs.bind_request(scope[REQUEST_ID], scope[TRACE_ID])
        socket = Socket(scope, receive, send)
        socket.extra_headers = [*SECURITY_HEADERS, (b"x-request-id", request_id_of(scope).encode("latin-1"))]
        try:
            app = await self._admit(scope, socket, headers)
            await app(scope, socket.receive, socket.send)
        except Problem as problem:
            await socket.refuse(problem)
        except OSError:
            pass  # the client is gone
        except Exception:  # the door: whatever is no refusal is a bug
            log.exception("request.failed")
            await socket.refuse(InternalError())
        finally:
            _note(scope, socket, began)

    async def _admit(self, scope: Scope, socket: Socket, headers: Mapping[bytes, bytes]) -> App:
        """The application it goes to. Raises the Problem for which it is refused."""
        self._maintenance.check(scope, "GET")
        admission.check(scope, headers)
        require_own_page(headers, self._origin)
        await self._identify_and_count(scope, socket)
        app = self._upstreams.get(routes.socket_service_of(scope["path"]) or "")
        if app is None:
            raise NotFound
        scope[PRINCIPAL] = scope[PRINCIPAL] or await socket.introduce(self._identity)
        admission.strip_claims(scope)
        return app

    async def _identify_and_count(self, scope: Scope, socket: Socket) -> None:
        """Find out who opens it, if that is known by now, and count it; a refusal waits until it is counted."""
        refusal: Problem | None = None
        try:
            scope[PRINCIPAL] = await socket.authenticate(self._identity)
        except Problem as problem:
            refusal = problem
        decision = await self._limiter.check(
            address=scope[CLIENT_ADDRESS], principal=scope[PRINCIPAL], route_class="read"
        )
        socket.extra_headers += limit_headers(decision)
        if not decision.allowed:
            raise TooManyRequests(headers={"Retry-After": str(decision.retry_after)})
        if refusal is not None:
            raise refusal


def _note(scope: Scope, socket: Socket, began: float) -> None:
    """Count the handshake as a request, and write the line of the whole; an open socket says nothing about speed."""
    status, ended = socket.status or 499, time.perf_counter()
    service = routes.socket_service_of(scope["path"])
    metrics.observe_request(
        service=service or "gateway",
        method="GET",
        route=scope["path"] if service else metrics.UNMATCHED,
        status=status,
        seconds=(socket.answered_at or ended) - began,
    )
    principal: Principal | None = scope.get(PRINCIPAL)
    logs.write_record(
        {
            "event": "websocket",
            "path": masked(scope["path"]),
            "status": status,
            "close_code": socket.close_code,
            "ms": round((ended - began) * 1000, 2),
            "upstream": service or "gateway",
            "principal_id": principal.id if principal else None,
            "address": scope[CLIENT_ADDRESS],
        }
    )
