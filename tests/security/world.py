"""One of everything in a workspace, and every route of the API with an address and a body that fit it.

A new route with a new name in its path needs a line in ``make_world``; one with a new field that must be given, a line
in ``SAMPLE``.
"""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.journeys.passkeys import Keeper
from tests.journeys.people import Someone
from tests.journeys.recipes.task import LATER, SPENT
from tests.journeys.stack import RemoteStack
from tests.security.conftest import Target

NewPerson = Callable[[str], Someone]
OPEN = {
    "/api/v1/auth/register",
    "/api/v1/auth/login",
    "/api/v1/auth/mfa/totp",
    "/api/v1/auth/mfa/recovery",
    "/api/v1/auth/mfa/passkey",
    "/api/v1/auth/mfa/passkey/options",
    "/api/v1/auth/passkey",
    "/api/v1/auth/passkey/options",
    "/api/v1/auth/email/verify",
    "/api/v1/auth/federated",
    "/api/v1/auth/federated/{provider_slug}",
    "/api/v1/auth/federated/{provider_slug}/begin",
    "/api/v1/auth/password/forgot",
    "/api/v1/auth/password/reset",
    "/api/v1/auth/refresh",
    "/.well-known/jwks.json",
    "/api/v1/notification-preferences/unsubscribe",
    "/api/v1/public/projects/{project_id}",
    "/api/v1/public/projects/{project_id}/labels",
    "/api/v1/public/projects/{project_id}/states",
    "/api/v1/public/tasks",
    "/api/v1/public/tasks/{ref}",
    "/api/v1/public/tasks/{ref}/comments",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/oauth/token",
    "/oauth/device_authorization",
    "/oauth/par",
    "/oauth/introspect",
    "/oauth/revoke",
    "/oauth/register",
}
"""Routes for everybody."""
SECRET_FIELD = {"name": "Secret field", "key": "secret", "kind": "text"}
SECRET_ITERATION = {"name": "Secret sprint", "starts_on": "2027-01-01", "ends_on": "2027-01-14"}
SAMPLE: dict[str, Any] = {
    "remind_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    "name": "Mine",
    "starts_on": "2027-01-01",
    "ends_on": "2027-01-14",
    "title": "Mine",
    "body": "Mine",
    "status": "done",
    "role": "member",
    "email": "a@b.example",
    "kind": "blocks",
    "target_id": "0190a000-0000-7000-8000-000000000000",
    "scopes": ["tasks:read"],
    "code": "123456",
    "url": "https://localhost/mine",
    "events": ["*"],
    "provider": "acme",
    "until": "2100-01-01T00:00:00Z",
}

ROLE = {"name": "Secret role", "permissions": ["project_view"]}


RECURRING = {"rule": "FREQ=DAILY", "starts_on": SAMPLE["remind_at"][:10], "task": {"title": "Water the plants"}}


