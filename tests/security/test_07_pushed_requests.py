"""07: a pushed request is its client's own and leads to one code."""

from collections.abc import Callable

import httpx

from tests.journeys.programs import Program, answer_of


def test_a_pushed_request_is_used_once_and_by_its_client(app: Program, make_app: Callable[..., Program]) -> None:
    request_uri = app.post("par", **app.question()).json()["request_uri"]
    known = {"client_id": app.id, "request_uri": request_uri}
    page = app.browser.get("/oauth/authorize", **known)
    assert "code" in answer_of(app.browser.send(page, "/oauth/consent", decision="allow"))
    refused = [
        app.browser.send(page, "/oauth/consent", decision="allow"),
        app.browser.get("/oauth/authorize", **known),
        app.browser.get("/oauth/authorize", client_id=app.id, request_uri="urn:ietf:params:oauth:request_uri:x"),
        app.browser.get("/oauth/authorize", client_id=app.id, request_uri="https://evil.example/request"),
        app.browser.get("/oauth/authorize", client_id=make_app().id, request_uri=_another(app)),
    ]
    assert [answer.status_code for answer in refused] == [httpx.codes.BAD_REQUEST] * len(refused)
    assert all("invalid_request_uri" in answer.text and "location" not in answer.headers for answer in refused)


def _another(app: Program) -> str:
    return str(app.post("par", **app.question()).json()["request_uri"])
