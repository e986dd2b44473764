"""Both shapes give the same answers: status, headers and bodies, ids and times aside."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.journeys.people import PASSWORD, Someone
from tests.journeys.stack import RemoteStack

NewPerson = Callable[[str], Someone]
TRANSCRIPT = Path(__file__).with_name("transcript.json")
NOT_COMPARED = {"date", "x-request-id", "ratelimit", "x-ratelimit-remaining", "x-ratelimit-reset"}
VARYING = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<instant>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<trace>"),
    (re.compile(r"\b(ann|bob)-[0-9a-f]{8}@"), r"\1@"),
    (re.compile(r"\bacme-[0-9a-f]{8}\b"), "<slug>"),
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"), "<access token>"),
    (re.compile(r'("device_token": )"[^"]+"'), r'\1"<device token>"'),
    (re.compile(r'("refresh_token": )"[^"]+"'), r'\1"<refresh token>"'),
    (re.compile(r'("next_cursor": )"[^"]+"'), r'\1"<cursor>"'),
    (re.compile(r"\b\d{10}:\d+\b"), "<place>"),
    (re.compile(r'("position": )\d+'), r"\1<position>"),
    (re.compile(r'("epoch": )\d+'), r"\1<epoch>"),
]


def test_the_answers_are_those_of_the_other_shape(stack: RemoteStack, someone: NewPerson) -> None:
    """Compare with the recorded transcript; delete the file to record it anew, and read the difference."""
    transcript = tell_the_story(stack, someone("Ann"), someone("Bob"))
    if not TRANSCRIPT.exists():
        TRANSCRIPT.write_text(json.dumps(transcript, indent=1, ensure_ascii=False) + "\n")
    recorded = json.loads(TRANSCRIPT.read_text())
    for told, known in zip(transcript, recorded, strict=True):
        assert told == known


def tell_the_story(stack: RemoteStack, ann: Someone, bob: Someone) -> list[Any]:
    """Everything a first day needs, and what goes wrong on it; each answer without what varies."""
    answers: list[Any] = []

    def say(who: httpx.Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = who.request(method, f"/api/v1{path}", json=body, headers=headers)
        answers.append(normal_form(method, path, answer))
        return answer.json() if answer.content else None

    with stack.client() as nobody:
        say(nobody, "POST", "/auth/login", {"email": ann.email, "password": PASSWORD})
        say(nobody, "POST", "/auth/login", {"email": ann.email, "password": "not the passphrase"})
        say(nobody, "POST", "/auth/register", {"email": ann.email, "password": "short", "name": "Ann"})
        say(nobody, "GET", "/tasks")
        say(nobody, "GET", "/nowhere")
    workspace = ann.workspace()["id"]
    say(ann.client, "GET", "/me")
    say(ann.client, "POST", f"/workspaces/{workspace}/members", {"email": bob.email, "role": "member"})
    say(ann.client, "POST", f"/workspaces/{workspace}/members", {"email": "nobody@example.com", "role": "member"})
    project = say(ann.client, "POST", "/projects", {"workspace_id": workspace, "key": "OPS", "name": "Operations"})[
        "id"
    ]
    say(ann.client, "GET", f"/projects/{project}/states")
    new = {"project_id": project, "title": "Oil the gears", "assignee_ids": [bob.id]}
    task = say(ann.client, "POST", "/tasks", new, **{"Idempotency-Key": "once"})
    say(ann.client, "POST", "/tasks", new, **{"Idempotency-Key": "once"})
    say(ann.client, "POST", "/tasks", {**new, "title": "Other"}, **{"Idempotency-Key": "once"})
    say(ann.client, "POST", "/tasks", {**new, "colour": "red"})
    path = f"/tasks/{task['id']}"
    say(bob.client, "GET", path)
    say(bob.client, "GET", path, **{"If-None-Match": '"1"'})
    say(bob.client, "GET", f"{path}?colour=red")
    say(bob.client, "PATCH", path, {"title": "Oil all the gears"}, **{"If-Match": '"1"'})
    say(ann.client, "PATCH", path, {"title": "Too late"}, **{"If-Match": '"1"'})
    say(ann.client, "POST", f"{path}/transition", {"status": "lost"})
    say(ann.client, "GET", f"/tasks?project_id={project}&limit=1")
    comment = say(bob.client, "POST", f"{path}/comments", {"body": f"@{ann.id}: all of them?"})
    say(bob.client, "POST", f"{path}/comments", {"body": "@0190a000-0000-7000-8000-000000000000"})
    say(ann.client, "PATCH", f"/comments/{comment['id']}", {"body": "Yes"})
    say(bob.client, "PATCH", f"/comments/{comment['id']}", {"body": "All of them."}, **{"If-Match": '"1"'})
    say(ann.client, "GET", f"{path}/comments")
    say(ann.client, "DELETE", f"/comments/{comment['id']}")
    say(ann.client, "DELETE", path)
    say(ann.client, "GET", path)
    say(ann.client, "GET", f"/trash?workspace_id={workspace}")
    say(bob.client, "DELETE", f"/workspaces/{workspace}")
    return answers


def normal_form(method: str, path: str, answer: httpx.Response) -> Any:
    """An answer as it can be compared."""
    headers = {name: value for name, value in answer.headers.items() if name not in NOT_COMPARED}
    headers.pop("content-length", None)
    body = answer.json() if answer.content else None
    text = json.dumps({"request": f"{method} {path}", "status": answer.status_code, "headers": headers, "body": body})
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return json.loads(re.sub(r"(: )(<position>|<epoch>)", r'\1"\2"', text))
