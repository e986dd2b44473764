"""41: no route of the API tells a stranger, or nobody, about a workspace or lets them change it."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.journeys.people import Someone
from tests.security.conftest import Target

NewPerson = Callable[[str], Someone]
OPEN = {
    "/api/v1/auth/register",
    "/api/v1/auth/login",
    "/api/v1/auth/mfa/totp",
    "/api/v1/auth/mfa/recovery",
    "/api/v1/auth/refresh",
    "/.well-known/jwks.json",
    "/api/v1/notification-preferences/unsubscribe",
}
OWN = {("delete", "/api/v1/sessions"), ("post", "/api/v1/auth/logout")}  # act on the stranger's own session
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
SAMPLE: dict[str, Any] = {
    "remind_at": TOMORROW,
    "name": "Mine",
    "title": "Mine",
    "body": "Mine",
    "status": "done",
    "role": "member",
    "email": "a@b.example",
}


def test_no_route_answers_somebody_who_did_not_sign_in(target: Target, someone: NewPerson) -> None:
    ids, _ = _world(someone)
    open_to_all = [
        (method, path)
        for method, path, url, body in _routes(target, ids)
        if path not in OPEN and _ask(target, method, url, body, {}).status_code != httpx.codes.UNAUTHORIZED
    ]
    assert open_to_all == []


@pytest.mark.parametrize("filtered", [False, True])
def test_no_route_shows_or_changes_a_strangers_workspace(target: Target, someone: NewPerson, *, filtered: bool) -> None:
    ids, secrets = _world(someone)
    headers = {"Authorization": someone("Eve").client.headers["Authorization"]}
    found: list[tuple[object, ...]] = []
    for method, path, url, body in _routes(target, ids):
        if path in OPEN or (method, path) in OWN or "stream" in path:
            continue
        answer = _ask(target, method, url, body, headers, query=ids if filtered and method == "get" else None)
        names = re.findall(r"{(\w+)}", path)
        if names and answer.status_code not in {404, 422}:
            found.append((method, path, answer.status_code))
        shown = {secret for secret in secrets if secret in answer.text} - {ids.get(name) for name in names}
        if shown and answer.is_success:
            found.append((method, path, sorted(str(secret) for secret in shown)))
    assert found == []


def _world(someone: NewPerson) -> tuple[dict[str, str], set[str]]:
    """A workspace with one of everything: ids by the names routes use, and what nobody else may see."""
    ann, bob = someone("Ann"), someone("Bob")
    workspace = ann.workspace()
    ann.post(f"/workspaces/{workspace['id']}/members", {"email": bob.email, "role": "member"})
    project = ann.project(workspace["id"])
    team = ann.post(f"/workspaces/{workspace['id']}/teams", {"name": "Night shift"})
    body = {"project_id": project["id"], "title": "Secret plan", "assignee_ids": [bob.id]}
    task = ann.post("/tasks", body)
    comment = ann.post(f"/tasks/{task['id']}/comments", {"body": "Secret remark"})
    ids = {
        "workspace_id": workspace["id"],
        "project_id": project["id"],
        "team_id": team["id"],
        "state_id": ann.get(f"/projects/{project['id']}/states")["items"][0]["id"],
        "ref": task["id"],
        "task_id": task["id"],
        "comment_id": comment["id"],
        "reminder_id": ann.post(f"/tasks/{task['id']}/reminders", {"remind_at": TOMORROW})["id"],
        "user_id": bob.id,
        "subject_id": bob.id,
        "session_id": ann.get("/sessions")["items"][0]["id"],
        "invitation_id": project["id"],
        "notification_id": _notification_of(bob),
    }
    return ids, {
        *ids.values(),
        ann.id,
        ann.email,
        bob.email,
        "Secret plan",
        "Secret remark",
        "Night shift",
        workspace["slug"],
    }


def _notification_of(person: Someone) -> str:
    for _ in range(100):
        items = person.get("/notifications")["items"]
        if items:
            return str(items[0]["id"])
        time.sleep(0.05)
    raise AssertionError("no notification arrived")


def _routes(target: Target, ids: dict[str, str]) -> Iterator[tuple[str, str, str, dict[str, Any] | None]]:
    """Every operation of the document: method, path, the address with our ids, and a body that is valid in form."""
    with target.client() as client:
        document = client.get("/api/v1/openapi.json").json()
    for path, operations in document["paths"].items():
        url = re.sub(r"{(\w+)}", lambda match: ids[match[1]], path)
        for method, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            yield method, path, url, _sample(document, body["schema"], ids) if body else None


def _sample(document: dict[str, Any], schema: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    values = {**SAMPLE, **ids, "key": "EVE", "slug": "eves-own"}
    return {
        name: values[name] for name in schema["properties"] if name in schema.get("required", []) and name in values
    }


def _ask(
    target: Target, method: str, url: str, body: Any, headers: dict[str, str], *, query: dict[str, str] | None = None
) -> httpx.Response:
    with target.client(**headers) as client:
        known = {"workspace_id", "project_id"} & set(query or {})
        answer = client.request(method, url, json=body, params={name: (query or {})[name] for name in known})
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and query:
            answer = client.request(method, url, params={"project_id": query["project_id"]})
    return answer
