"""Signing up with the secret of an invitation: for its address alone, which counts as verified."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from taskyard.auth.actions.signing_keys import SigningKeys
from taskyard.kit import clock
from taskyard.kit.database import Database
from tests.auth.conftest import Auth
from tests.auth.invitations import invite, withdraw
from tests.auth.letters import kinds_to
from tests.auth.test_registration import new_account


@pytest.fixture
async def closed_shop(databases: dict[str, Database], signing: SigningKeys) -> AsyncIterator[Auth]:
    """A deployment that takes the invited alone, and has addresses proved."""
    service = Auth(databases["auth"], signing, registration="invite", verifies=True)
    await databases["owner"].execute("DELETE FROM auth.login_attempts")
    await databases["owner"].execute("DELETE FROM auth.jobs")
    yield service
    await service.close()


@pytest.fixture
def owner(databases: dict[str, Database]) -> Database:
    return databases["owner"]


async def register(auth: Auth, body: dict[str, Any], **changes: Any) -> tuple[int, str]:
    answer = await auth.post("/auth/register", {**body, **changes})
    return answer.status_code, answer.json().get("code", "")


async def test_the_invited_register_and_have_proved_their_address(closed_shop: Auth, owner: Database) -> None:
    body = new_account(email=f"Late-{new_account()['email']}")
    secret = await invite(owner, body["email"])
    assert await register(closed_shop, body, invitation=secret) == (201, "")
    assert await kinds_to(closed_shop, body["email"]) == []
    await closed_shop.sign_in(body["email"])
    assert await owner.fetch_value(
        "SELECT email_verified_at IS NOT NULL AND NOT awaits_verification FROM auth.people WHERE email = $1",
        body["email"],
    )


async def test_everybody_else_is_refused(closed_shop: Auth) -> None:
    assert await register(closed_shop, new_account()) == (403, "invitation_required")


@pytest.mark.parametrize("policy", ["invite", "open"])
async def test_an_invitation_is_for_nobody_else(
    databases: dict[str, Database], signing: SigningKeys, owner: Database, policy: str
) -> None:
    auth, body = Auth(databases["auth"], signing, registration=policy), new_account()
    secret = await invite(owner, new_account()["email"])
    for stolen in (secret, "guessed"):
        assert await register(auth, body, invitation=stolen) == (422, "invalid_invitation")
    await auth.close()


async def test_an_invitation_ends(closed_shop: Auth, owner: Database) -> None:
    body = new_account()
    secret = await invite(owner, body["email"], days=2)
    clock.travel(timedelta(days=3))
    assert await register(closed_shop, body, invitation=secret) == (422, "invalid_invitation")


async def test_an_invitation_makes_one_account(closed_shop: Auth, owner: Database) -> None:
    body = new_account()
    body["invitation"] = await invite(owner, body["email"])
    assert await register(closed_shop, body) == (201, "")
    assert await register(closed_shop, body) == (409, "email_taken")


async def test_one_that_is_withdrawn_while_the_password_is_hashed_is_worth_nothing(
    closed_shop: Auth, owner: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = new_account()
    secret = await invite(owner, body["email"])
    hashing = closed_shop.hasher.hash

    async def hash_slowly(password: str) -> str:
        await withdraw(owner, secret)
        return await hashing(password)

    monkeypatch.setattr(closed_shop.hasher, "hash", hash_slowly)
    assert await register(closed_shop, body, invitation=secret) == (422, "invalid_invitation")


async def test_where_nobody_registers_an_invitation_does_not_help(
    databases: dict[str, Database], signing: SigningKeys, owner: Database
) -> None:
    auth, body = Auth(databases["auth"], signing, registration="closed"), new_account()
    secret = await invite(owner, body["email"])
    assert await register(auth, body, invitation=secret) == (403, "registration_closed")
    await auth.close()
