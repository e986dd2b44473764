"""The keys that sign access tokens, and the secrets that refresh tokens descend from.

A key is published before it signs (next), signs (active), and stays published until its last
token has expired (retiring). The private half is stored encrypted and leaves no process.
"""

import asyncio
import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

import msgspec
from joserfc import jwt
from joserfc.jwk import RSAKey

from taskyard.auth.models import LiveSession
from taskyard.auth.queries import signing_keys as queries
from taskyard.kit import clock
from taskyard.kit.database import Database, Transaction
from taskyard.kit.identity import ACCESS_TOKEN_LIFETIME
from taskyard.kit.ids import new_id
from taskyard.kit.keys import KeyFileError, Keys
from taskyard.kit.sealing import SealBroken, Sealer
from taskyard.kit.tokens import ACCESS_TOKEN_TYPE, API_AUDIENCE

KEY_BITS = 2048
PUBLISHED_BEFORE_USE = timedelta(minutes=5)
"""How long every process has to learn of a key before it signs."""
PUBLISHED_AFTER_USE = ACCESS_TOKEN_LIFETIME + timedelta(minutes=5)


class SigningKeys:
    """Signs access tokens with the active key, of which it keeps a decrypted copy in memory."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._sealer = Sealer(keys.derive("signing-keys"))
        self._refresh_secret = keys.derive("refresh-tokens")
        self._active: RSAKey | None = None
        self._kid = ""

    async def prepare(self) -> None:
        """Make the first keys where there are none, and load the one that signs."""
        if await queries.find_active_key(self._database) is None:
            active, upcoming = await self.new_key(), await self.new_key()
            async with self._database.transaction() as tx:
                await create_first_keys(tx, active, upcoming)
        await self.load()

    async def load(self) -> None:
        """Read the active key again, after somebody rotated. Raises KeyFileError for another master key's work."""
        row = await queries.find_active_key(self._database)
        if row is None:
            raise LookupError("auth.signing_keys has no active key: prepare() makes one")
        kid, encrypted = row
        if kid != self._kid:
            self._active, self._kid = RSAKey.import_key(self._decrypt(kid, encrypted)), kid

    async def new_key(self) -> queries.NewKey:
        """A fresh key, made beside the event loop (a fifth of a second of work)."""
        return await asyncio.to_thread(self._generate)

    def access_token(self, session: LiveSession, *, issuer: str) -> str:
        """An access token of a session (RFC 9068), for ten minutes; that of a client names it and its scopes."""
        now = int(clock.now().timestamp())
        claims: dict[str, object] = {
            "iss": issuer,
            "sub": session.person_id,
            "aud": session.resource or API_AUDIENCE,
            "iat": now,
            "exp": now + int(ACCESS_TOKEN_LIFETIME.total_seconds()),
            "jti": new_id(),
            "sid": session.id,
            "auth_time": int(session.started_at.timestamp()),
            "amr": list(session.methods),
        }
        if session.client_id is not None:
            claims |= {"client_id": session.client_id, "scope": " ".join(session.scopes)}
        if session.account_id is not None:
            claims["service_account_id"] = session.account_id
        return self.sign(claims, ACCESS_TOKEN_TYPE)

    def sign(self, claims: dict[str, object], kind: str) -> str:
        """A signed token of a kind: its ``typ``."""
        if self._active is None:
            raise LookupError("no signing key is loaded")
        header = {"alg": "RS256", "typ": kind, "kid": self._kid}
        return jwt.encode(header, claims, self._active, algorithms=["RS256"])

    def successor_of(self, refresh_token: str) -> str:
        """The refresh token that follows another.

        Always the same, so that a lost answer can be repeated although neither is stored.
        """
        return _text(hmac.digest(self._refresh_secret, refresh_token.encode(), hashlib.sha256))

    def _generate(self) -> queries.NewKey:
        key = RSAKey.generate_key(KEY_BITS)
        kid = key.thumbprint()
        public = {**key.as_dict(private=False), "kid": kid, "alg": "RS256", "use": "sig"}
        private = msgspec.json.encode(key.as_dict(private=True))
        return kid, msgspec.json.encode(public).decode(), self._sealer.seal(private, kid)

    def _decrypt(self, kid: str, encrypted: bytes) -> dict[str, str | list[str]]:
        try:
            private = self._sealer.open(encrypted, kid)
        except SealBroken as error:
            raise KeyFileError("the signing keys were encrypted under another master key") from error
        return msgspec.json.decode(private, type=dict[str, str | list[str]])


def new_refresh_token() -> str:
    """256 random bits."""
    return _text(secrets.token_bytes(32))


def hash_of(refresh_token: str) -> bytes:
    """What is stored of a refresh token; 256 random bits need no slow hash."""
    return hashlib.sha256(refresh_token.encode()).digest()


async def create_first_keys(tx: Transaction, active: queries.NewKey, upcoming: queries.NewKey) -> None:
    """Store the first two keys, unless another process was first."""
    await queries.lock_keys(tx)
    if await queries.find_active_key(tx) is None:
        await queries.insert_key(tx, active, "active", clock.now())
        await queries.insert_key(tx, upcoming, "next", clock.now())


async def rotate_signing_keys(tx: Transaction, fresh: queries.NewKey) -> bool:
    """Let the next key sign and publish a fresh one after it.

    False while the next one is too new, as when another process has just rotated.
    """
    await queries.lock_keys(tx)
    now: datetime = clock.now()
    published = await queries.find_state_since(tx, "next")
    if published is not None and now - published < PUBLISHED_BEFORE_USE:
        return False
    await queries.delete_retired_keys(tx, now - PUBLISHED_AFTER_USE)
    if published is not None:
        await queries.change_state(tx, "active", "retiring", now)
        await queries.change_state(tx, "next", "active", now)
    await queries.insert_key(tx, fresh, "next", now)
    return True


def _text(secret: bytes) -> str:
    return urlsafe_b64encode(secret).decode().rstrip("=")
