"""What a project can be arranged with, each told once as somebody would use it. `docs/features.md` is the list."""

from collections.abc import Callable

from tests.journeys.people import Someone
from tests.journeys.waiting import wait_until

NewPerson = Callable[[str], Someone]


def test_a_project_asks_for_fields_of_its_own(someone: NewPerson) -> None:
    ann = someone("Ann")
    project_id = ann.project(ann.workspace()["id"])["id"]
    severity = {"key": "severity", "name": "Severity", "kind": "select", "options": ["minor", "major"]}
    ann.post(f"/projects/{project_id}/fields", {**severity, "default": "minor"})
    ann.post(f"/projects/{project_id}/fields", {"key": "weight", "name": "Weight", "kind": "number"})
    body = {"project_id": project_id, "title": "Mend the roof"}

    task = ann.post("/tasks", {**body, "custom": {"weight": 3.5}})
    assert task["custom"] == {"severity": "minor", "weight": 3.5}
    changed = ann.patch(f"/tasks/{task['id']}", {"custom": {"severity": "major", "weight": None}})
    assert changed["custom"] == {"severity": "major"}
    refused = ann.post("/tasks", {**body, "custom": {"severity": "fatal"}}, status=422)
    assert [error["pointer"] for error in refused["errors"]] == ["/custom/severity"]


def test_tasks_go_the_ways_that_their_project_has_laid_out(someone: NewPerson) -> None:
    ann, bob = someone("Ann"), someone("Bob")
    workspace_id = ann.workspace()["id"]
    ann.post(f"/workspaces/{workspace_id}/members", {"email": bob.email, "role": "member"})
    project_id = ann.project(workspace_id)["id"]
    ann.post(f"/projects/{project_id}/states", {"key": "inspected", "name": "Inspected", "category": "in_progress"})
    ways = [
        {"from": "todo", "to": "inspected", "required_fields": ["estimate"]},
        {"from": "inspected", "to": "done", "roles": ["owner"]},
    ]
    laid_out = ann.client.put(
        f"/api/v1/projects/{project_id}/workflow", json={"is_enforced": True, "transitions": ways}
    )
    assert laid_out.status_code == 200, laid_out.text
    path = f"/tasks/{bob.post('/tasks', {'project_id': project_id, 'title': 'Mend the roof'})['id']}"

    bob.post(f"{path}/transition", {"status": "done"}, status=409)
    bob.post(f"{path}/transition", {"status": "inspected"}, status=422)
    bob.patch(path, {"status": "inspected", "estimate": 2})
    bob.post(f"{path}/transition", {"status": "done"}, status=403)
    assert ann.post(f"{path}/transition", {"status": "done"}, status=200)["completed_at"]


def test_work_is_estimated_and_planned_in_iterations_towards_a_milestone(someone: NewPerson) -> None:
    ann = someone("Ann")
    project_id = ann.project(ann.workspace()["id"])["id"]
    milestone_id = ann.post(f"/projects/{project_id}/milestones", {"name": "Dry"})["id"]
    days = [("2027-01-01", "2027-01-14"), ("2027-01-15", "2027-01-28")]
    first, second = (
        ann.post(f"/projects/{project_id}/iterations", {"name": start, "starts_on": start, "ends_on": end})["id"]
        for start, end in days
    )
    plan = {"project_id": project_id, "milestone_id": milestone_id, "iteration_id": first}
    roof, wall = (ann.post("/tasks", {**plan, "title": title, "estimate": 3})["id"] for title in ("Roof", "Wall"))

    ann.post(f"/iterations/{first}/start", status=200)
    ann.post(f"/tasks/{roof}/transition", {"status": "done"}, status=200)
    ann.post(f"/iterations/{first}/close", {}, status=200)
    carried_over = wait_until(lambda: ann.get("/tasks", iteration=second)["items"])
    assert [task["id"] for task in carried_over] == [wall]
    assert {task["id"] for task in ann.get("/tasks", milestone=milestone_id)["items"]} == {roof, wall}
    stats = ann.get(f"/projects/{project_id}/stats")
    assert (stats["completed"], stats["open"], stats["open_estimate"]) == (1, 1, 3)


def test_a_task_begins_as_its_template_says(someone: NewPerson) -> None:
    ann = someone("Ann")
    project_id = ann.project(ann.workspace()["id"])["id"]
    label_id = ann.post(f"/projects/{project_id}/labels", {"name": "Bug", "color": "#aa0000"})["id"]
    template = {"name": "Bug", "description": "What happens?", "priority": "high", "label_ids": [label_id]}
    template_id = ann.post(f"/projects/{project_id}/templates", template)["id"]

    task = ann.post(
        "/tasks", {"project_id": project_id, "title": "It leaks", "template_id": template_id, "priority": "urgent"}
    )
    assert (task["description"], task["priority"], task["label_ids"]) == ("What happens?", "urgent", [label_id])
    assert [found["id"] for found in ann.get("/tasks", label=label_id)["items"]] == [task["id"]]


def test_a_role_of_ones_own_allows_what_it_says(someone: NewPerson) -> None:
    ann, bob = someone("Ann"), someone("Bob")
    workspace_id = ann.workspace()["id"]
    project_id = ann.project(workspace_id)["id"]
    allowed = {"name": "Reporter", "permissions": ["workspace_view", "project_view", "task_create"]}
    role_id = ann.post(f"/workspaces/{workspace_id}/roles", allowed)["id"]
    ann.post(f"/workspaces/{workspace_id}/members", {"email": bob.email, "role": role_id})

    task = bob.post("/tasks", {"project_id": project_id, "title": "It leaks"})
    bob.patch(f"/tasks/{task['id']}", {"title": "It drips"}, status=403)
    ann.patch(f"/workspaces/{workspace_id}/roles/{role_id}", {"permissions": [*allowed["permissions"], "task_edit"]})
    assert bob.patch(f"/tasks/{task['id']}", {"title": "It drips"})["title"] == "It drips"
