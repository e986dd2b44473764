"""Where the links in mails lead: pages that change nothing by being opened."""

from collections.abc import AsyncIterator

import pytest

from taskyard.auth.actions.signing_keys import SigningKeys
from taskyard.kit.database import Database
from tests.auth.conftest import PASSWORD, Auth
from tests.auth.letters import token_to
from tests.auth.visitor import Visitor, text_of

VERIFY, RESET = "/oauth/verify-address", "/oauth/reset-password"
NEW = "nine wooden bicycles sing"


@pytest.fixture
async def careful(databases: dict[str, Database], signing: SigningKeys) -> AsyncIterator[Auth]:
    """A deployment with a mail server, and nothing left to send."""
    service = Auth(databases["auth"], signing, verifies=True)
    await databases["owner"].execute("DELETE FROM auth.login_attempts")
    await databases["owner"].execute("DELETE FROM auth.jobs")
    yield service
    await service.close()


@pytest.fixture
async def visitor(careful: Auth) -> AsyncIterator[Visitor]:
    opened = Visitor(careful)
    yield opened
    await opened.close()


async def test_an_address_is_proved_by_a_button_and_not_by_opening_the_link(careful: Auth, visitor: Visitor) -> None:
    person = await careful.register()
    token = await token_to(careful, person["email"])
    page = await visitor.get(VERIFY, token=token)
    assert page.status_code == 200
    assert (await careful.post("/auth/login", {"email": person["email"], "password": PASSWORD})).status_code == 401
    done = await visitor.send(page, VERIFY)
    assert (done.status_code, "is confirmed" in text_of(done)) == (200, True)
    await careful.sign_in(person["email"])
    again = await visitor.send(page, VERIFY)
    assert (again.status_code, "invalid_link" in again.text) == (422, True)


async def test_a_new_password_is_set_by_the_page(careful: Auth, visitor: Visitor) -> None:
    person = await careful.register()
    await token_to(careful, person["email"])
    await careful.post("/auth/password/forgot", {"email": person["email"]})
    page = await visitor.get(RESET, token=await token_to(careful, person["email"]))
    for password, text in (("short", "15 to 256"), ("password123456789", "too easy")):
        refused = await visitor.send(page, RESET, password=password)
        assert (refused.status_code, text in text_of(refused)) == (422, True)
    done = await visitor.send(page, RESET, password=NEW)
    assert (done.status_code, "password is set" in text_of(done)) == (200, True)
    await careful.sign_in(person["email"], NEW)
    for gone in (await visitor.get(RESET, token="x"), await visitor.send(page, RESET, password=NEW)):
        assert (gone.status_code, "invalid_link" in gone.text) == (422, True)


async def test_pages_elsewhere_set_no_password(visitor: Visitor) -> None:
    for path in (VERIFY, RESET):
        answer = await visitor.post(path, {"link": "x", "password": NEW})
        assert (answer.status_code, "stale_form" in answer.text) == (403, True)
