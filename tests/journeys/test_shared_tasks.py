"""A guest works on one task of a project that they do not see."""

from collections.abc import Callable

from tests.journeys.people import Someone
from tests.journeys.stream import Stream

NewPerson = Callable[[str], Someone]


def statuses(person: Someone, *paths: str) -> list[int]:
    return [person.client.get(f"/api/v1{path}").status_code for path in paths]


def test_a_guest_works_on_one_task_and_sees_nothing_beside_it(someone: NewPerson) -> None:
    ann, gail = someone("Ann"), someone("Gail")
    workspace = ann.workspace()
    ann.post(f"/workspaces/{workspace['id']}/members", {"email": gail.email, "role": "guest"})
    project = ann.project(workspace["id"])["id"]
    task, sibling = (ann.post("/tasks", {"project_id": project, "title": title}) for title in ("Roof", "Cellar"))
    assert statuses(gail, f"/tasks/{task['id']}") == [404]

    grants = f"/tasks/{task['id']}/grants"
    ann.post(grants, {"user_id": gail.id, "level": "edit"})
    assert [item["id"] for item in gail.get("/tasks/shared")["items"]] == [task["id"]]
    assert gail.get(f"/tasks/{task['key']}", workspace=workspace["slug"])["title"] == "Roof"
    gail.patch(f"/tasks/{task['id']}", {"title": "Mend the roof"})
    gail.post(f"/tasks/{task['id']}/transition", {"status": "in_progress"}, 200)
    gail.post(f"/tasks/{task['id']}/comments", {"body": f"@{ann.id}, on it"})
    assert ann.get(f"/tasks/{task['id']}")["title"] == "Mend the roof"
    hidden = [f"/projects/{project}", f"/projects/{project}/members", f"/tasks/{sibling['id']}", f"/boards/{project}"]
    assert statuses(gail, *hidden) == [404] * len(hidden)
    assert gail.get("/tasks")["items"] == gail.get("/projects")["items"] == []

    ann.patch(f"{grants}/{gail.id}", {"level": "view"})
    assert gail.client.patch(f"/api/v1/tasks/{task['id']}", json={"title": "Mine"}).status_code == 403
    ann.delete(f"{grants}/{gail.id}")
    assert statuses(gail, f"/tasks/{task['id']}", f"/tasks/{task['id']}/comments") == [404, 404]


def test_who_leaves_the_workspace_loses_what_they_were_given(someone: NewPerson) -> None:
    ann, gail = someone("Ann"), someone("Gail")
    members = f"/workspaces/{ann.workspace()['id']}/members"
    ann.post(members, {"email": gail.email, "role": "guest"})
    task = ann.post("/tasks", {"project_id": ann.project(members.split("/")[2])["id"], "title": "Roof"})["id"]
    ann.post(f"/tasks/{task}/grants", {"user_id": gail.id})
    assert statuses(gail, f"/tasks/{task}") == [200]
    gail.delete(f"{members}/{gail.id}")
    assert statuses(gail, f"/tasks/{task}") == [404]
    assert gail.get("/tasks/shared")["items"] == []


def test_a_guest_hears_of_their_task_as_it_happens_until_it_is_taken_back(someone: NewPerson) -> None:
    ann, gail = someone("Ann"), someone("Gail")
    workspace = ann.workspace()["id"]
    ann.post(f"/workspaces/{workspace}/members", {"email": gail.email, "role": "guest"})
    project = ann.project(workspace)["id"]
    task, sibling = (ann.post("/tasks", {"project_id": project, "title": title})["id"] for title in ("Roof", "Cellar"))
    with Stream(gail) as stream:
        ann.post(f"/tasks/{task}/grants", {"user_id": gail.id})
        assert stream.wait_for("shared_task.created.v1")["data"]["task_id"] == task
        assert stream.wait_for("notification.created.v1")["data"]["reason"] == "shared"
        for one in (sibling, task):
            ann.patch(f"/tasks/{one}", {"title": "Mended"})
            ann.post(f"/tasks/{one}/comments", {"body": "Done"})
        assert stream.wait_for("comment.created.v1")["data"]["task_id"] == task
        ann.delete(f"/tasks/{task}/grants/{gail.id}")
        ann.patch(f"/tasks/{task}", {"title": "Not for Gail"})
        own = gail.patch("/me", {"name": "Gail Green"})["id"]
        stream.wait_for("person.updated.v1")
    told = [
        (kind, data["resource_id"]) for _, kind, data in stream.events if kind.partition(".")[0] in {"task", "person"}
    ]
    assert told == [("task.updated.v1", task), ("person.updated.v1", own)]
    with Stream(gail, last_event_id=stream.events[0][0]) as later:
        later.wait_for("person.updated.v1")
    assert not [kind for _, kind, _ in later.events if kind.startswith(("task.", "comment."))]
