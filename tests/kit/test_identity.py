"""Identity: who a request is from, with keys and revocations read from PostgreSQL."""

import asyncio
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import OKPKey, RSAKey

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.identity import Identity
from taskyard.kit.ids import new_id
from taskyard.kit.keys import Keys, service_key
from taskyard.kit.principal import Principal
from taskyard.kit.problems import InvalidToken
from taskyard.kit.tokens import AssertionSigner

ISSUER = "https://tasks.example"


class Signer:
    """Stands for the auth service: one published key."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048)
        self.kid = new_id()

    async def publish(self, owner: Database) -> None:
        public = msgspec.json.encode(self.key.as_dict(private=False)).decode()
        await owner.execute(
            "INSERT INTO auth.signing_keys VALUES ($1, $2, '', 'retiring', $3, $3)", self.kid, public, clock.now()
        )

    def token(self, session_id: str) -> str:
        now = int(clock.now().timestamp())
        claims = {"iss": ISSUER, "sub": new_id(), "aud": "taskyard-api", "iat": now, "exp": now + 600}
        claims |= {"sid": session_id, "auth_time": now}
        return jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": self.kid}, claims, self.key, algorithms=["RS256"])


def bearing(token: str, kind: str = "Bearer", *more: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"headers": [(b"authorization", f"{kind} {token}".encode()), *more]}


@pytest.fixture
async def signer(databases: dict[str, Database]) -> Signer:
    published = Signer()
    await published.publish(databases["owner"])
    return published


@pytest.fixture
def identity(databases: dict[str, Database]) -> Identity:
    return Identity(databases["task"], issuer=ISSUER, service="task")


async def revoke(owner: Database) -> str:
    """A session that was ended just now."""
    person, session, now = new_id(), new_id(), clock.now()
    await owner.execute(
        "INSERT INTO auth.people (id, email, email_folded, name, created_at, updated_at)"
        " VALUES ($1, $2, $2, '', $3, $3)",
        person,
        person,
        now,
    )
    await owner.execute(
        "INSERT INTO auth.sessions (id, person_id, created_at, last_seen_at, expires_at, revoked_at)"
        " VALUES ($1, $2, $3, $3, $3, $3)",
        session,
        person,
        now,
    )
    return session


async def test_nobody_is_anonymous_not_refused(identity: Identity) -> None:
    assert await identity.authenticate({"headers": []}) is None


async def test_identity_headers_prove_nothing(identity: Identity) -> None:
    forged = [(b"x-user-id", new_id().encode()), (b"x-taskyard-principal", b"admin"), (b"taskyard.principal", b"{}")]
    assert await identity.authenticate({"headers": forged}) is None


@pytest.mark.parametrize(("kind", "token"), [("Basic", "YTpi"), ("Bearer", ""), ("", "x"), ("Bearer", "nonsense")])
async def test_other_credentials_are_refused(identity: Identity, kind: str, token: str) -> None:
    with pytest.raises(InvalidToken):
        await identity.authenticate(bearing(token, kind))


async def test_a_first_burst_of_requests_waits_for_the_keys(identity: Identity, signer: Signer) -> None:
    asked = [identity.authenticate(bearing(signer.token(new_id()))) for _ in range(20)]
    assert all(isinstance(principal, Principal) for principal in await asyncio.gather(*asked))


async def test_a_burst_of_unknown_keys_is_looked_up_once(
    identity: Identity, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await identity.authenticate(bearing(signer.token(new_id())))
    reads = 0

    async def count(_: object) -> list[Any]:
        nonlocal reads
        reads += 1
        return []

    monkeypatch.setattr("taskyard.kit.queries.identity.list_signing_keys", count)
    stranger = Signer()
    burst = [identity.authenticate(bearing(stranger.token(new_id()))) for _ in range(50)]
    refusals = await asyncio.gather(*burst, return_exceptions=True)
    assert all(isinstance(refusal, InvalidToken) for refusal in refusals)
    assert reads <= 2


async def test_a_key_made_a_moment_ago_is_learned(identity: Identity, databases: dict[str, Database]) -> None:
    with pytest.raises(InvalidToken):
        await identity.authenticate(bearing(Signer().token(new_id())))
    fresh = Signer()
    await fresh.publish(databases["owner"])
    assert await identity.authenticate(bearing(fresh.token(new_id()))) is not None


async def test_a_new_process_knows_earlier_revocations(
    identity: Identity, signer: Signer, databases: dict[str, Database]
) -> None:
    session = await revoke(databases["owner"])
    with pytest.raises(InvalidToken):
        await identity.authenticate(bearing(signer.token(session)))


async def test_a_hint_makes_a_revocation_bite_at_once(
    identity: Identity, signer: Signer, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.kit.identity._REFRESH_SECONDS", 60.0)
    running = asyncio.create_task(identity.run())
    await identity.authenticate(bearing(signer.token(new_id())))
    token = signer.token(await revoke(databases["owner"]))
    identity.hint()
    assert await refused_within(identity, token, seconds=1.0)
    running.cancel()


async def test_without_a_hint_a_revocation_is_read_soon(
    identity: Identity, signer: Signer, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.kit.identity._REFRESH_SECONDS", 0.1)
    running = asyncio.create_task(identity.run())
    token = signer.token(await revoke(databases["owner"]))
    assert await refused_within(identity, token, seconds=1.0)
    running.cancel()


async def test_a_service_is_known_by_its_published_key(identity: Identity, master_key: bytes) -> None:
    private = Keys(service_key(master_key, "project")).signing_key()
    key = OKPKey.import_key(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    principal = await identity.authenticate(bearing(AssertionSigner(service="project", key=key).sign("task")))
    assert principal == Principal(id="project", kind="service")


async def refused_within(identity: Identity, token: str, *, seconds: float) -> bool:
    for _ in range(int(seconds / 0.02)):
        try:
            await identity.authenticate(bearing(token))
        except InvalidToken:
            return True
        await asyncio.sleep(0.02)
    return False
