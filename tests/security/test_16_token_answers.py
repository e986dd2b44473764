"""16: nobody keeps an answer of the endpoints of clients, and none is given for reading."""

import pytest

from tests.journeys.programs import Program


@pytest.mark.parametrize("path", ["token", "introspect", "revoke", "par", "device_authorization"])
def test_answers_are_kept_by_nobody(app: Program, path: str) -> None:
    for answer in (app.post(path, token="x"), app.client.post(f"/oauth/{path}", data={"client_id": "x"})):
        assert answer.headers["cache-control"] == "no-store"
    assert app.client.get(f"/oauth/{path}").status_code == 405


def test_tokens_are_kept_by_nobody(app: Program) -> None:
    answer = app.redeem(app.code())
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
