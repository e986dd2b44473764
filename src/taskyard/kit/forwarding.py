"""The client's address across a process border: the gateway signs it, so that no other sender can claim one.

A 60-second Ed25519 token in the header ``Taskyard-Client``, for one service, signed with the gateway's own key.
"""

import time

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from taskyard.kit.problems import InvalidToken
from taskyard.kit.tokens import KeySet, UnknownKey, header_of

CLIENT_HEADER = b"taskyard-client"
GATEWAY = "gateway"
_TYPE = "taskyard-client+jwt"
_LIFETIME = 60
_CACHE_SIZE = 10_000


class ClientClaims(msgspec.Struct):
    """Where a request came from, for which service and until when."""

    iss: str
    aud: str
    exp: int
    address: str


class ClientSigner:
    """The gateway's side: signs addresses, and reuses a signature while it has a third of its life left."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key
        self._cache: dict[tuple[str, str], tuple[str, int]] = {}

    def sign(self, audience: str, address: str) -> str:
        """The header's value for one service and one address."""
        now = int(time.time())
        cached = self._cache.get((audience, address))
        if cached is not None and cached[1] - now > _LIFETIME // 3:
            return cached[0]
        expires_at = now + _LIFETIME
        claims = {"iss": GATEWAY, "aud": audience, "exp": expires_at, "address": address}
        token = jwt.encode({"alg": "Ed25519", "typ": _TYPE, "kid": GATEWAY}, claims, self._key, algorithms=["Ed25519"])
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[audience, address] = (token, expires_at)
        return token


class ClientVerifier:
    """A service's side: believes an address only with the gateway's signature on it."""

    def __init__(self, *, service: str, keys: KeySet) -> None:
        self._service = service
        self._keys = keys
        self._cache: dict[str, ClientClaims] = {}

    def address(self, token: str) -> str:
        """The client's address. Raises InvalidToken, or UnknownKey while the gateway's key is not known here."""
        claims = self._cache.get(token)
        if claims is None:
            claims = self._check(token)
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            self._cache[token] = claims
        if claims.exp <= time.time():
            self._cache.pop(token, None)
            raise InvalidToken
        return claims.address

    def _check(self, token: str) -> ClientClaims:
        head = header_of(token)
        key = self._keys.services.get(GATEWAY)
        if key is None:
            raise UnknownKey
        if head.typ != _TYPE or head.alg != "Ed25519" or head.kid != GATEWAY:
            raise InvalidToken
        try:
            claims = msgspec.convert(jwt.decode(token, key, algorithms=["Ed25519"]).claims, ClientClaims)
        except (JoseError, ValueError, msgspec.MsgspecError) as error:
            raise InvalidToken from error
        if claims.iss != GATEWAY or claims.aud != self._service:
            raise InvalidToken
        return claims
