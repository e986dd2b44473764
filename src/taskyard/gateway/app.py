"""The door of Taskyard: one plain ASGI class, because a stack of middlewares costs several times as much.

Order of work: ids and client address, sizes and path, who asks, how often, where to; then the answer is
given its headers, counted and logged.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import structlog

from taskyard.gateway import admission, routes
from taskyard.gateway.answers import Exchange
from taskyard.gateway.compression import Compressing, coding_of_answer, compressed_page
from taskyard.gateway.cross_origin import CrossOrigin
from taskyard.gateway.docs import DOCS_PATH, find_page
from taskyard.gateway.limits import Limiter
from taskyard.gateway.maintenance import MaintenanceMode
from taskyard.gateway.openapi import OPENAPI_PATH, OpenAPI
from taskyard.gateway.places import Places, refusal
from taskyard.gateway.refusals import REFUSED, Caller, Refusals, caller_of
from taskyard.gateway.sockets import Sockets
from taskyard.gateway.status import STATUS_PATHS, StatusPages
from taskyard.gateway.versions import Deprecations, require_version
from taskyard.kit import logs, metrics
from taskyard.kit.asgi import App, Message, Receive, Reply, Scope, Send
from taskyard.kit.cors import PREFLIGHT
from taskyard.kit.identity import Identity
from taskyard.kit.masking import masked
from taskyard.kit.principal import PRINCIPAL, Principal
from taskyard.kit.problems import InternalError, MethodNotAllowed, NotFound, Problem, TooManyRequests
from taskyard.kit.redis import Redis
from taskyard.kit.requests import CLIENT_ADDRESS, REQUEST_ID, TRACE_ID
from taskyard.kit.settings import Settings

log = structlog.get_logger()

_SERVICE = "taskyard.service"
_MEGABYTE = 1024 * 1024
_READS = frozenset({"GET", "HEAD"})


class Gateway:
    """The one way in. ``upstreams`` maps a service's name to its application, here or behind a proxy."""

    def __init__(  # noqa: PLR0913 - everything the door needs, by keyword
        self,
        *,
        upstreams: Mapping[str, App],
        identity: Identity,
        redis: Redis,
        limiter: Limiter,
        places: Places,
        sign_in_places: Places,
        maintenance: MaintenanceMode,
        settings: Settings,
        version: str,
        ready: Callable[[], Awaitable[bool]],
        head: Callable[[], bytes | None],
        refusals: Refusals,
        cross_origin: CrossOrigin,
        deprecations: Deprecations,
    ) -> None:
        self._upstreams = dict(upstreams)
        self._identity = identity
        self._limiter, self._maintenance = limiter, maintenance
        self._places, self._sign_in_places = places, sign_in_places
        self._trusted = settings.trusted_proxies
        self._cross_origin, self._deprecations = cross_origin, deprecations
        self._compresses = settings.compresses
        self._head = head
        self._refusals = refusals
        self._upload = settings.attachment_megabytes * _MEGABYTE
        self._sockets = Sockets(
            upstreams=self._upstreams,
            identity=identity,
            limiter=limiter,
            maintenance=maintenance,
            trusted=self._trusted,
            origin=cross_origin.own,
        )
        self._openapi = OpenAPI(
            self._upstreams, version=version, server=settings.public_url, deprecated=deprecations.operations
        )
        self._status = StatusPages(upstreams=self._upstreams, redis=redis, ready=ready, version=version)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or WebSocket; the composition looks after the lifespan."""
        if scope["type"] == "http":
            await self._answer(scope, receive, Exchange(scope, send))
        elif scope["type"] == "websocket":
            await self._sockets.hold(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, exchange: Exchange) -> None:
        began = time.perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        admission.identify(scope, headers, self._trusted)
        logs.bind_request(scope[REQUEST_ID], scope[TRACE_ID])
        try:
            await self._serve(scope, receive, exchange, headers)
        except Problem as problem:
            await exchange.refuse(problem)
        except Exception:  # the door: whatever is no refusal is a bug, answered as one
            log.exception("request.failed")
            await exchange.refuse(InternalError())
        finally:
            exchange.leave_place()
            _note(scope, exchange, time.perf_counter() - began)
            if exchange.status in REFUSED:
                self._refusals.note(_refused(scope, exchange), scope[REQUEST_ID])

    async def _serve(self, scope: Scope, receive: Receive, exchange: Exchange, headers: dict[bytes, bytes]) -> None:
        path = scope["path"]
        exchange.cross_origin = self._cross_origin.headers_for(path, headers.get(b"origin"))
        self._maintenance.check(scope, scope["method"])
        self._shed(scope)
        refusal = await self._admit(scope, headers)
        await self._count(scope, exchange)
        if not exchange.cross_origin:
            exchange.cross_origin = await self._cross_origin.headers_for_client(path, headers.get(b"origin"))
        if refusal is not None:
            raise refusal
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await exchange.reply(Reply(204, PREFLIGHT if exchange.cross_origin else [], b""))
            return
        exchange.deprecation = self._deprecations.headers_for(scope["method"], path)
        service = routes.service_of(path)
        app = self._upstreams.get(service or "")
        if app is None:
            await self._own(scope, exchange, headers)
            return
        scope[_SERVICE] = service
        if scope[PRINCIPAL] is not None and scope["method"] in _READS:
            exchange.position = self._head()
        places = self._sign_in_places if service == "auth" and _is_sign_in(scope) else self._places
        when_whole = None
        if admission.expects_body(headers):  # whoever sends it slowly holds no place meanwhile
            when_whole = partial(exchange.take_place, places)
        else:
            await exchange.take_place(places)
        body = admission.BoundedBody(receive, self._longest_body(scope), when_whole)
        coding = coding_of_answer(scope, headers) if self._compresses else None
        send = Compressing(exchange.send, coding) if coding is not None else exchange.send
        await app(scope, _client(scope, body, exchange), send)

    def _shed(self, scope: Scope) -> None:
        """Refuse before anything is found out what would be refused in the end. Raises Overloaded."""
        if not self._places.is_full or scope["path"] in STATUS_PATHS or _is_sign_in(scope):
            return
        rank = routes.rank_of(scope["method"], scope["path"])
        if self._places.is_full_for(rank):
            raise refusal(rank)

    async def _admit(self, scope: Scope, headers: dict[bytes, bytes]) -> Problem | None:
        """Check the request and find out who asks; a refusal waits until it is counted."""
        scope[PRINCIPAL] = None
        try:
            admission.check(scope, headers, self._longest_body(scope))
            if scope["path"].startswith(routes.PUBLIC_PREFIX):
                admission.strip_credentials(scope)
            scope[PRINCIPAL] = await self._identity.authenticate(scope)
            admission.strip_claims(scope)
        except Problem as problem:
            return problem
        return None

    def _longest_body(self, scope: Scope) -> int:
        return routes.longest_body(scope["method"], scope["path"], self._upload)

    async def _count(self, scope: Scope, exchange: Exchange) -> None:
        address, path = scope[CLIENT_ADDRESS], scope["path"]
        if path in STATUS_PATHS:
            exchange.decision = self._limiter.check_here(address)
        else:
            principal: Principal | None = scope[PRINCIPAL]
            method, limiter = scope["method"], self._limiter
            exchange.decision = await limiter.check(
                address=address,
                principal=principal,
                route_class=routes.class_of(method, path),
                group=routes.group_of(method, path) if limiter.tells_routes_apart else None,
            )
        if not exchange.decision.allowed:
            raise TooManyRequests(headers={"Retry-After": str(exchange.decision.retry_after)})

    async def _own(self, scope: Scope, exchange: Exchange, headers: dict[bytes, bytes]) -> None:
        """What the gateway answers itself: the documentation and how everything is."""
        path, scope["path_template"] = scope["path"], scope["path"]
        exchange.without_body = scope["method"] == "HEAD"
        if path == OPENAPI_PATH:
            reply: Reply | None = await self._openapi.reply(headers.get(b"if-none-match"))
        elif path in STATUS_PATHS:
            reply = await self._status.reply(path)
        else:
            reply = find_page(path) if path.startswith(DOCS_PATH) else None
        if reply is None:
            scope["path_template"] = metrics.UNMATCHED
            require_version(path)
            raise NotFound
        if scope["method"] not in _READS:
            raise MethodNotAllowed(headers={"Allow": "GET, HEAD"})
        if self._compresses and path not in STATUS_PATHS:
            reply = await compressed_page(reply, headers.get(b"accept-encoding", b""))
        await exchange.reply(reply)


def _client(scope: Scope, body: Receive, exchange: Exchange) -> Receive:
    """The client as a service sees it: HEAD as a GET without its body (RFC 9110, 9.3.2)."""
    if scope["method"] != "HEAD":
        return body
    scope["method"] = "GET"
    exchange.without_body = True

    async def until_answered() -> Message:
        return {"type": "http.disconnect"} if exchange.is_over else await body()

    return until_answered


def _refused(scope: Scope, exchange: Exchange) -> Caller:
    service = scope.get(_SERVICE) or "gateway"
    return caller_of(scope.get(PRINCIPAL), scope[CLIENT_ADDRESS], exchange.status, service)


def _is_sign_in(scope: Scope) -> bool:
    """Whether a request may wait long for a password's hash, or for somebody else's provider."""
    return routes.class_of(scope["method"], scope["path"]) == "sign_in"


def _note(scope: Scope, exchange: Exchange, seconds: float) -> None:
    """Count the request and write its line; the path is written without its query, which may hold secrets."""
    service = scope.get(_SERVICE) or "gateway"
    status = exchange.status or 499
    route = scope.get("path_template") or (
        routes.template_of(scope["path"]) if _SERVICE in scope else metrics.UNMATCHED
    )
    metrics.observe_request(service=service, method=scope["method"], route=route, status=status, seconds=seconds)
    principal: Principal | None = scope.get(PRINCIPAL)
    logs.write_record(
        {
            "event": "request",
            "method": scope["method"],
            "path": masked(scope["path"]),
            "status": status,
            "ms": round(seconds * 1000, 2),
            "upstream": service,
            "principal_id": principal.id if principal else None,
            "address": scope[CLIENT_ADDRESS],
        }
    )
