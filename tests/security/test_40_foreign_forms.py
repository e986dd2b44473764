"""40: what another site makes a browser send with its cookie changes nothing."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.journeys.browser import SAME_ORIGIN, Browser
from tests.journeys.people import Someone
from tests.security.conftest import Target

NewPerson = Callable[[str], Someone]
FOREIGN = [
    {},
    {"Origin": "null"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-site"},
    {"Referer": "http://localhost/"},
]


@pytest.fixture
def browser(target: Target, someone: NewPerson) -> Iterator[Browser]:
    opened = Browser(target)
    opened.sign_in(someone("Ann").email)
    yield opened
    opened.close()


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_foreign_pages_change_nothing(browser: Browser, headers: dict[str, str], method: str) -> None:
    for path in ("/api/v1/workspaces", "/api/v1/sessions", "/oauth/sign-out"):
        answer = browser.client.request(method, path, headers=headers, json={"name": "x", "slug": "xxx"})
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert browser.get("/api/v1/me").status_code == 200


def test_our_own_pages_do(target: Target, browser: Browser) -> None:
    origin = f"http://localhost:{target.port}"
    for headers in (SAME_ORIGIN, {"Origin": origin}):
        answer = browser.client.patch("/api/v1/me", json={"locale": "de"}, headers=headers)
        assert answer.status_code == 200


def test_a_form_without_its_token_signs_nobody_out(browser: Browser) -> None:
    answer = browser.client.post("/oauth/sign-out", data={"form_token": "x"}, headers=SAME_ORIGIN)
    assert (answer.status_code, browser.get("/api/v1/me").status_code) == (403, 200)


def test_foreign_pages_open_no_websocket(target: Target, browser: Browser) -> None:
    address = f"ws://127.0.0.1:{target.port}/api/v1/ws"
    for headers in ({}, {"Origin": "https://evil.example"}):
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(address, additional_headers={"Cookie": browser.cookie, **headers}),
        ):
            pass
        assert refused.value.response.status_code == httpx.codes.FORBIDDEN
    own = {"Cookie": browser.cookie, "Origin": f"http://localhost:{target.port}"}
    with connect(address, additional_headers=own):
        pass


def test_a_service_takes_no_cookie(target: Target, browser: Browser) -> None:
    if target.shape != "split":
        return
    for port in range(target.port + 1, target.port + 5):
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Cookie": browser.cookie}) as client:
            assert client.get("/api/v1/me").status_code in {401, 404}
