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


def test_a_template_is_made_once_more_with_its_tasks_and_taken_back(someone: NewPerson) -> None:
    ann = someone("Ann")
    template = ann.project(ann.workspace()["id"])["id"]
    whole = ann.post("/tasks", {"project_id": template, "title": "Move in"})
    part = ann.post("/tasks", {"project_id": template, "title": "Paint", "parent_id": whole["id"]})
    other = ann.post("/tasks", {"project_id": template, "title": "Furnish", "status": "in_progress"})
    ann.post(f"/tasks/{part['id']}/relations", {"kind": "blocks", "target_id": other["id"]})
    ann.post(f"/tasks/{part['id']}/checklist", {"title": "Buy colours"})

    copy = ann.post(f"/projects/{template}/duplicate", {"key": "FLAT", "name": "A flat", "tasks": True})
    wait_until(lambda: ann.client.get(f"/api/v1/jobs/{copy['job_id']}").is_success)
    job = finished(ann, {"id": copy["job_id"]})
    assert (job["kind"], job["state"], job["changed"]) == ("duplicate", "done", 3)
    tasks = {task["title"]: task for task in ann.get("/tasks", project_id=copy["id"])["items"]}
    assert tasks["Paint"]["parent_id"] == tasks["Move in"]["id"]
    assert (tasks["Furnish"]["key"][:5], tasks["Furnish"]["status"]) == ("FLAT-", "in_progress")
    [relation] = ann.get(f"/tasks/{tasks['Paint']['id']}/relations")["items"]
    assert (relation["kind"], relation["target_id"]) == ("blocks", tasks["Furnish"]["id"])
    assert [one["title"] for one in ann.get(f"/tasks/{tasks['Paint']['id']}/checklist")["items"]] == ["Buy colours"]
    ann.post("/changes/revert", {"request_id": job["request_id"]}, 200)
    assert ann.get("/tasks", project_id=copy["id"])["items"] == []
    assert len(ann.get("/tasks", project_id=template)["items"]) == 3


def test_what_a_query_finds_goes_to_another_project(someone: NewPerson) -> None:
    ann = someone("Ann")
    workspace = ann.workspace()["id"]
    old, new = ann.project(workspace)["id"], ann.project(workspace, "NEXT")["id"]
    whole = ann.post("/tasks", {"project_id": old, "title": "Mend the roof", "priority": "low"})
    part = ann.post("/tasks", {"project_id": old, "title": "Fetch tiles", "parent_id": whole["id"]})
    ann.post("/tasks", {"project_id": old, "title": "Stays"})
    wish = {"workspace_id": workspace, "filter": "priority = low", "operation": {"op": "move", "project_id": new}}
    job = finished(ann, ann.post("/tasks/bulk", wish, 202))

    assert (job["state"], job["changed"]) == ("done", 1)
    there = {task["id"]: task["parent_id"] for task in ann.get("/tasks", project_id=new)["items"]}
    assert there == {whole["id"]: None, part["id"]: whole["id"]}
    assert [task["title"] for task in ann.get("/tasks", project_id=old)["items"]] == ["Stays"]
