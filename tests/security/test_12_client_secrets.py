"""12: a client proves who it is, in the one way it said, and never in an address."""

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


def test_a_secret_sent_in_another_way_is_refused(app: Program) -> None:
    proof = httpx.BasicAuth(app.id, app.proof["client_secret"])
    answer = app.client.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=proof)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