def make_world(someone: NewPerson, owner: Someone | None = None) -> tuple[dict[str, str], set[str]]:
    """A workspace with one of everything: ids by the names routes use, and what nobody else may see."""
    ann, bob = owner or someone("Ann"), someone("Bob")
    workspace = ann.workspace()
    ann.post(f"/workspaces/{workspace['id']}/members", {"email": bob.email, "role": "member"})
    project = ann.project(workspace["id"])
    team = ann.post(f"/workspaces/{workspace['id']}/teams", {"name": "Night shift"})
    body = {"project_id": project["id"], "title": "Secret plan", "assignee_ids": [bob.id]}
    task = ann.post("/tasks", body)
    comment = ann.post(f"/tasks/{task['id']}/comments", {"body": "Secret remark"})
    other = ann.post("/tasks", {"project_id": project["id"], "title": "Secret follow-up"})
    relation = ann.post(f"/tasks/{task['id']}/relations", {"kind": "blocks", "target_id": other["id"]})
    key = ann.post("/api-keys", {"name": "Secret key", "scopes": ["tasks:read"]})
    account = ann.post(f"/workspaces/{workspace['id']}/service-accounts", {"name": "Secret robot"})
    account_key = ann.post(f"/service-accounts/{account['id']}/api-keys", {"name": "k", "scopes": ["tasks:read"]})
    hook = ann.post("/webhooks", {"workspace_id": workspace["id"], "url": "https://localhost/secret", "events": ["*"]})
    ids = {
        "workspace_id": workspace["id"],
        "project_id": project["id"],
        "team_id": team["id"],
        "role_id": ann.post(f"/workspaces/{workspace['id']}/roles", ROLE)["id"],
        "label_id": ann.post(f"/projects/{project['id']}/labels", {"name": "Secret label"})["id"],
        "field_id": ann.post(f"/projects/{project['id']}/fields", SECRET_FIELD)["id"],
        "milestone_id": ann.post(f"/projects/{project['id']}/milestones", {"name": "Secret goal"})["id"],
        "iteration_id": ann.post(f"/projects/{project['id']}/iterations", SECRET_ITERATION)["id"],
        "template_id": ann.post(f"/projects/{project['id']}/templates", {"name": "Secret template"})["id"],
        "state_id": ann.get(f"/projects/{project['id']}/states")["items"][0]["id"],
        "ref": task["id"],
        "task_id": task["id"],
        "comment_id": comment["id"],
        "user_id": bob.id,
        "subject_id": bob.id,
        "session_id": ann.get("/sessions")["items"][0]["id"],
        "invitation_id": project["id"],
        "item_id": ann.post(f"/tasks/{task['id']}/checklist", {"title": "Secret step"})["id"],
        "emoji": "%F0%9F%91%8D",
        "relation_id": relation["id"],
        "entry_id": ann.post(f"/tasks/{task['id']}/time-entries", SPENT)["id"],
        "attachment_id": ann.attach(task["id"], "secret-plan.txt", b"A plan")["id"],
        "grant_id": ann.post(f"/tasks/{task['id']}/grants", {"user_id": bob.id})["id"],
        "reminder_id": ann.post(f"/tasks/{task['id']}/reminders", {"remind_at": SAMPLE["remind_at"]})["id"],
        "view_id": ann.post("/views", {"name": "Shared", "project_id": project["id"], "is_shared": True})["id"],
        "recurrence_id": ann.post("/recurrences", {**RECURRING, "project_id": project["id"]})["id"],
        "change_id": ann.get(f"/tasks/{task['id']}/activity")["items"][0]["id"],
        "export_id": ann.post("/exports", {"workspace_id": workspace["id"]})["id"],
        "import_id": ann.post("/imports", {"project_id": project["id"], "content": "key,title\n1,Secret plan"})["id"],
        "job_id": ann.post("/tasks/bulk", {**LATER, "workspace_id": workspace["id"]}, 202)["id"],
        "key_id": key["id"],
        "account_id": account["id"],
        "account_key_id": account_key["id"],
        "provider_id": project["id"],
        "provider_slug": "acme",
        "identity_id": project["id"],
        "group_role_id": project["id"],
        "status": "done",
        "passkey_id": Keeper(bob).passkey_id,
        "client_id": ann.post("/oauth-clients", {"name": "Secret app", "redirect_uris": ["https://a.example/"]})["id"],
        "notification_id": _notification_of(bob),
        "webhook_id": hook["id"],
        "delivery_id": ann.post(f"/webhooks/{hook['id']}/test", status=202)["id"],
    }
    return ids, {
        *(value for value in ids.values() if len(value) > 8),  # a number may stand in any answer
        ann.id,
        ann.email,
        bob.email,
        "Secret plan",
        "Secret step",
        "secret-plan.txt",
        "Secret follow-up",
        "Secret remark",
        "Night shift",
        "Secret key",
        "Secret role",
        "Secret robot",
        "Secret app",
        "Secret label",
        "Secret field",
        "Secret template",
        "Secret goal",
        "Secret sprint",
        workspace["slug"],
        hook["url"],
    }


def _id_for(ids: dict[str, str], name: str) -> str:
    assert name in ids, f"a route has {{{name}}} in its path: make one in make_world of tests/security/world.py"
    return ids[name]


def _notification_of(person: Someone) -> str:
    for _ in range(100):
        items = person.get("/notifications")["items"]
        if items:
            return str(items[0]["id"])
        time.sleep(0.05)
    raise AssertionError("no notification arrived")


def list_routes(target: RemoteStack, ids: dict[str, str]) -> Iterator[tuple[str, str, str, dict[str, Any] | None]]:
    """Every operation of the document: method, path, the address with our ids, and a body that is valid in form."""
    with target.client() as client:
        document = client.get("/api/v1/openapi.json").json()
    for path, operations in document["paths"].items():
        url = re.sub(r"{(\w+)}", lambda match: _id_for(ids, match[1]), path)
        for method, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            asked = [part for part in operation.get("parameters", ()) if part["in"] == "query" and part.get("required")]
            query = "&".join(f"{part['name']}={ids.get(part['name'], 'Mine')}" for part in asked)
            address = f"{url}?{query}" if query else url
            yield method, path, address, _sample(document, body["schema"], ids) if body else None


def _sample(document: dict[str, Any], schema: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """A body with what must be given: with our ids and samples by name, and for the rest by the form asked for."""
    known = {**SAMPLE, **ids, "key": "EVE", "slug": "eves-own"}
    schema = resolve(document, schema)
    return {
        name: known[name] if name in known else _invented(document, schema["properties"][name])
        for name in schema.get("required", [])
    }


def _invented(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """Something of the form a schema asks for."""
    schema = resolve(document, schema)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    if "properties" in schema:
        return {name: _invented(document, schema["properties"][name]) for name in schema.get("required", [])}
    made = {"string": "Mine", "boolean": True, "integer": 1, "number": 1.0, "array": [], "object": {}}
    if schema.get("type") == "array" and schema.get("minItems"):
        return [_invented(document, schema["items"])]
    return made[schema.get("type", "string")]


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, where it only refers to one."""
    while "$ref" in schema or "oneOf" in schema:
        schema = (
            document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            if "$ref" in schema
            else schema["oneOf"][0]
        )
    return schema


def ask(
    target: Target, method: str, url: str, body: Any, headers: dict[str, str], *, query: dict[str, str] | None = None
) -> httpx.Response:
    with target.client(**headers) as client:
        known = {"workspace_id", "project_id"} & set(query or {})
        answer = client.request(method, url, json=body, params={name: (query or {})[name] for name in known})
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and query:
            answer = client.request(method, url, params={"project_id": query["project_id"]})
    return answer
