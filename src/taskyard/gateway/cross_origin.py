"""Which pages of other origins may read an answer (the Fetch standard).

Those of the origins in the settings, and at the endpoints of OAuth those of programs that run in a browser. Nobody of
another origin is let in by a cookie: no such page may read an answer to a request with one. What a server publishes of
itself (RFC 8414, RFC 7517) and what is public anybody reads.
"""

from collections.abc import Awaitable, Callable, Sequence

from taskyard.gateway.routes import PUBLIC_PREFIX
from taskyard.kit.asgi import Headers
from taskyard.kit.cors import ANYBODY, cors_headers

_PUBLISHED = frozenset(
    {
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource",
        "/.well-known/jwks.json",
    }
)
_FOR_CLIENTS = frozenset({"/oauth/token", "/oauth/userinfo", "/oauth/revoke", "/oauth/par"})
"""What a client without a secret calls. Introspection takes a secret, and no browser keeps one."""
_LONGEST = 300
_NOBODY: Headers = []


class CrossOrigin:
    """Decides by the origin that a browser says a page has; ``is_of_client`` looks an origin up."""

    def __init__(self, own: bytes, allowed: Sequence[str], is_of_client: Callable[[str], Awaitable[bool]]) -> None:
        self.own = own
        self._allowed = {text.encode(): cors_headers(text.encode(), with_cookies=False) for text in allowed}
        self._allowed[own] = cors_headers(own, with_cookies=True)
        self._is_of_client = is_of_client

    def headers_for(self, path: str, origin: bytes | None) -> Headers:
        """What lets a page read an answer, as far as no look-up is needed."""
        if path in _PUBLISHED or path.startswith(PUBLIC_PREFIX):
            return ANYBODY
        return _NOBODY if origin is None else self._allowed.get(origin, _NOBODY)

    async def headers_for_client(self, path: str, origin: bytes | None) -> Headers:
        """What lets the page of a public client read an answer that is for it: its redirect address has that origin."""
        if origin is None or path not in _FOR_CLIENTS or not origin.isascii() or len(origin) > _LONGEST:
            return _NOBODY
        return cors_headers(origin, with_cookies=False) if await self._is_of_client(origin.decode()) else _NOBODY
