"""06: a client may ask that nothing is shown, or that somebody signs in anew; it gets that, or is told why not."""

import time

import httpx
import pytest

from tests.journeys.people import PASSWORD
from tests.journeys.programs import Program, answer_of


def test_nothing_is_shown_to_a_stranger(app: Program) -> None:
    app.browser.client.cookies.clear()
    assert answer_of(app.ask(prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}])
def test_somebody_signs_in_anew(app: Program, changes: dict[str, str]) -> None:
    time.sleep(1.1)  # the sign-in must be older than no second
    answer = app.ask(**changes)
    assert answer.headers["location"].startswith("/oauth/sign-in?")
    page = app.browser.get(answer.headers["location"])
    arrived = app.browser.send(page, "/oauth/sign-in", email=app.owner.email, password=PASSWORD)
    assert app.browser.get(arrived.headers["location"]).status_code == httpx.codes.OK


def test_coming_back_without_signing_in_is_not_enough(app: Program) -> None:
    time.sleep(1.1)
    page = app.browser.get(app.ask(prompt="login").headers["location"])
    back = page.text.partition('name="return_to" value="')[2].partition('"')[0].replace("&amp;", "&")
    assert app.browser.get(back).headers["location"].startswith("/oauth/sign-in?")
    forged = f"{back.partition('&asked_since')[0]}&asked_since=0&asked_mark=x"
    assert app.browser.get(forged).headers["location"].startswith("/oauth/sign-in?")
