"""Changing many tasks at once, as a person does it: look first, change, see what was refused, and take it back."""

from collections.abc import Callable
from typing import Any

from tests.journeys.people import Someone
from tests.journeys.waiting import wait_until

NewPerson = Callable[..., Someone]


def finished(person: Someone, job: dict[str, Any]) -> dict[str, Any]:
    """A job when it is over."""

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = person.get(f"/jobs/{job['id']}")
        return found if found["finished_at"] else None

    found = wait_until(look)
    assert found is not None
    return found


def test_a_change_of_many_is_looked_at_made_and_taken_back(someone: NewPerson) -> None:
    ann, bob = someone("Ann"), someone("Bob")
    workspace = ann.workspace()["id"]
    ann.post(f"/workspaces/{workspace}/members", {"email": bob.email, "role": "viewer"})
    project = ann.project(workspace)["id"]
    create = {"op": "create", "task": {"project_id": project, "title": "Mend the roof", "priority": "low"}}
    ann.post("/tasks/batch", {"operations": [create] * 30}, 200)
    wish = {"workspace_id": workspace, "filter": "priority = low and status != done"}
    wish["operation"] = {"op": "transition", "status": "done"}

    assert ann.post("/tasks/bulk", {**wish, "is_dry_run": True}, 200)["total"] == 30
    refused = finished(bob, bob.post("/tasks/bulk", wish, 202))
    assert (refused["state"], refused["refused"]) == ("done", 30)
    assert bob.get(f"/jobs/{refused['id']}/failures")["items"][0]["code"] == "permission_denied"
    done = finished(ann, ann.post("/tasks/bulk", wish, 202))
    assert (done["state"], done["changed"]) == ("done", 30)
    assert ann.get("/tasks", project_id=project, filter="status = done", count="exact")["total"] == 30
    assert len(ann.post("/changes/revert", {"request_id": done["request_id"]}, 200)["task_ids"]) == 30
    assert ann.get("/tasks", project_id=project, filter="status = done", count="exact")["total"] == 0
