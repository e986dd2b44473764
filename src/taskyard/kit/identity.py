"""Who sends a request: verifies its credential, and keeps keys and revocations fresh."""

import asyncio
import contextlib
import math
import time
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import msgspec
from joserfc.jwk import OKPKey, RSAKey

from taskyard.kit import clock
from taskyard.kit.api_keys import KEY_PREFIX, id_of_key
from taskyard.kit.browsers import BrowserSessions
from taskyard.kit.credentials import Credentials
from taskyard.kit.database import Database
from taskyard.kit.forwarding import CLIENT_HEADER, ClientVerifier
from taskyard.kit.principal import LOOKED_UP, Principal
from taskyard.kit.problems import InvalidApiKey, InvalidToken, Unavailable
from taskyard.kit.queries import identity as queries
from taskyard.kit.requests import client_address, header
from taskyard.kit.tokens import KeySet, TokenVerifier, UnknownKey

REVOCATION_CHANNEL = "taskyard:revocations"
"""A hint on this Redis channel makes every process read the revocations again at once."""
ACCESS_TOKEN_LIFETIME = timedelta(minutes=10)
_CLIENT_PATHS = "/oauth/"
"""Where OAuth clients prove who they are by name and secret (RFC 6749, 2.3.1), which is none of our business here."""
_REFRESH_SECONDS = 2.0
_KEY_RELOAD_SECONDS = 0.25
_KEY_REFRESH_SECONDS = 30.0
"""A key is published five minutes before it signs, so every process knows it in time."""


class Identity:
    """The authentication of one process: one key set and one set of revoked sessions."""

    def __init__(
        self,
        database: Database,
        *,
        issuer: str,
        service: str,
        browsers: BrowserSessions | None = None,
        api_keys: Credentials | None = None,
    ) -> None:
        self._database = database
        self._api_keys = api_keys
        self._keys = KeySet()
        self._verifier = TokenVerifier(issuer=issuer, service=service, keys=self._keys)
        self._browsers = browsers
        self._client = ClientVerifier(service=service, keys=self._keys)
        self._keys_read_at = -math.inf
        self._keys_read: object = None
        self._loading = asyncio.Lock()
        self._knows_revocations = False
        self._hint = asyncio.Event()

    async def authenticate(self, scope: Any) -> Principal | None:
        """The caller by the Authorization or X-API-Key header, or else by a cookie; None without.

        Raises InvalidToken, ForeignOrigin, and AddressNotAllowed for an API key outside its networks.
        """
        value, key = header(scope, b"authorization"), header(scope, b"x-api-key")
        if value is None and key is None:
            return None if self._browsers is None else await self._by_cookie(scope, self._browsers)
        if value is not None:
            kind, _, token = value.partition(" ")
            if kind.lower() == "basic" and scope.get("path", "").startswith(_CLIENT_PATHS):
                return None
            if kind.lower() != "bearer" or not token or key is not None:
                raise InvalidToken("One credential is accepted here: a Bearer token, or X-API-Key with an API key.")
            key = token if token.startswith(KEY_PREFIX) else None
        if not self._knows_revocations:
            await self.refresh()
        return await self._verify(token) if key is None else await self._by_key(scope, key)

    async def _verify(self, token: str) -> Principal:
        try:
            return self._verifier.verify(token)
        except UnknownKey:
            await self._learn_keys()
            return self._verifier.verify(token)

    async def _by_cookie(self, scope: Any, browsers: BrowserSessions) -> Principal | None:
        """The caller by a session that only the database knows. Raises ForeignOrigin."""
        if not self._knows_revocations:
            await self.refresh()
        principal = await browsers.authenticate(scope)
        scope[LOOKED_UP] = principal is not None
        return principal

    async def _by_key(self, scope: Any, key: str) -> Principal:
        """The caller by an API key; a typo is refused without asking anybody."""
        if self._api_keys is None:
            raise InvalidApiKey("API keys are accepted by the gateway, which vouches for you to the services.")
        principal = await self._api_keys.find(key, client_address(scope)) if id_of_key(key) else None
        if principal is None:
            raise InvalidApiKey("The API key is malformed, unknown, expired or revoked.")
        scope[LOOKED_UP] = True
        return principal

    async def client_address(self, scope: Any) -> str | None:
        """The client's address as the gateway signed it; None without its word. Raises InvalidToken."""
        signed = header(scope, CLIENT_HEADER)
        if signed is None:
            return None
        try:
            return self._client.address(signed)
        except UnknownKey:
            await self._learn_keys()
            return self._client.address(signed)

    async def refresh(self) -> None:
        """Read the revocations, and every half minute the keys, from the database."""
        since = clock.now() - ACCESS_TOKEN_LIFETIME - timedelta(minutes=1)
        revoked = frozenset(await queries.list_revoked_credentials(self._database, since))
        self._verifier.revoked = revoked
        if self._browsers is not None:
            self._browsers.sessions.revoked = revoked
        if self._api_keys is not None:
            self._api_keys.revoked = revoked
            self._api_keys.versions = await queries.list_changed_credentials(self._database, since)
        self._knows_revocations = True
        async with self._loading:
            if time.monotonic() - self._keys_read_at > _KEY_REFRESH_SECONDS:
                await self._read_keys()

    def hint(self) -> None:
        """Somebody signed out or was revoked: read again now."""
        if self._browsers is not None:
            self._browsers.sessions.forget()
        self._hint.set()

    async def run(self) -> None:
        """Keep revocations fresh: on a hint at once, otherwise every two seconds."""
        while True:
            with contextlib.suppress(Unavailable):
                await self.refresh()
            try:
                async with asyncio.timeout(_REFRESH_SECONDS):
                    await self._hint.wait()
            except TimeoutError:
                continue
            self._hint.clear()

    async def _learn_keys(self) -> None:
        """Read the public keys for a token whose key is not known here, at most four times a second.

        Whoever comes sooner waits its turn, so that a key that was made a moment ago is not refused.
        """
        came_at = time.monotonic()
        async with self._loading:
            if self._keys_read_at < came_at:
                await asyncio.sleep(self._keys_read_at + _KEY_RELOAD_SECONDS - time.monotonic())
                await self._read_keys()

    async def _read_keys(self) -> None:
        self._keys_read_at = time.monotonic()
        signing = await queries.list_signing_keys(self._database)
        services = await queries.list_service_keys(self._database)
        if self._keys_read != (signing, services):
            self._keys_read = (signing, services)
            self._keys.replace(
                access={row[0]: RSAKey.import_key(msgspec.json.decode(row[1])) for row in signing},
                services={row[0]: _ed25519(row[1]) for row in services},
            )


def _ed25519(public_key: bytes) -> OKPKey:
    x = urlsafe_b64encode(public_key).decode().rstrip("=")
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x})
