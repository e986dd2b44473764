"""A guest works on one task of a project that they do not see."""

from collections.abc import Callable

from tests.journeys.people import Someone

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
