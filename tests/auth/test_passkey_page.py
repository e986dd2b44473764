"""Signing in with a passkey on the pages: what a script sends is checked as the API does."""

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest

from tests.auth.conftest import Auth
from tests.auth.factors import with_totp
from tests.auth.test_passkeys import with_passkey
from tests.auth.visitor import Visitor, text_of

PATH = "/oauth/sign-in/passkey"


@pytest.fixture
async def visitor(auth: Auth) -> AsyncIterator[Visitor]:
    opened = Visitor(auth)
    yield opened
    await opened.close()


def options_in(page: httpx.Response) -> Any:
    [found] = re.findall(r'data-options="([^"]*)"', page.text)
    return json.loads(unescape(found))


async def test_a_passkey_alone_signs_the_browser_in(auth: Auth, visitor: Visitor) -> None:
    ann = await with_passkey(auth)
    page = await visitor.get("/oauth/sign-in", return_to="/oauth/device")
    assert "script-src 'sha256-" in page.headers["content-security-policy"]
    credential = json.dumps(ann.device.sign(options_in(page)))
    answer = await visitor.send(page, PATH, credential=credential)
    assert (answer.status_code, answer.headers["location"]) == (303, "/oauth/device")
    assert (await visitor.get("/api/v1/me")).json()["id"] == ann.id


async def test_a_passkey_is_the_second_step(auth: Auth, visitor: Visitor) -> None:
    ann = await with_passkey(auth)
    page = await visitor.sign_in(ann.email)
    assert (page.status_code, visitor.session) == (200, None)
    wrong = json.dumps(ann.device.sign(options_in(page), origin="http://evil.example"))
    page = await visitor.send(page, PATH, credential=wrong)
    assert (page.status_code, visitor.session) == (401, None)
    answer = await visitor.send(page, PATH, credential=json.dumps(ann.device.sign(options_in(page))))
    assert (answer.status_code, visitor.session is not None) == (303, True)


async def test_who_has_no_passkey_is_asked_for_a_code_without_a_script(auth: Auth, visitor: Visitor) -> None:
    page = await visitor.sign_in((await with_totp(auth)).email)
    assert ("<script" in page.text, "script-src" in page.headers["content-security-policy"]) == (False, False)


async def test_a_wrong_passkey_is_told_and_asked_for_again(auth: Auth, visitor: Visitor) -> None:
    ann = await with_passkey(auth)
    page = await visitor.get("/oauth/sign-in")
    credential = json.dumps(ann.device.sign(options_in(page), origin="http://evil.example"))
    page = await visitor.send(page, PATH, credential=credential)
    assert (page.status_code, visitor.session) == (401, None)
    assert "The passkey is not known here" in text_of(page)
    credential = json.dumps(ann.device.sign(options_in(page)))
    assert (await visitor.send(page, PATH, credential=credential)).status_code == 303


@pytest.mark.parametrize("credential", ["", "{}", "[", '{"id": 1}'])
async def test_what_no_device_signed_is_refused(visitor: Visitor, credential: str) -> None:
    page = await visitor.get("/oauth/sign-in")
    assert (await visitor.send(page, PATH, credential=credential)).status_code == 400
    assert visitor.session is None


@pytest.mark.parametrize("mfa_token", ["nonsense", "x" * 201])
async def test_a_step_of_no_sign_in_is_refused(auth: Auth, visitor: Visitor, mfa_token: str) -> None:
    ann = await with_passkey(auth)
    page = await visitor.get("/oauth/sign-in")
    credential = json.dumps(ann.device.sign(options_in(page)))
    answer = await visitor.send(page, PATH, credential=credential, mfa_token=mfa_token)
    assert (answer.status_code, visitor.session) == (401, None)


async def test_the_sixth_wrong_passkey_ends_the_sign_in(auth: Auth, visitor: Visitor) -> None:
    ann = await with_passkey(auth)
    page = await visitor.sign_in(ann.email)
    for _ in range(6):
        assert "sign_in_ended" not in page.text
        wrong = json.dumps(ann.device.sign(options_in(page), origin="http://evil.example"))
        page = await visitor.send(page, PATH, credential=wrong)
    assert (page.status_code, "sign_in_ended" in page.text) == (401, True)


async def test_a_form_of_another_page_is_refused(auth: Auth, visitor: Visitor) -> None:
    ann = await with_passkey(auth)
    page = await visitor.get("/oauth/sign-in")
    fields = {"credential": json.dumps(ann.device.sign(options_in(page)))}
    assert (await visitor.post(PATH, fields)).status_code == 403
