"""17: what a client gets for itself is no person's: nothing to refresh, nobody's identity, nobody's account."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.journeys.people import Someone
from tests.journeys.programs import Program

ENDS_WITHIN = 1.0
"""Seconds."""


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


class Crew:
    """A workspace with a task, a service account that may see it, and a program that acts as that account."""

    def __init__(self, machine: Program) -> None:
        self.ann, self.machine = machine.owner, machine
        workspace = self.ann.workspace()["id"]
        body = {"project_id": self.ann.project(workspace)["id"], "title": "Fix the lift"}
        self.task = f"/api/v1/tasks/{self.ann.post('/tasks', body)['id']}"
        accounts = f"/workspaces/{workspace}/service-accounts"
        self.account = f"{accounts}/{self.ann.post(accounts, {'name': 'Lift', 'role': 'member'})['id']}"
        self.binding = f"/service-accounts/{self.account.rpartition('/')[2]}/oauth-clients/{machine.id}"

    def bind(self, *scopes: str) -> None:
        answer = self.ann.client.put(f"/api/v1{self.binding}", json={"scopes": scopes})
        assert answer.is_success, answer.text

    def token(self) -> str:
        answer = self.machine.post("token", grant_type="client_credentials")
        return str(answer.json()["access_token"])

    def ask(self, token: str, method: str = "GET", body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.machine.client.request(method, self.task, json=body, headers=headers)


@pytest.fixture
def crew(make_app: Callable[..., Program]) -> Crew:
    """One whose program may ask for two scopes."""
    return Crew(make_app(grant_types=["client_credentials"], redirect_uris=[], scopes=["tasks:read", "tasks:write"]))


def test_a_bound_client_acts_as_its_account_within_its_scopes(crew: Crew) -> None:
    assert crew.ask(crew.token()).status_code == 404  # nobody bound it yet
    crew.bind("tasks:read")
    token = crew.token()
    assert crew.ask(token).status_code == 200
    refused = crew.ask(token, "PATCH", {"title": "Mine"})
    assert (refused.status_code, "tasks:write" in refused.json()["detail"]) == (403, True)
    crew.bind("tasks:read", "tasks:write")
    assert crew.ask(crew.token(), "PATCH", {"title": "Repaired"}).status_code == 200
    history = crew.ann.get(f"{crew.task.removeprefix('/api/v1')}/activity")["items"]
    assert history[0]["actor_id"] == crew.account.rpartition("/")[2]


@pytest.mark.parametrize("end", ["unbind", "disable", "delete", "delete the client"])
def test_it_ends_with_the_account_and_with_the_client(crew: Crew, end: str) -> None:
    crew.bind("tasks:read")
    token = crew.token()
    assert crew.ask(token).status_code == 200
    _end(crew.ann, crew, end)
    deadline = time.monotonic() + ENDS_WITHIN
    while (status := crew.ask(token).status_code) != 401 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert status == 401


def _end(ann: Someone, crew: Crew, end: str) -> None:
    if end == "disable":
        ann.post(f"{crew.account}/disable", status=200)
    else:
        paths = {"unbind": crew.binding, "delete": crew.account}
        ann.delete(paths.get(end, f"/oauth-clients/{crew.machine.id}"))
