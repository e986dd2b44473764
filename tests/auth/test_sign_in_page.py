"""Signing in and out with a browser: forms without scripts, a cookie that only our own pages can use."""

import hashlib
import re
from base64 import b64encode
from collections.abc import AsyncIterator

import pytest

from taskyard.auth.actions.login_attempts import PER_ACCOUNT
from taskyard.auth.pages.arrivals import own_path
from taskyard.auth.pages.rendering import _source_of
from taskyard.auth.pages.words import ENGLISH, GERMAN, words_for
from taskyard.kit.database import Database
from tests.auth.conftest import PASSWORD, Auth
from tests.auth.visitor import Visitor, hidden_fields, text_of


@pytest.fixture
async def visitor(auth: Auth) -> AsyncIterator[Visitor]:
    opened = Visitor(auth)
    yield opened
    await opened.close()


async def test_a_person_signs_in_and_out(auth: Auth, visitor: Visitor) -> None:
    person = await auth.register()
    answer = await visitor.sign_in(person["email"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/oauth/sign-in")
    assert person["email"] in text_of(await visitor.get("/oauth/sign-in"))
    assert (await visitor.get("/api/v1/me")).json() == person

    answer = await visitor.send(await visitor.get("/oauth/sign-out"), "/oauth/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/oauth/sign-out")
    assert visitor.session is None
    assert "You are signed out" in text_of(await visitor.get("/oauth/sign-out"))


async def test_the_cookie_is_for_this_browser_alone(auth: Auth, visitor: Visitor) -> None:
    answer = await visitor.sign_in((await auth.register())["email"])
    cookie = answer.headers.get_list("set-cookie")[0]
    assert cookie.startswith("taskyard-session=")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax; Max-Age=7776000")


async def test_the_page_leads_back_where_somebody_came_from(auth: Auth, visitor: Visitor) -> None:
    person = await auth.register()
    answer = await visitor.sign_in(person["email"], return_to="/oauth/device?user_code=ABCD")
    assert answer.headers["location"] == "/oauth/device?user_code=ABCD"


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "/\\evil.example", "oauth", "/a\r\nSet-Cookie: x", "/a\\b", ""]
)
async def test_the_page_leads_nowhere_else(auth: Auth, visitor: Visitor, path: str) -> None:
    person = await auth.register()
    page = await visitor.get("/oauth/sign-in", return_to=path)
    assert hidden_fields(page)["return_to"] == own_path(path) == ""
    fields = {**hidden_fields(page), "return_to": path, "email": person["email"], "password": PASSWORD}
    assert (await visitor.post("/oauth/sign-in", fields)).headers["location"] == "/oauth/sign-in"


@pytest.mark.parametrize("password", ["not the right password", "", "x" * 257])
async def test_a_wrong_password_is_told_on_the_page(auth: Auth, visitor: Visitor, password: str) -> None:
    person = await auth.register()
    answer = await visitor.sign_in(person["email"], password)
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert f'value="{person["email"]}"' in answer.text
    assert password not in answer.text or not password
    assert visitor.session is None


async def test_too_many_guesses_are_told_on_the_page(auth: Auth, visitor: Visitor) -> None:
    person = await auth.register()
    for _ in range(PER_ACCOUNT):
        await visitor.sign_in(person["email"], "not the right password")
    answer = await visitor.sign_in(person["email"])
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Too many failed sign-ins" in text_of(answer)


async def test_signing_in_again_ends_the_session_before(
    auth: Auth, visitor: Visitor, databases: dict[str, Database]
) -> None:
    person = await auth.register()
    await visitor.sign_in(person["email"])
    before = visitor.session
    page = await visitor.get("/oauth/sign-in", return_to="/oauth/sign-in")
    await visitor.send(page, "/oauth/sign-in", email=person["email"], password=PASSWORD)
    assert visitor.session != before
    reasons = await databases["owner"].fetch(
        "SELECT revoked_reason FROM auth.sessions WHERE person_id = $1 ORDER BY created_at", person["id"]
    )
    assert [row[0] for row in reasons] == ["signed_in_again", None]


async def test_only_our_own_forms_count(auth: Auth, visitor: Visitor) -> None:
    person = await auth.register()
    fields = {"email": person["email"], "password": PASSWORD}
    for wrong in ({}, {"form_token": ""}, {"form_token": "x" * 43}):
        answer = await visitor.post("/oauth/sign-in", {**fields, **wrong})
        assert (answer.status_code, "stale_form" in answer.text) == (403, True)
    other = Visitor(auth)
    token = hidden_fields(await other.get("/oauth/sign-in"))["form_token"]
    await visitor.get("/oauth/sign-in")
    assert (await visitor.post("/oauth/sign-in", {**fields, "form_token": token})).status_code == 403
    await other.close()


async def test_a_form_of_another_session_does_not_count(auth: Auth, visitor: Visitor) -> None:
    page = await visitor.get("/oauth/sign-in")
    await visitor.sign_in((await auth.register())["email"])
    assert (await visitor.send(page, "/oauth/sign-out")).status_code == 403


@pytest.mark.parametrize("body", ["email=a&email=b", "email=%ff", "email=%00", "a=1;", "&".join(["a=1"] * 60)])
async def test_forms_that_could_be_read_in_two_ways_are_refused(visitor: Visitor, body: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await visitor.client.post("/oauth/sign-in", content=body, headers=headers)
    assert answer.status_code in {400, 403}


async def test_pages_are_no_json(visitor: Visitor) -> None:
    answer = await visitor.client.post("/oauth/sign-in", json={"email": "a"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")


async def test_pages_allow_one_script_of_ours_and_nobody_elses_resources(visitor: Visitor) -> None:
    page = await visitor.get("/oauth/sign-in")
    policy = page.headers["content-security-policy"]
    [script] = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'sha256-")
    assert policy.endswith("base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
    assert "http" not in page.text.partition("</style>")[2]
    assert page.headers["cache-control"] == "no-store"


async def test_what_somebody_typed_is_only_text(visitor: Visitor) -> None:
    page = await visitor.get("/oauth/sign-in", login_hint='"><script>alert(1)</script>')
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,en;q=0.5", "de"),
        ("fr, de;q=0.3, en;q=0.4", "en"),
        ("fr, de;q=0.5, en;q=0.4", "de"),
        ("de;q=0", "en"),
        ("nonsense;;;", "en"),
    ],
)
def test_pages_speak_the_language_of_the_reader(accepted: str, language: str) -> None:
    assert words_for(accepted)[1] == language
    assert ENGLISH.keys() == GERMAN.keys()


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("https://app.example/cb?x=1", "https://app.example"),
        ("http://127.0.0.1:7/cb", "http://127.0.0.1:7"),
        ("com.example.app:/cb", "com.example.app:"),
        ("https://a;b/", ""),
        ("", ""),
    ],
)
def test_a_policy_names_origins(address: str, source: str) -> None:
    assert _source_of(address) == source
