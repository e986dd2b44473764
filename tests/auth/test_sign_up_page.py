"""Signing up with a browser: a form without scripts, for anybody or for the invited."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from taskyard.auth.actions.signing_keys import SigningKeys
from taskyard.auth.pages.words import ENGLISH
from taskyard.kit.database import Database
from tests.auth.conftest import PASSWORD, Auth
from tests.auth.invitations import invite, withdraw
from tests.auth.test_registration import new_account
from tests.auth.visitor import Visitor, text_of

PATH = "/oauth/sign-up"


@pytest.fixture
def owner(databases: dict[str, Database]) -> Database:
    return databases["owner"]


@asynccontextmanager
async def deployment(databases: dict[str, Database], signing: SigningKeys, policy: str) -> AsyncIterator[Visitor]:
    """A browser at a deployment that has addresses proved."""
    auth = Auth(databases["auth"], signing, registration=policy, verifies=True, gateway=databases["gateway"])
    visitor = Visitor(auth)
    yield visitor
    await visitor.close()
    await auth.close()


@pytest.fixture
async def visitor(auth: Auth) -> AsyncIterator[Visitor]:
    opened = Visitor(auth)
    yield opened
    await opened.close()


async def sign_up(visitor: Visitor, *, invitation: str = "", **changes: str) -> httpx.Response:
    page = await visitor.get(PATH, **({"invitation": invitation} if invitation else {}))
    return await visitor.send(page, PATH, **{**new_account(), **changes})


async def test_who_signs_up_is_signed_in(visitor: Visitor) -> None:
    page = await visitor.get("/oauth/sign-in")
    assert f'href="{PATH}"' in page.text
    answer = await sign_up(visitor, email="  ADA.new@example.com ", name="Ada")
    assert (answer.status_code, answer.headers["location"]) == (303, "/oauth/sign-in")
    assert (await visitor.get("/api/v1/me")).json()["email"] == "ADA.new@example.com"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "fourteen chars"}, "A password has 15 to 256 characters."),
        ({"password": "x" * 257}, "A password has 15 to 256 characters."),
        ({"password": "passwordpassword"}, ENGLISH["password_common"]),
        ({"email": "nonsense"}, ENGLISH["email_wrong"]),
        ({"email": f"{'x' * 250}@example.com"}, ENGLISH["email_wrong"]),
        ({"name": "   "}, ENGLISH["name_wrong"]),
        ({"name": "x" * 201}, ENGLISH["name_wrong"]),
    ],
)
async def test_what_does_not_do_is_told_on_the_page(visitor: Visitor, changes: dict[str, str], words: str) -> None:
    answer = await sign_up(visitor, **changes)
    assert (answer.status_code, visitor.session) == (422, None)
    assert words in text_of(answer)
    assert PASSWORD not in answer.text


async def test_an_address_that_is_taken_is_told_on_the_page(auth: Auth, visitor: Visitor) -> None:
    answer = await sign_up(visitor, email=(await auth.register())["email"])
    assert (answer.status_code, visitor.session) == (409, None)
    assert ENGLISH["email_taken"] in text_of(answer)


async def test_a_form_from_elsewhere_opens_no_account(auth: Auth, visitor: Visitor) -> None:
    body = new_account()
    assert (await visitor.post(PATH, body)).status_code == 403
    assert (await auth.post("/auth/register", body)).status_code == 201


async def test_where_addresses_are_proved_nobody_is_signed_in_before(
    databases: dict[str, Database], signing: SigningKeys
) -> None:
    async with deployment(databases, signing, "open") as visitor:
        known = new_account()
        for _ in range(2):
            answer = await sign_up(visitor, email=known["email"])
            assert (answer.status_code, visitor.session) == (200, None)
            assert f"A mail is on its way to {known['email']}" in text_of(answer)


async def test_the_invited_are_signed_in_at_once(
    databases: dict[str, Database], signing: SigningKeys, owner: Database
) -> None:
    email = new_account()["email"]
    secret = await invite(owner, email)
    async with deployment(databases, signing, "invite") as visitor:
        assert PATH not in (await visitor.get("/oauth/sign-in")).text
        assert f'value="{email}" readonly' in (await visitor.get(PATH, invitation=secret)).text
        assert (await sign_up(visitor, invitation=secret, email=email)).status_code == 303
        assert (await visitor.get("/api/v1/me")).json()["email"] == email


async def test_an_invitation_is_for_its_address_and_its_time(
    databases: dict[str, Database], signing: SigningKeys, owner: Database
) -> None:
    email = new_account()["email"]
    secret = await invite(owner, email)
    async with deployment(databases, signing, "invite") as visitor:
        assert (await sign_up(visitor, invitation=secret)).status_code == 422
        page = await visitor.get(PATH, invitation=secret)
        await withdraw(owner, secret)
        answer = await visitor.send(page, PATH, **{**new_account(), "email": email})
        assert (answer.status_code, visitor.session) == (422, None)
        assert "invalid_invitation" in text_of(await visitor.get(PATH, invitation=secret))


@pytest.mark.parametrize(("policy", "code"), [("invite", "invitation_required"), ("closed", "registration_closed")])
async def test_where_not_anybody_signs_up_the_page_says_so(
    databases: dict[str, Database], signing: SigningKeys, policy: str, code: str
) -> None:
    async with deployment(databases, signing, policy) as visitor:
        page = await visitor.get(PATH)
        assert (page.status_code, code in text_of(page)) == (403, True)
