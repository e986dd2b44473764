"""A workspace is carried away, into another Taskyard or another workspace, and nothing is missing there."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from taskyard.kit.ids import derived_id
from tests.journeys.people import Someone
from tests.journeys.waiting import wait_until

pytestmark = pytest.mark.slow
NewPerson = Callable[[str], Someone]
DAY = "2027-02-03"


def furnished(ann: Someone, bob: Someone) -> str:
    """A workspace with something of each kind."""
    workspace_id = workspace_of(ann, bob)
    project_id = ann.project(workspace_id)["id"]
    path = f"/projects/{project_id}"
    ann.post(f"{path}/states", {"key": "inspected", "name": "Inspected", "category": "in_progress"})
    label_id = ann.post(f"{path}/labels", {"name": "Bug", "color": "#aa0000"})["id"]
    ann.post(f"{path}/fields", {"key": "weight", "name": "Weight", "kind": "number"})
    milestone_id = ann.post(f"{path}/milestones", {"name": "Dry"})["id"]
    iteration = {"name": "First", "starts_on": DAY, "ends_on": DAY}
    iteration_id = ann.post(f"{path}/iterations", iteration)["id"]
    ann.post(f"{path}/templates", {"name": "Report", "label_ids": [label_id]})
    plan = {
        "label_ids": [label_id],
        "milestone_id": milestone_id,
        "iteration_id": iteration_id,
        "custom": {"weight": 2},
    }
    body = {"project_id": project_id, "title": "Mend the roof", "status": "inspected", "assignee_ids": [bob.id]}
    whole = ann.post("/tasks", body | plan)["id"]
    part = ann.post("/tasks", {"project_id": project_id, "title": "Buy tiles", "parent_id": whole})["id"]
    ann.post(f"/tasks/{whole}/relations", {"kind": "blocked_by", "target_id": part})
    ann.post(f"/tasks/{whole}/checklist", {"title": "Measure"})
    comment_id = bob.post(f"/tasks/{whole}/comments", {"body": f"Look, @{ann.id}"})["id"]
    ann.client.put(f"/api/v1/comments/{comment_id}/reactions/%F0%9F%91%8D").raise_for_status()
    bob.post(f"/tasks/{part}/time-entries", {"started_at": "2026-11-01T08:00:00Z", "seconds": 60})
    ann.post("/views", {"project_id": project_id, "name": "Bugs", "filter": f"label = {label_id}", "is_shared": True})
    ann.post(
        "/recurrences",
        {"project_id": project_id, "rule": "FREQ=DAILY", "starts_on": "2030-01-01", "task": {"title": "Water"}},
    )
    return workspace_id


def workspace_of(ann: Someone, bob: Someone) -> str:
    """An empty workspace of both."""
    workspace_id: str = ann.workspace()["id"]
    ann.post(f"/workspaces/{workspace_id}/members", {"email": bob.email, "role": "member"})
    return workspace_id


def exported(ann: Someone, workspace_id: str) -> str:
    """The file of a workspace."""
    path = f"/exports/{ann.post('/exports', {'workspace_id': workspace_id})['id']}"
    wait_until(lambda: ann.get(path)["state"] == "done")
    return ann.client.get(f"/api/v1{path}/file").text


def imported(ann: Someone, workspace_id: str, content: str, **fields: Any) -> dict[str, Any]:
    """An import that is over."""
    body = {"workspace_id": workspace_id, "format": "json", "content": content, **fields}
    path = f"/imports/{ann.post('/imports', body)['id']}"
    wait_until(lambda: ann.get(path)["state"] == "done")
    assert ann.get(f"{path}/notes")["items"] == []
    found: dict[str, Any] = ann.get(path)
    return found


def in_order(file: str) -> list[str]:
    """The lines of a file but for the first."""
    return sorted(json.dumps(json.loads(line), sort_keys=True) for line in file.splitlines()[1:])


def test_what_is_carried_away_comes_back_without_loss(someone: NewPerson) -> None:
    ann, bob = someone("Ann"), someone("Bob")
    left, workspace_id = exported(ann, furnished(ann, bob)), workspace_of(ann, bob)
    tried = imported(ann, workspace_id, left, is_dry_run=True)
    assert in_order(exported(ann, workspace_id)) == in_order("\n".join(left.splitlines()[:3]))
    found = imported(ann, workspace_id, left)
    back = exported(ann, workspace_id)

    expected = left
    for line in map(json.loads, left.splitlines()[3:]):
        expected = expected.replace(line["id"], derived_id(workspace_id, line["id"]))
    assert in_order(back) == in_order(expected)
    assert (tried["created"], found["created"], found["present"]) == (found["created"], len(left.splitlines()) - 3, 2)
    assert imported(ann, workspace_id, left)["created"] == 0
