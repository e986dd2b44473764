"""Tasks of workspaces that are open only to sign-ins with a second factor; and that both sign-ins are one person."""

from typing import Any

import httpx

from taskyard.kit.principal import weak_id
from tests.task.conftest import As, World


async def make(client: httpx.AsyncClient, world: World, **fields: Any) -> dict[str, Any]:
    response = await client.post("/tasks", json={"project_id": world.project_id, "title": "Fix the lift", **fields})
    assert response.status_code == 201, response.text
    task: dict[str, Any] = response.json()
    return task


async def test_reads_and_writes_say_what_is_missing(as_person: As, world: World) -> None:
    weak, strong = as_person(world.ann), as_person(world.ann, is_strong=True)
    task = await make(weak, world)
    await world.demand_second_factor()
    new = {"project_id": world.project_id, "title": "Paint the door"}
    for method, path, body in [
        ("GET", f"/tasks/{task['id']}", None),
        ("GET", f"/tasks/{task['key']}?workspace={world.slug}", None),
        ("GET", f"/tasks/{task['id']}/comments", None),
        ("GET", f"/tasks/{task['id']}/watch", None),
        ("POST", "/tasks", new),
        ("PATCH", f"/tasks/{task['id']}", {"title": "Fix it"}),
        ("POST", f"/tasks/{task['id']}/comments", {"body": "When?"}),
        ("DELETE", f"/tasks/{task['id']}", None),
    ]:
        refused = await weak.request(method, path, json=body)
        assert (path, refused.status_code, refused.json().get("code")) == (path, 403, "mfa_required")
        assert (await strong.request(method, path, json=body)).is_success, path


async def test_lists_leave_them_out(as_person: As, world: World) -> None:
    weak, strong = as_person(world.ann), as_person(world.ann, is_strong=True)
    await make(weak, world)
    await world.demand_second_factor()
    assert (await weak.get("/tasks")).json()["items"] == []
    assert len((await strong.get("/tasks")).json()["items"]) == 1
    assert (await weak.get(f"/tasks?project_id={world.project_id}")).json().get("items", []) == []


async def test_who_sees_nothing_anyway_learns_nothing(as_person: As, world: World) -> None:
    task = await make(as_person(world.ann), world)
    await world.demand_second_factor()
    for caller in (as_person(world.otto), as_person(world.otto, is_strong=True)):
        assert (await caller.get(f"/tasks/{task['id']}")).status_code == 404
    assert (await as_person(world.ann).get("/tasks/nonsense")).status_code == 404


async def test_both_sign_ins_are_one_person(as_person: As, world: World) -> None:
    weak, strong = as_person(world.ann), as_person(world.ann, is_strong=True)
    made = [await make(client, world) for client in (weak, strong)]
    assert {task["created_by"] for task in made} == {world.ann}
    for client, other in ((weak, strong), (strong, weak)):
        comment = (await client.post(f"/tasks/{made[0]['id']}/comments", json={"body": "When?"})).json()
        assert comment["author_id"] == world.ann
        assert (await other.patch(f"/comments/{comment['id']}", json={"body": "Now"})).is_success
        assert (await client.put(f"/tasks/{made[1]['id']}/watch")).is_success
        assert (await other.get(f"/tasks/{made[1]['id']}/watch")).json()["is_watching"]
        assert (await client.delete(f"/tasks/{made[1]['id']}/watch")).is_success
        assert not (await other.get(f"/tasks/{made[1]['id']}/watch")).json()["is_watching"]
        view = await client.post("/views", json={"name": "Mine", "filter": "title = lift"})
        assert view.status_code == 201, view.text
        assert view.json()["id"] in {item["id"] for item in (await other.get("/views")).json()["items"]}


async def test_an_access_id_is_nobody(as_person: As, world: World) -> None:
    new = {"project_id": world.project_id, "title": "Fix the lift", "assignee_ids": [weak_id(world.bob)]}
    assert (await as_person(world.ann).post("/tasks", json=new)).status_code == 422
    new["assignee_ids"] = [world.bob]
    assert (await as_person(world.ann).post("/tasks", json=new)).status_code == 201
