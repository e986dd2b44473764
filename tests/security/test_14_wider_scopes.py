"""14: what was allowed never grows by itself, and a token does what its scopes say and no more."""

from tests.journeys.programs import Program


def test_a_refreshed_token_is_no_wider(app: Program) -> None:
    tokens = app.tokens(scope="offline_access tasks:read")
    wider = app.refresh(tokens["refresh_token"], scope="offline_access tasks:read openid")
    assert (wider.status_code, wider.json()["error"]) == (400, "invalid_scope")
    narrower = app.refresh(tokens["refresh_token"], scope="tasks:read").json()
    assert narrower["scope"] == "tasks:read"


def test_a_token_does_what_its_scopes_say(app: Program) -> None:
    bearer = {"Authorization": f"Bearer {app.tokens(scope='tasks:read')['access_token']}"}
    assert app.client.get("/api/v1/tasks", headers=bearer).status_code == 200
    refused = app.client.get("/api/v1/workspaces", headers=bearer)
    assert (refused.status_code, "workspaces:read" in refused.text) == (403, True)
    for path, body in (("me/mfa/totp", None), ("oauth-clients", {"name": "x"}), ("api-keys", {"name": "x"})):
        assert app.client.post(f"/api/v1/{path}", json=body, headers=bearer).status_code in {403, 422}
