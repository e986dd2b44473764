"""Signing in with a browser by an identity provider: a link, a cookie, and the page that somebody came from."""

import time
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.auth.conftest import ISSUER, Auth
from tests.auth.factors import code_of, with_totp
from tests.auth.federation import Federated, newcomer
from tests.auth.visitor import Visitor, text_of


@pytest.fixture
async def browser(auth: Auth) -> AsyncIterator[Visitor]:
    visitor = Visitor(auth)
    yield visitor
    await visitor.close()


def start(acme: Federated) -> str:
    return f"/oauth/sign-in/with/{acme.provider.name}"


async def test_the_page_has_a_button_for_the_provider(acme: Federated, browser: Visitor) -> None:
    page = await browser.get("/oauth/sign-in", return_to="/oauth/device?user_code=AB")
    assert f'href="{start(acme)}?return_to=/oauth/device%3Fuser_code%3DAB"' in page.text
    assert "Sign in with Acme" in text_of(page)


async def test_a_browser_goes_there_and_comes_back_signed_in(acme: Federated, browser: Visitor) -> None:
    sent = await browser.get(start(acme), return_to="/oauth/device")
    assert (sent.status_code, sent.headers["cache-control"]) == (303, "no-store")
    where = sent.headers["location"]
    assert where.startswith(f"{acme.provider.issuer}/authorize?")
    assert parse_qs(urlsplit(where).query)["redirect_uri"] == [f"{ISSUER}{start(acme)}/callback"]
    back = await browser.get(f"{start(acme)}/callback", **acme.provider.answer(where, newcomer()))
    assert (back.status_code, back.headers["location"]) == (303, "/oauth/device")
    assert browser.session
    assert "taskyard-federated" not in browser.client.cookies
    assert "You are signed in" in text_of(await browser.get("/oauth/sign-in"))


async def test_another_browser_is_not_signed_in(auth: Auth, acme: Federated, browser: Visitor) -> None:
    sent = await browser.get(start(acme))
    victim = Visitor(auth)
    answer = acme.provider.answer(sent.headers["location"], newcomer())
    back = await victim.get(f"{start(acme)}/callback", **answer)
    assert (back.status_code, victim.session) == (401, None)
    assert "did not fit" in text_of(back)
    await victim.close()


async def test_who_does_not_want_to_is_back_at_the_form(acme: Federated, browser: Visitor) -> None:
    await browser.get(start(acme), return_to="/oauth/device")
    back = await browser.get(f"{start(acme)}/callback", error="access_denied", error_description="<script>")
    assert (back.status_code, browser.session) == (401, None)
    assert 'value="/oauth/device"' in back.text
    assert "<script>" not in back.text.replace("<script>{", "").partition("<form")[0]


async def test_the_second_factor_follows_on_the_page(auth: Auth, acme: Federated, browser: Visitor) -> None:
    someone, ada = await with_totp(auth), newcomer()
    await auth.database.execute(
        "INSERT INTO identities VALUES ($1, $1, $2, $3, now())", someone.id, acme.provider.issuer, ada
    )
    sent = await browser.get(start(acme), return_to="/oauth/device")
    page = await browser.get(f"{start(acme)}/callback", **acme.provider.answer(sent.headers["location"], ada))
    assert (page.status_code, browser.session) == (200, None)
    done = await browser.send(page, "/oauth/sign-in/code", code=code_of(someone.seed, steps=1))
    assert (done.status_code, done.headers["location"]) == (303, "/oauth/device")


async def test_whoever_signs_in_again_shows_more_than_a_cookie(acme: Federated, browser: Visitor) -> None:
    sent = await browser.get(start(acme))
    assert "prompt" not in sent.headers["location"]
    await browser.get(f"{start(acme)}/callback", **acme.provider.answer(sent.headers["location"], newcomer()))
    again = await browser.get(start(acme))
    assert "prompt=login&max_age=0" in again.headers["location"]


@pytest.mark.parametrize(("minutes", "status"), [(2, 401), (0, 303), (None, 303)])
async def test_a_provider_that_did_not_ask_again_signs_nobody_in_again(
    acme: Federated, browser: Visitor, minutes: int | None, status: int
) -> None:
    ada, at = newcomer(), None if minutes is None else int(time.time()) - 60 * minutes - 1
    sent = await browser.get(start(acme))
    first = await browser.get(f"{start(acme)}/callback", **acme.provider.answer(sent.headers["location"], ada))
    sent = await browser.get(start(acme))
    answer = acme.provider.answer(sent.headers["location"], ada, auth_time=at)
    again = await browser.get(f"{start(acme)}/callback", **answer)
    assert (first.status_code, again.status_code) == (303, status)


async def test_nobody_is_sent_elsewhere_afterwards(acme: Federated, browser: Visitor) -> None:
    sent = await browser.get(start(acme), return_to="//evil.example/")
    back = await browser.get(f"{start(acme)}/callback", **acme.provider.answer(sent.headers["location"], newcomer()))
    assert back.headers["location"] == "/oauth/sign-in"


@pytest.mark.usefixtures("forgetful")
async def test_a_provider_that_is_away_leaves_the_form(acme: Federated, browser: Visitor) -> None:
    acme.provider.document = {"issuer": "https://elsewhere.example"}
    page = await browser.get(start(acme))
    assert (page.status_code, "cannot be reached" in text_of(page)) == (503, True)
    assert (await browser.get("/oauth/sign-in/with/nobody")).status_code == 404
