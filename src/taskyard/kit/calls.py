"""Calls between services: one Protocol, answered by an object in this process or by HTTP.

A contract is a Protocol of keyword-only async methods over structs. ``local`` binds the object itself,
``RemoteCalls`` a stand-in that asks the service that ``expose``s it. The caller cannot tell which,
and with either no call is made while a transaction is open.
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_type_hints

import msgspec
import structlog
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from taskyard.kit.database import refuse_inside_transaction
from taskyard.kit.deadlines import DEADLINE_HEADER, seconds_left, write_deadline
from taskyard.kit.logs import current_request
from taskyard.kit.principal import principal_of
from taskyard.kit.problems import InvalidInput, PermissionDenied, Unavailable
from taskyard.kit.requests import onward_headers
from taskyard.kit.tokens import AssertionSigner
from taskyard.kit.upstreams.addresses import Address
from taskyard.kit.upstreams.probing import is_ready
from taskyard.kit.upstreams.upstream import Upstream, Visit

if TYPE_CHECKING:
    import aiohttp

T = TypeVar("T")
Method = Callable[..., Awaitable[Any]]

INTERNAL = "/internal"
"""Prefix of the paths between services, which the gateway never routes."""
TIMEOUT = 2.0
"""Seconds."""

log = structlog.get_logger()


class _Signature(msgspec.Struct, frozen=True):
    """What one method of a contract takes and gives."""

    arguments: type[msgspec.Struct]
    result: Any


def local(contract: Callable[..., T], implementation: T) -> T:
    """The implementation, guarded against being called inside a transaction as a remote one would be."""
    return _bind(contract, {name: _guarded(name, getattr(implementation, name)) for name in _signatures(contract)})


def expose(name: str, contract: Callable[..., T], implementation: T) -> list[HTTPRouteHandler]:
    """Handlers that let other services call the implementation: ``POST /internal/<name>/<method>``."""
    return [
        _handler(f"{INTERNAL}/{name}/{method}", getattr(implementation, method), signature)
        for method, signature in _signatures(contract).items()
    ]


class RemoteCalls:
    """The contracts another service exposes, called over one pool of connections."""

    def __init__(self, upstream: Upstream, *, signer: AssertionSigner) -> None:
        self._upstream = upstream
        self._audience = upstream.service
        self._signer = signer
        self._session: aiohttp.ClientSession | None = None

    def bind(self, name: str, contract: Callable[..., T]) -> T:
        """A stand-in for a contract; it raises Unavailable when the service does not answer well in time."""
        methods = {
            method: _guarded(method, self._method(f"{INTERNAL}/{name}/{method}", signature))
            for method, signature in _signatures(contract).items()
        }
        return _bind(contract, methods)

    async def look(self) -> None:
        """See to the addresses; repeated in the background."""
        await self._upstream.look(lambda address: is_ready(self._connected(), address))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _method(self, path: str, signature: _Signature) -> Method:
        async def call(**arguments: Any) -> Any:
            body = await self._post(path, msgspec.json.encode(arguments))
            return msgspec.json.decode(body, type=signature.result)

        return call

    async def _post(self, path: str, body: bytes) -> bytes:
        headers = {
            "Authorization": f"Bearer {self._signer.sign(self._audience)}",
            "Content-Type": "application/json",
            **onward_headers(*current_request()),
        }
        is_trial = self._upstream.begin()
        tried: list[Address] = []
        address: Address | None = self._upstream.choose()
        while address is not None:
            tried.append(address)
            with self._upstream.visit(address, is_trial=is_trial) as visit:
                status, content = await self._ask(visit, path, body, headers)
            if status == 200:
                return content
            address = self._upstream.choose_other(tried) if status is None and self._upstream.take_retry() else None
        if status is not None:
            log.error("call.refused", path=path, status=status, answer=content.decode(errors="replace")[:500])
        raise Unavailable(f"The {self._audience} service could not answer.")

    async def _ask(self, visit: Visit, path: str, body: bytes, headers: dict[str, str]) -> tuple[int | None, bytes]:
        """The status and body of one address's answer; no status where nobody listens there, so nothing was sent."""
        import aiohttp  # noqa: PLC0415 - a sixth of the start, and in one process nobody calls over HTTP

        left = seconds_left()
        seconds = TIMEOUT if left is None else min(TIMEOUT, left)
        sent = {**headers, DEADLINE_HEADER.decode(): write_deadline(seconds)}
        if visit.address.name:
            sent["Host"] = visit.address.name
        timeout = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._connected().post(
                visit.address.url + path, data=body, headers=sent, timeout=timeout
            ) as answer:
                content = await answer.read()
        except aiohttp.ClientConnectorError:
            visit.note_failure("connection")
            return None, b""
        except (aiohttp.ClientError, TimeoutError) as error:
            visit.note_failure("deadline" if isinstance(error, TimeoutError) else "reset")
            raise Unavailable(f"The {self._audience} service does not answer.") from error
        visit.note_answer(answer.status, retry_after=answer.headers.get("Retry-After"))
        return answer.status, content

    def _connected(self) -> "aiohttp.ClientSession":
        import aiohttp  # noqa: PLC0415 - as above

        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session


def _signatures(contract: Callable[..., object]) -> dict[str, _Signature]:
    """The methods of a contract, by name."""
    methods = {name: method for name, method in vars(contract).items() if inspect.iscoroutinefunction(method)}
    return {name: _signature(name, method) for name, method in methods.items()}


def _signature(name: str, method: Callable[..., object]) -> _Signature:
    hints = get_type_hints(method, include_extras=True)
    result = hints.pop("return")
    taken = [p for p in inspect.signature(method).parameters.values() if p.name != "self"]
    if any(p.kind is not p.KEYWORD_ONLY for p in taken):
        raise TypeError(f"{name}: the methods of a contract take keyword-only arguments")
    defaults = {p.name: p.default for p in taken if p.default is not p.empty}
    fields = [(p.name, hints[p.name], defaults.get(p.name, msgspec.NODEFAULT)) for p in taken]
    title = re.sub(r"(?:^|_)([a-z])", lambda match: match.group(1).upper(), name)
    return _Signature(msgspec.defstruct(title, fields, kw_only=True, forbid_unknown_fields=True), result)


def _bind(contract: Callable[..., T], methods: dict[str, Method]) -> T:
    """An object with these methods; mypy knows it by the contract."""
    name = getattr(contract, "__name__", "contract")
    return cast(T, type(f"Bound{name}", (), {key: staticmethod(method) for key, method in methods.items()})())


def _guarded(name: str, method: Method) -> Method:
    async def call(**arguments: Any) -> Any:
        refuse_inside_transaction(name)
        return await method(**arguments)

    return call


def _handler(path: str, method: Method, signature: _Signature) -> HTTPRouteHandler:
    decode = msgspec.json.Decoder(signature.arguments).decode

    async def answer(request: Request[Any, Any, Any]) -> Response[bytes]:
        if principal_of(request.scope).kind != "service":
            raise PermissionDenied("Only services of this deployment may call this.")
        try:
            arguments = decode(await request.body())
        except msgspec.MsgspecError as error:
            raise InvalidInput(str(error)) from None
        result = await method(**msgspec.structs.asdict(arguments))
        return Response(msgspec.json.encode(result), media_type="application/json")

    return post(path, status_code=200, include_in_schema=False)(answer)
