"""/oauth/identities: people with nothing but a browser link what they are elsewhere, and unlink it."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import httpx
import pytest

from taskyard.kit import clock
from tests.auth.conftest import Auth
from tests.auth.federation import Federated, newcomer
from tests.auth.visitor import Visitor, hidden_fields, text_of

PAGE = "/oauth/identities"
AGAIN = "/oauth/sign-in?return_to=/oauth/identities"


@pytest.fixture
async def browser(auth: Auth) -> AsyncIterator[Visitor]:
    """The browser of somebody who has just signed in."""
    visitor, person = Visitor(auth), await auth.register()
    await visitor.sign_in(person["email"])
    yield visitor
    await visitor.close()


async def begin(browser: Visitor, acme: Federated) -> httpx.Response:
    """The page that shows the way to the provider."""
    token = hidden_fields(await browser.get(PAGE))["form_token"]
    return await browser.post(f"{PAGE}/link", {"form_token": token, "provider": acme.provider.name})


async def link(browser: Visitor, acme: Federated, subject: str) -> httpx.Response:
    """Go to the provider, and come back as somebody."""
    page = await begin(browser, acme)
    return await come_back(browser, acme, page, subject)


async def come_back(browser: Visitor, acme: Federated, page: httpx.Response, subject: str) -> httpx.Response:
    [address] = re.findall(r'<a class="second" href="([^"]+)"', page.text)
    answer = acme.provider.answer(unescape(address), subject)
    return await browser.get(f"/oauth/sign-in/with/{acme.provider.name}/callback", **answer)


async def test_an_identity_is_linked_and_signs_in(acme: Federated, browser: Visitor) -> None:
    ada, before = newcomer(), browser.session
    assert 'href="/oauth/identities"' in (await browser.get("/oauth/sign-in")).text
    assert "no account elsewhere yet" in text_of(await browser.get(PAGE))
    linked = await link(browser, acme, ada)
    assert (linked.status_code, linked.headers["location"], browser.session) == (303, PAGE, before)
    assert "Unlink Acme" in text_of(await browser.get(PAGE))
    assert (await acme.sign_in(ada)).status_code == 200


async def test_an_identity_is_unlinked(acme: Federated, browser: Visitor) -> None:
    await link(browser, acme, newcomer())
    page = await browser.get(PAGE)
    [identity] = re.findall(r'name="identity_id" value="([^"]+)"', page.text)
    fields = {"form_token": hidden_fields(page)["form_token"], "identity_id": identity}
    gone = await browser.post(f"{PAGE}/unlink", fields)
    assert (gone.status_code, gone.headers["location"]) == (303, PAGE)
    assert (await browser.post(f"{PAGE}/unlink", fields)).status_code == 404


async def test_the_last_way_in_stays(auth: Auth, acme: Federated) -> None:
    browser, start = Visitor(auth), f"/oauth/sign-in/with/{acme.provider.name}"
    sent = await browser.get(start)
    await browser.get(f"{start}/callback", **acme.provider.answer(sent.headers["location"], newcomer()))
    page = await browser.get(PAGE)
    [identity] = re.findall(r'name="identity_id" value="([^"]+)"', page.text)
    refused = await browser.send(page, f"{PAGE}/unlink", identity_id=identity)
    assert (refused.status_code, "Set a password first" in text_of(refused)) == (409, True)
    await browser.close()


async def test_what_belongs_to_somebody_is_not_linked(acme: Federated, browser: Visitor) -> None:
    ada = newcomer()
    await acme.sign_in(ada)
    refused = await link(browser, acme, ada)
    assert (refused.status_code, "belongs to an account" in text_of(refused)) == (409, True)


async def test_a_page_elsewhere_links_nothing(acme: Federated, browser: Visitor) -> None:
    assert (await browser.post(f"{PAGE}/link", {"provider": acme.provider.name})).status_code == 403
    assert (await browser.get(f"{PAGE}/link")).status_code == 405


async def test_another_session_links_nothing(auth: Auth, acme: Federated, browser: Visitor) -> None:
    page, other, person = await begin(browser, acme), Visitor(auth), await auth.register()
    await other.sign_in(person["email"])
    other.client.cookies.set("taskyard-federated", browser.client.cookies["taskyard-federated"])
    assert (await come_back(other, acme, page, newcomer())).status_code == 401
    await other.close()


@pytest.mark.usefixtures("forgetful")
async def test_a_provider_that_is_away_leaves_the_page(acme: Federated, browser: Visitor) -> None:
    acme.provider.document = {"issuer": "https://elsewhere.example"}
    page = await begin(browser, acme)
    assert (page.status_code, "cannot be reached" in text_of(page)) == (503, True)


async def test_a_sign_in_of_moments_ago_is_asked_for(
    acme: Federated, browser: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await link(browser, acme, newcomer())
    way, page, later = await begin(browser, acme), await browser.get(PAGE), clock.now() + timedelta(minutes=6)
    monkeypatch.setattr("taskyard.auth.permissions.clock.now", lambda: later)
    token = hidden_fields(page)["form_token"]
    asked = [
        await browser.post(f"{PAGE}/link", {"form_token": token, "provider": acme.provider.name}),
        await browser.post(f"{PAGE}/unlink", {"form_token": token, "identity_id": "x"}),
        await come_back(browser, acme, way, newcomer()),
    ]
    assert [answer.headers["location"] for answer in asked] == [AGAIN] * 3


async def test_nobody_is_shown_anything_without_signing_in(auth: Auth) -> None:
    stranger = Visitor(auth)
    assert (await stranger.get(PAGE)).headers["location"] == AGAIN
    page = await stranger.get("/oauth/sign-in")
    for path in ("link", "unlink"):
        assert (await stranger.send(page, f"{PAGE}/{path}")).headers["location"] == AGAIN
    await stranger.close()


async def test_whose_address_is_known_is_led_to_linking(auth: Auth, acme: Federated) -> None:
    browser, person, start = Visitor(auth), await auth.register(), f"/oauth/sign-in/with/{acme.provider.name}"
    sent = await browser.get(start)
    answer = acme.provider.answer(sent.headers["location"], newcomer(), email=person["email"])
    page = await browser.get(f"{start}/callback", **answer)
    assert (page.status_code, hidden_fields(page)["return_to"]) == (409, PAGE)
    await browser.close()
