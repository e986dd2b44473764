"""An answer on its way out: JSON, a status and a few headers, which is all that our handlers give.

Litestar's own response can do more (cookies, background work, other encodings) and costs 60 us more a request.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

from taskyard.kit.asgi import Headers, Receive, Scope, Send

T = TypeVar("T")

encode_json = msgspec.json.Encoder().encode
_BODILESS = frozenset({204, 304})
_JSON = b"application/json"


class JsonResponse(Response[T]):
    """A value to be encoded as JSON, or bytes that are encoded already."""

    __slots__ = ()

    def __init__(
        self,
        content: T,
        *,
        status_code: int | None = None,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        **_: object,
    ) -> None:
        self.content = content
        self.status_code = status_code
        self.headers = dict(headers or {})
        self.media_type = media_type
        self.cookies = []
        self.background = None

    def to_asgi_response(  # type: ignore[override] # fewer parameters, and the rest by name
        self,
        app: None,  # noqa: ARG002 - Litestar's signature
        request: Request[Any, Any, Any],  # noqa: ARG002 - as above
        *,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        status_code: int | None = None,
        **_: object,
    ) -> "_Encoded":
        """Encode it; what the handler's declaration says counts where this answer says nothing."""
        status = self.status_code or status_code or 200
        given = {**headers, **self.headers} if headers else self.headers
        fields = [(name.lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in given.items()]
        if status in _BODILESS:
            return _Encoded(status, fields, b"")
        kind = self.media_type or media_type
        fields.append((b"content-type", str(kind).encode("latin-1") if kind else _JSON))
        body = self._body(is_text=str(kind).startswith("text/"))
        fields.append((b"content-length", b"%d" % len(body)))
        return _Encoded(status, fields, body)

    def _body(self, *, is_text: bool) -> bytes:
        content: object = self.content
        if isinstance(content, bytes):
            return content
        return content.encode() if is_text and isinstance(content, str) else encode_json(content)


class _Encoded:
    """The two messages of a whole answer."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self._status = status
        self._headers = headers
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI calls it
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})
