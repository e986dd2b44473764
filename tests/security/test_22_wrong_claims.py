"""21, 22, 24, 25: a token that our own key signed with wrong claims is refused, and that key is told to nobody."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from taskyard.kit.ids import new_id
from taskyard.kit.keys import Keys, load_master_key, service_key
from taskyard.kit.sealing import Sealer
from tests.journeys.people import Someone
from tests.journeys.scanner import owner_url
from tests.security.conftest import Target, any_address

NewPerson = Callable[[str], Someone]
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
"""The members of a JWK that are nobody else's (RFC 7518)."""


class Forge:
    """Whoever has got hold of the signing key: what they sign differs from a genuine token by its claims alone."""

    def __init__(self, target: Target, genuine: str) -> None:
        self.kid, sealed = asyncio.run(_stored_key(target))
        keys = Keys(service_key(load_master_key(target.home / "master.key"), "auth"))
        private = Sealer(keys.derive("signing-keys")).open(sealed, self.kid)
        self._key = RSAKey.import_key(msgspec.json.decode(private, type=dict[str, str | list[str]]))
        self.claims: dict[str, Any] = dict(jwt.decode(genuine, self._key, algorithms=["RS256"]).claims)

    def sign(self, changes: dict[str, object], *without: str, typ: str = "at+jwt") -> str:
        """A token with other claims."""
        claims = {name: value for name, value in (self.claims | changes).items() if name not in without}
        header = {"alg": "RS256", "typ": typ, "kid": self.kid}
        return jwt.encode(header, claims, self._key, algorithms=["RS256"])


async def _stored_key(target: Target) -> tuple[str, bytes]:
    connection = await asyncpg.connect(owner_url(target.home))
    try:
        row = await connection.fetchrow(
            "SELECT kid, private_key_encrypted FROM auth.signing_keys WHERE state = 'active'"
        )
    finally:
        await connection.close()
    assert row is not None
    return row[0], row[1]


@pytest.fixture
def forge(target: Target, someone: NewPerson) -> Forge:
    return Forge(target, someone("Ann").client.headers["Authorization"].removeprefix("Bearer "))


def test_wrong_claims_are_refused_at_every_door(target: Target, forge: Forge) -> None:
    ports = range(target.port, target.port + (5 if target.shape == "split" else 1))
    paths = ("/me", "/me", "/tasks", "/projects", "/notifications")
    doors = [(port, path) for port, path in zip(ports, paths, strict=False)]
    believed = [
        (port, name) for port, path in doors for name, token in _wrong(forge) if _status(port, path, token) != 401
    ]
    assert believed == []
    assert {_status(port, path, forge.sign({"jti": new_id()})) for port, path in doors} == {200}


def _wrong(forge: Forge) -> Iterator[tuple[str, str]]:
    now = int(time.time())
    changes: dict[str, dict[str, object]] = {
        "other issuer": {"iss": "https://elsewhere.example"},
        "issuer with a slash more": {"iss": f"{forge.claims['iss']}/"},
        "other audience": {"aud": "https://elsewhere.example"},
        "no audience of ours among many": {"aud": ["a", "b"]},
        "expired": {"exp": now - 1, "iat": now - 700},
        "not yet": {"nbf": now + 3_600},
        "issued in the future": {"iat": now + 3_600, "exp": now + 7_200},
        "expiry as text": {"exp": str(now + 600)},
        "nobody": {"sub": "nobody"},
        "no session": {"sid": "none"},
        "scopes as a list": {"scope": ["tasks:read"]},
    }
    yield from ((name, forge.sign(change)) for name, change in changes.items())
    for name in ("iss", "sub", "aud", "exp", "iat", "sid", "auth_time"):
        yield f"without {name}", forge.sign({}, name)
    yield "ID token", forge.sign({}, typ="JWT")
    yield "over 8 KB", forge.sign({"padding": "x" * 8_200})


def test_the_key_that_signs_is_told_to_nobody(target: Target, forge: Forge) -> None:
    with target.client() as client:
        keys = client.get("/.well-known/jwks.json").json()["keys"]
    assert forge.kid in {key["kid"] for key in keys}
    assert [sorted(PRIVATE & key.keys()) for key in keys] == [[]] * len(keys)


def _status(port: int, path: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": any_address()}
    return httpx.get(f"http://127.0.0.1:{port}/api/v1{path}", headers=headers).status_code
