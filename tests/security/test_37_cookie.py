"""37: the session cookie is bound to its host, closed to scripts, new with every sign-in, and dies with its session."""

import time
from collections.abc import Callable

import pytest

from taskyard.auth.pages.forms import Forms
from tests.journeys.browser import Browser
from tests.journeys.people import Someone
from tests.security.conftest import Target

NewPerson = Callable[[str], Someone]


@pytest.mark.parametrize(
    ("url", "prefix", "secure"), [("https://tasks.example", "__Host-", "; Secure"), ("http://localhost:1", "", "")]
)
def test_the_cookie_is_bound_to_its_host(url: str, prefix: str, secure: str) -> None:
    forms = Forms(b"k" * 32, public_url=url)
    cookie = forms.cookie(forms.session_cookie, "value", 60)
    assert cookie == f"{prefix}taskyard-session=value; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age=60"


def test_a_sign_in_makes_a_new_cookie_and_ends_the_one_before(target: Target, someone: NewPerson) -> None:
    ann, browser = someone("Ann"), Browser(target)
    browser.sign_in(ann.email)
    first = browser.cookie
    browser.sign_in(ann.email, "/oauth/sign-in")
    second = browser.cookie
    time.sleep(1)  # every process hears of it within a second
    with target.client() as client:
        answers = [client.get("/api/v1/me", headers={"Cookie": cookie}).status_code for cookie in (first, second)]
    assert (first != second, answers) == (True, [401, 200])
    browser.close()


def test_a_planted_cookie_never_becomes_a_session(target: Target, someone: NewPerson) -> None:
    browser = Browser(target)
    browser.client.cookies.set("taskyard-session", "planted")
    browser.sign_in(someone("Ann").email)
    with target.client(Cookie="taskyard-session=planted") as client:
        assert client.get("/api/v1/me").status_code == 401
    browser.close()


def test_signing_out_ends_the_cookie_everywhere(target: Target, someone: NewPerson) -> None:
    browser = Browser(target)
    browser.sign_in(someone("Ann").email)
    cookie = browser.cookie
    with target.client(Cookie=cookie) as client:
        assert client.get("/api/v1/me").status_code == 200
        browser.send(browser.get("/oauth/sign-out"), "/oauth/sign-out")
        time.sleep(1)
        assert client.get("/api/v1/me").status_code == 401
    browser.close()
