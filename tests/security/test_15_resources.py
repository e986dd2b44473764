"""15: a token is for the API it was asked for, and for no other."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from joserfc import jws
from msgspec import json

from tests.journeys.programs import Program, answer_of


@pytest.mark.parametrize("resource", ["https://unknown.example", "https://", "urn:x", "http://localhost"])
def test_an_unknown_api_is_refused(app: Program, resource: str) -> None:
    assert answer_of(app.ask(resource=resource))["error"] == "invalid_target"


def test_a_token_for_another_api_is_nothing_here(app: Program, make_app: Callable[..., Program]) -> None:
    resource = f"https://api.example/{uuid4().hex}"
    make_app(resource=resource)
    token = app.tokens(resource=resource)["access_token"]
    assert json.decode(jws.extract_compact(token.encode()).payload)["aud"] == resource
    answer = app.client.get("/api/v1/tasks", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
