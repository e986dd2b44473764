"""19: what a token is worth is told to its client and its API alone; revoking what is unknown is no news."""

from collections.abc import Callable
from uuid import uuid4

from tests.journeys.programs import Program


def test_a_token_is_worth_nothing_to_others(app: Program, make_app: Callable[..., Program]) -> None:
    resource = f"https://api.example/{uuid4().hex}"
    api, stranger = make_app(resource=resource), make_app()
    tokens = app.tokens(resource=resource)
    told = [client.post("introspect", token=tokens["access_token"]).json() for client in (app, api, stranger)]
    assert [answer["active"] for answer in told] == [True, True, False]
    assert set(told[2]) == {"active"}
    assert stranger.post("introspect", token=tokens["refresh_token"]).json() == {"active": False}


def test_revoking_the_unknown_is_no_news(app: Program, make_app: Callable[..., Program]) -> None:
    tokens = app.tokens()
    for token in ("unknown", "", "a.b.c", tokens["refresh_token"]):
        assert make_app().post("revoke", token=token).status_code == 200
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_a_revoked_token_is_worth_nothing_anywhere(app: Program) -> None:
    tokens = app.tokens()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert app.client.get("/api/v1/tasks", headers=bearer).status_code == 200
    assert app.post("revoke", token=tokens["refresh_token"]).status_code == 200
    app.wait_for_revocation()
    assert app.client.get("/api/v1/tasks", headers=bearer).status_code == 401
    assert app.post("introspect", token=tokens["access_token"]).json() == {"active": False}
