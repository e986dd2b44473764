"""What of a request goes on to a service, and what of its answer comes back."""

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from taskyard.kit.asgi import Headers, Scope, Send
from taskyard.kit.deadlines import DEADLINE_HEADER
from taskyard.kit.forwarding import CLIENT_HEADER, ClientSigner
from taskyard.kit.principal import LOOKED_UP, PRINCIPAL
from taskyard.kit.requests import client_address, onward_headers, request_id_of, trace_id_of
from taskyard.kit.tokens import AssertionSigner

_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"}
    | {b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
_NOT_FORWARDED = _HOP_BY_HOP | {b"host", b"expect", b"traceparent", b"x-request-id", CLIENT_HEADER, DEADLINE_HEADER}
_NOT_FORWARDED_FOR = _NOT_FORWARDED | {b"authorization", b"x-api-key"}
"""The same where the gateway says itself who the caller is: a credential goes no further then."""
_CLIENT = CLIENT_HEADER.decode()
_CONCERNS_NO_OTHER = frozenset({b"", b"close", b"keep-alive"})
"""Words of a Connection field that name no field."""
LONGEST_WHOLE = 256 * 1024
"""Bytes of an answer that is taken in before any of it goes back: in one piece, and not half when its service dies."""
_NOT_RETURNED = _HOP_BY_HOP | {b"server", b"date"}


class Onward:
    """How requests go on to one service: in the caller's name, from an address that the gateway vouches for."""

    def __init__(self, service: str, signer: ClientSigner, assertions: AssertionSigner | None) -> None:
        self._service = service
        self._signer = signer
        self._assertions = assertions

    def headers(self, scope: Scope) -> CIMultiDict[str]:
        """The headers of the request for the service."""
        vouches = self._assertions if scope.get(LOOKED_UP) else None
        passed = _without(scope["headers"], _NOT_FORWARDED if vouches is None else _NOT_FORWARDED_FOR)
        fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in passed]
        fields.extend(onward_headers(request_id_of(scope), trace_id_of(scope)).items())
        fields.append((_CLIENT, self._signer.sign(self._service, client_address(scope))))
        if vouches is not None:
            fields.append(("Authorization", f"Bearer {vouches.sign(self._service, scope[PRINCIPAL])}"))
        return CIMultiDict(fields)


def target_at(url: str, scope: Scope) -> URL:
    """The request's address below that of a service, byte for byte as the client wrote it."""
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return URL(url + path + (f"?{query}" if query else ""), encoded=True)


async def read_short(response: aiohttp.ClientResponse) -> bytes | None:
    """The whole body of an answer that says it is short; None for any other."""
    length = response.content_length
    return await response.read() if length is not None and length <= LONGEST_WHOLE else None


async def send_back(response: aiohttp.ClientResponse, whole: bytes | None, send: Send) -> None:
    """Pass an answer on: whole where it is, otherwise as it arrives."""
    headers = _without([(name.lower(), value) for name, value in response.raw_headers], _NOT_RETURNED)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if whole is None:
        async for chunk in response.content.iter_any():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": whole or b"", "more_body": False})


def _without(headers: Headers, dropped: frozenset[bytes]) -> Headers:
    """The headers without those that concern one connection only (RFC 9110, 7.6.1)."""
    named: set[bytes] = set()
    kept: Headers = []
    for field in headers:
        if field[0] not in dropped:
            kept.append(field)
        elif field[0] == b"connection":
            named |= {part.strip().lower() for part in field[1].split(b",")} - _CONCERNS_NO_OTHER
    return [field for field in kept if field[0] not in named] if named else kept
