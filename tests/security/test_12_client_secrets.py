"""12: a client proves who it is, in one way at a time, and never in an address."""

import httpx
import pytest

from tests.journeys.programs import Program


@pytest.mark.parametrize("secret", ["wrong", "", "x" * 1000])
def test_a_wrong_secret_is_refused(app: Program, secret: str) -> None:
    for path in ("token", "introspect", "revoke", "par", "device_authorization"):
        answer = app.client.post(f"/oauth/{path}", data={"client_id": app.id, "client_secret": secret})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic ")


def test_a_secret_in_an_address_is_refused(app: Program) -> None:
    answer = app.client.post("/oauth/token", params=app.proof, data={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_client_with_a_secret_must_send_it(app: Program) -> None:
    answer = app.client.post("/oauth/token", data={"client_id": app.id, "grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_header_and_body_are_both_fine_but_not_at_once(app: Program) -> None:
    proof = httpx.BasicAuth(app.id, app.proof["client_secret"])
    fields = {"grant_type": "refresh_token", "refresh_token": "x"}
    assert app.client.post("/oauth/token", data=fields, auth=proof).json()["error"] == "invalid_grant"
    answer = app.client.post("/oauth/token", data={**fields, **app.proof}, auth=proof)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
