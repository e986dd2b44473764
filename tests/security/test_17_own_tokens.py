"""17: what a client gets for itself is no person's: nothing to refresh, nobody's identity, nobody's account."""

from collections.abc import Callable

from tests.journeys.programs import Program


def test_a_client_acts_for_itself_alone(make_app: Callable[..., Program]) -> None:
    machine = make_app(grant_types=["client_credentials"], redirect_uris=[], scopes=["openid", "account:read"])
    answer = machine.post("token", grant_type="client_credentials").json()
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    assert answer["scope"] == "account:read"
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert {machine.client.get(path, headers=bearer).status_code for path in ("/api/v1/me", "/oauth/userinfo")} == {403}
    wider = machine.post("token", grant_type="client_credentials", scope="openid")
    assert wider.json()["error"] == "invalid_scope"


def test_a_deleted_client_acts_no_more(make_app: Callable[..., Program]) -> None:
    machine = make_app(grant_types=["client_credentials"], redirect_uris=[], scopes=["tasks:read"])
    bearer = {
        "Authorization": f"Bearer {machine.post('token', grant_type='client_credentials').json()['access_token']}"
    }
    assert machine.client.get("/api/v1/tasks", headers=bearer).status_code == 200
    machine.owner.delete(f"/oauth-clients/{machine.id}")
    machine.wait_for_revocation()
    assert machine.client.get("/api/v1/tasks", headers=bearer).status_code == 401
