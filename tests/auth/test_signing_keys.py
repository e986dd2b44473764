"""Signing keys: one set for all processes, rotated without a failed request, unreadable in a dump."""

import asyncio
from datetime import timedelta

import pytest

from taskyard.auth.actions.signing_keys import PUBLISHED_AFTER_USE, PUBLISHED_BEFORE_USE, SigningKeys
from taskyard.auth.jobs import rotate_keys
from taskyard.auth.models import LiveSession
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.keys import KeyFileError, Keys, service_key
from taskyard.kit.tokens import header_of
from tests.auth.conftest import ISSUER, Auth


def signing_keys(databases: dict[str, Database], master: bytes) -> SigningKeys:
    return SigningKeys(databases["auth"], Keys(service_key(master, "auth")))


async def states(databases: dict[str, Database]) -> list[str]:
    rows = await databases["owner"].fetch("SELECT state FROM auth.signing_keys ORDER BY created_at, state")
    return [row[0] for row in rows]


@pytest.fixture(autouse=True)
async def no_keys(databases: dict[str, Database]) -> None:
    await databases["owner"].execute("DELETE FROM auth.signing_keys")


async def test_processes_that_start_together_agree_on_one_key(
    databases: dict[str, Database], master_key: bytes
) -> None:
    started = [signing_keys(databases, master_key) for _ in range(4)]
    await asyncio.gather(*(keys.prepare() for keys in started))
    assert await states(databases) == ["active", "next"]
    session = LiveSession(new_id(), new_id(), clock.now())
    assert len({header_of(keys.access_token(session, issuer=ISSUER)).kid for keys in started}) == 1


async def test_rotation_under_way_fails_no_request(
    auth: Auth, databases: dict[str, Database], signing: SigningKeys
) -> None:
    _, tokens = await auth.someone()
    kids = {header_of(tokens["access_token"]).kid}
    for _ in range(2):
        clock.travel(PUBLISHED_BEFORE_USE)
        await rotate_keys(databases["auth"], signing)
        assert (await auth.send("GET", "/me", token=tokens["access_token"])).status_code == 200
        tokens = (await auth.post("/auth/refresh", {"refresh_token": tokens["refresh_token"]})).json()
        assert (await auth.send("GET", "/me", token=tokens["access_token"])).status_code == 200
        kids.add(header_of(tokens["access_token"]).kid)
    assert len(kids) == 3


async def test_a_key_signs_only_after_everybody_can_know_it(
    databases: dict[str, Database], signing: SigningKeys
) -> None:
    await rotate_keys(databases["auth"], signing)
    assert await states(databases) == ["active", "next"]


async def test_a_key_is_published_until_its_last_token_has_expired(
    databases: dict[str, Database], signing: SigningKeys
) -> None:
    clock.travel(PUBLISHED_BEFORE_USE)
    await rotate_keys(databases["auth"], signing)
    assert sorted(await states(databases)) == ["active", "next", "retiring"]
    clock.travel(PUBLISHED_AFTER_USE + timedelta(seconds=1))
    await rotate_keys(databases["auth"], signing)
    assert sorted(await states(databases)) == ["active", "next", "retiring"]


async def test_a_lost_next_key_is_made_again(databases: dict[str, Database], signing: SigningKeys) -> None:
    await databases["owner"].execute("DELETE FROM auth.signing_keys WHERE state = 'next'")
    await rotate_keys(databases["auth"], signing)
    assert await states(databases) == ["active", "next"]


async def test_the_key_set_shows_public_halves_only(auth: Auth) -> None:
    answer = await auth.client.get("/.well-known/jwks.json")
    assert answer.status_code == 200
    keys = answer.json()["keys"]
    assert len(keys) == 2
    assert all(set(key) == {"kty", "n", "e", "kid", "alg", "use"} for key in keys)


async def test_another_master_key_does_not_open_the_private_keys(
    databases: dict[str, Database], master_key: bytes
) -> None:
    await signing_keys(databases, master_key).prepare()
    with pytest.raises(KeyFileError, match="another master key"):
        await signing_keys(databases, b"x" * 32).prepare()


async def test_nothing_is_signed_without_a_key(databases: dict[str, Database], master_key: bytes) -> None:
    keys = signing_keys(databases, master_key)
    with pytest.raises(LookupError):
        await keys.load()
    with pytest.raises(LookupError):
        keys.access_token(LiveSession(new_id(), new_id(), clock.now()), issuer=ISSUER)
