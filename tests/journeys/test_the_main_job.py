"""The story Taskyard exists for: somebody gives a colleague a task, and the colleague learns of it at once."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from tests.journeys.people import Someone
from tests.journeys.stack import RemoteStack
from tests.journeys.stream import Stream

NewPerson = Callable[[str], Someone]


def take_in(ann: Someone, workspace_id: str, colleague: Someone) -> None:
    """Make somebody a member, who is told so at once and has dealt with it."""
    with Stream(colleague) as stream:
        ann.post(f"/workspaces/{workspace_id}/members", {"email": colleague.email, "role": "member"})
        event = stream.wait_for("notification.created.v1")
    assert event["data"]["reason"] == "invited"
    colleague.post(f"/notifications/{event['data']['id']}/archive", status=200)


def test_a_colleague_sees_the_notification_arrive_live(someone: NewPerson) -> None:
    ann, bob = someone("Ann"), someone("Bob")
    workspace = ann.workspace()
    take_in(ann, workspace["id"], bob)
    project = ann.project(workspace["id"])
    body = {"project_id": project["id"], "title": "Fix the lift", "priority": "high", "assignee_ids": [bob.id]}

    with Stream(bob) as stream:
        task = ann.post("/tasks", body)
        event = stream.wait_for("notification.created.v1")

    assert (task["key"], task["status"]) == ("OPS-1", "todo")
    assert (event["data"]["task_id"], event["data"]["reason"]) == (task["id"], "assigned")
    inbox = bob.get("/notifications", unread="true")["items"]
    assert [(item["reason"], item["task_id"]) for item in inbox] == [("assigned", task["id"])]
    bob.post(f"/notifications/{inbox[0]['id']}/read", status=200)
    assert bob.get("/notifications", unread="true")["items"] == []


def test_a_mention_in_a_comment_arrives_live_and_the_discussion_stays_with_its_task(someone: NewPerson) -> None:
    ann, bob, eve = someone("Ann"), someone("Bob"), someone("Eve")
    workspace = ann.workspace()
    take_in(ann, workspace["id"], bob)
    task = ann.post("/tasks", {"project_id": ann.project(workspace["id"])["id"], "title": "Fix the lift"})
    path = f"/tasks/{task['id']}/comments"

    with Stream(bob) as stream:
        comment = ann.post(path, {"body": f"@{bob.id}, which floor?"})
        event = stream.wait_for("notification.created.v1")
    assert (event["data"]["reason"], event["data"]["comment_id"]) == ("mentioned", comment["id"])
    with Stream(ann) as stream:
        answer = bob.post(path, {"body": "The third."})
        event = stream.wait_for("notification.created.v1")
    assert (event["data"]["reason"], event["data"]["comment_id"]) == ("commented", answer["id"])

    bob.patch(f"/comments/{comment['id']}", {"body": "Never mind"}, status=403)
    edited = bob.patch(f"/comments/{answer['id']}", {"body": "The fourth."}, headers={"If-Match": '"1"'})
    assert ann.get(path)["items"] == [comment, edited]
    ann.post(path, {"body": f"@{eve.id}?"}, status=422)
    eve.get(f"/comments/{comment['id']}", status=404)
    ann.delete(f"/comments/{answer['id']}")
    assert [item["id"] for item in bob.get(path)["items"]] == [comment["id"]]


def test_a_task_lives_from_creation_to_the_trash_and_back(someone: NewPerson) -> None:
    ann = someone("Ann")
    workspace = ann.workspace()
    project = ann.project(workspace["id"])
    task = ann.post("/tasks", {"project_id": project["id"], "title": "Paint the door", "due_on": "2027-03-01"})
    path = f"/tasks/{task['id']}"

    assert ann.get("/tasks/OPS-1", workspace=workspace["slug"]) == task
    renamed = ann.patch(path, {"title": "Paint the red door"}, headers={"If-Match": '"1"'})
    assert (renamed["version"], renamed["title"]) == (2, "Paint the red door")
    ann.patch(path, {"title": "Lost update"}, status=412, headers={"If-Match": '"1"'})
    assert ann.post(f"{path}/transition", {"status": "done"}, status=200)["completed_at"]
    ann.delete(path)
    ann.get(path, status=404)
    assert [item["id"] for item in ann.get("/trash", workspace_id=workspace["id"])["items"]] == [task["id"]]
    assert ann.post(f"{path}/restore", status=200)["title"] == "Paint the red door"
    types = [event["type"] for event in events_of(ann, project["id"], task["id"])]
    assert types == [
        "task.created.v1",
        "task.updated.v1",
        "task.transitioned.v1",
        "task.deleted.v1",
        "task.restored.v1",
    ]


def test_a_stranger_sees_nothing_of_another_workspace(someone: NewPerson) -> None:
    ann, eve = someone("Ann"), someone("Eve")
    workspace = ann.workspace()
    project = ann.project(workspace["id"])
    task = ann.post("/tasks", {"project_id": project["id"], "title": "Secret plan"})

    eve.get(f"/tasks/{task['id']}", status=404)
    eve.patch(f"/tasks/{task['id']}", {"title": "Mine"}, status=404)
    eve.delete(f"/tasks/{task['id']}", status=404)
    eve.get(f"/projects/{project['id']}", status=404)
    eve.get(f"/workspaces/{workspace['id']}", status=404)
    eve.post("/tasks", {"project_id": project["id"], "title": "Hello"}, status=404)
    assert eve.get("/tasks")["items"] == []
    assert {event["workspace_id"] for event in eve.get("/events", after=0)["items"]} <= {None}


def test_a_removed_member_loses_sight_at_once(someone: NewPerson) -> None:
    ann, bob = someone("Ann"), someone("Bob")
    workspace = ann.workspace()
    ann.post(f"/workspaces/{workspace['id']}/members", {"email": bob.email, "role": "member"})
    project = ann.project(workspace["id"])
    task = ann.post("/tasks", {"project_id": project["id"], "title": "Fix the lift"})
    bob.get(f"/tasks/{task['id']}")

    ann.delete(f"/workspaces/{workspace['id']}/members/{bob.id}")

    bob.get(f"/tasks/{task['id']}", status=404)


def events_of(person: Someone, project_id: str, resource_id: str) -> list[dict[str, Any]]:
    """The events of one resource, once they have their positions."""
    deadline = time.monotonic() + 5
    while True:
        items = person.get("/events", after=0, project_id=project_id)["items"]
        found = [item for item in items if item["resource_id"] == resource_id]
        if len(found) >= 5 or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def test_the_door_of_a_service_believes_no_forged_identity(stack: RemoteStack) -> None:
    forged = {
        "X-User-Id": "0190a000-0000-7000-8000-000000000000",
        "X-Taskyard-Principal": '{"id":"0190a000-0000-7000-8000-000000000000"}',
        "Taskyard-Principal": "0190a000-0000-7000-8000-000000000000",
    }
    ports = [stack.port, stack.port + 2] if stack.shape == "split" else [stack.port]
    for port in ports:
        answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/tasks", headers=forged)
        assert answer.status_code == 401
        assert answer.json()["code"] == "unauthenticated"


def test_head_is_answered_like_get_without_a_body_and_keeps_the_connection(stack: RemoteStack) -> None:
    with stack.client() as client:
        whole, heads = client.get("/api/v1/me"), [client.head("/api/v1/me") for _ in range(3)]
    assert whole.content
    assert [(head.status_code, head.content) for head in heads] == [(whole.status_code, b"")] * 3
    assert heads[-1].headers["Content-Length"] == whole.headers["Content-Length"]
