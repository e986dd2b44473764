"""/oauth/passkeys: people with nothing but a browser add a passkey, and are told their recovery codes once."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from taskyard.auth.actions import passkeys
from taskyard.auth.pages.words import ENGLISH
from taskyard.kit import clock
from tests.auth.conftest import ISSUER, Auth
from tests.auth.test_passkey_page import options_in
from tests.auth.visitor import Visitor, hidden_fields, text_of
from tests.journeys.authenticator import Authenticator

PAGE = "/oauth/passkeys"
AGAIN = "/oauth/sign-in?return_to=/oauth/passkeys"


@pytest.fixture
async def browser(auth: Auth) -> AsyncIterator[Visitor]:
    """The browser of somebody who has just signed in."""
    visitor, person = Visitor(auth), await auth.register()
    await visitor.sign_in(person["email"])
    yield visitor
    await visitor.close()


async def add(browser: Visitor, name: str = "Telephone", origin: str = ISSUER) -> httpx.Response:
    page = await browser.get(PAGE)
    credential = json.dumps(Authenticator(ISSUER).create(options_in(page), origin=origin))
    return await browser.send(page, PAGE, name=name, credential=credential)


async def test_the_first_passkey_tells_the_recovery_codes_and_the_next_does_not(auth: Auth, browser: Visitor) -> None:
    first = await add(browser)
    assert (first.status_code, first.text.count("<code>")) == (201, 10)
    assert first.headers["cache-control"] == "no-store"
    assert auth.revocations == 2
    second = await add(browser, "  Key   ring ")
    assert (second.status_code, second.headers["location"]) == (303, PAGE)
    page = await browser.get(PAGE)
    assert "Telephone Key ring" in text_of(page)
    assert "script-src 'sha256-" in page.headers["content-security-policy"]


async def test_it_takes_a_sign_in_of_moments_ago(browser: Visitor) -> None:
    fields = hidden_fields(await browser.get(PAGE))
    clock.travel(timedelta(minutes=6))
    for answer in (await browser.get(PAGE), await browser.post(PAGE, fields)):
        assert (answer.status_code, answer.headers["location"]) == (303, AGAIN)


async def test_strangers_sign_in_first(auth: Auth) -> None:
    stranger = Visitor(auth)
    assert (await stranger.get(PAGE)).headers["location"] == AGAIN
    await stranger.close()


async def test_a_passkey_for_another_site_is_refused_on_the_page(browser: Visitor) -> None:
    answer = await add(browser, origin="http://evil.example")
    assert (answer.status_code, ENGLISH["passkey_refused"] in text_of(answer)) == (422, True)
    assert "Telephone" not in text_of(await browser.get(PAGE))


@pytest.mark.parametrize("credential", ["", "{}", "["])
async def test_what_no_device_made_is_malformed(browser: Visitor, credential: str) -> None:
    answer = await browser.send(await browser.get(PAGE), PAGE, name="Telephone", credential=credential)
    assert answer.status_code == 400


async def test_a_form_from_elsewhere_adds_none(browser: Visitor) -> None:
    page = await browser.get(PAGE)
    credential = json.dumps(Authenticator(ISSUER).create(options_in(page)))
    assert (await browser.post(PAGE, {"name": "Evil", "credential": credential})).status_code == 403


async def test_there_is_an_end_to_passkeys(browser: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    page = await browser.get(PAGE)
    monkeypatch.setattr(passkeys, "MOST", 0)
    full = await browser.get(PAGE)
    assert ("<form" in full.text, "script-src" in full.headers["content-security-policy"]) == (False, False)
    credential = json.dumps(Authenticator(ISSUER).create(options_in(page)))
    answer = await browser.send(page, PAGE, name="One more", credential=credential)
    assert (answer.status_code, ENGLISH["too_many_passkeys"] in text_of(answer)) == (409, True)
