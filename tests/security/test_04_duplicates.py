"""04: what is there twice could be read in two ways, and so is refused."""

from urllib.parse import urlencode

import pytest

from tests.journeys.programs import Program

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "scope", "code_challenge", "unknown"])
def test_a_request_with_two_of_a_kind_is_refused(app: Program, name: str) -> None:
    query = urlencode([*app.question(unknown="x").items(), (name, "https://evil.example/")])
    answer = app.browser.client.get(f"/oauth/authorize?{query}")
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize("path", ["token", "revoke", "introspect", "par", "device_authorization"])
def test_so_are_forms_of_clients(app: Program, path: str) -> None:
    body = urlencode([*app.proof.items(), ("token", "a"), ("token", "b")])
    answer = app.client.post(f"/oauth/{path}", content=body, headers=FORM)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_two_resources_are_one_that_nobody_knows(app: Program) -> None:
    query = urlencode([*app.question().items(), ("resource", "https://a.example"), ("resource", "https://b.example")])
    answer = app.browser.client.get(f"/oauth/authorize?{query}")
    assert "error=invalid_target" in answer.headers["location"]
