"""One task more like another."""

import httpx

from taskyard.kit.ids import new_id

from .conftest import As, NewTaskOf, World


async def test_a_task_is_made_once_more_with_its_steps(
    ann: httpx.AsyncClient, as_person: As, new_task: NewTaskOf, world: World
) -> None:
    whole = await new_task()
    fields = {"description": "*So*", "priority": "high", "assignee_ids": [world.ann], "estimate": 2.5}
    task = await new_task(**fields, parent_id=whole["id"], due_on="2027-01-02", status="in_progress")
    path = f"/tasks/{task['id']}"
    step = (await ann.post(f"{path}/checklist", json={"title": "b"})).json()
    await ann.post(f"{path}/checklist", json={"title": "a", "after_id": None})
    await ann.patch(f"{path}/checklist/{step['id']}", json={"is_done": True})
    await ann.post(f"{path}/comments", json={"body": "Not copied"})
    response = await as_person(world.bob).post(f"/tasks/{task['key']}/duplicate?workspace={world.slug}")

    copy = response.json()
    assert (response.status_code, response.headers["location"]) == (201, f"/api/v1/tasks/{copy['id']}")
    own = {"id", "key", "number", "created_by", "created_at", "updated_at", "status"}
    assert {name: copy[name] for name in copy.keys() - own} == {name: task[name] for name in task.keys() - own}
    assert (copy["status"], copy["created_by"], copy["key"]) == ("todo", world.bob, "OPS-3")
    items = (await ann.get(f"/tasks/{copy['id']}/checklist")).json()["items"]
    assert [(item["title"], item["is_done"]) for item in items] == [("a", False), ("b", False)]
    assert (await ann.get(f"/tasks/{copy['id']}/comments")).json()["items"] == []


async def test_who_lost_sight_of_the_project_is_not_assigned(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task(assignee_ids=[world.bob, world.ann])
    await world.revoke(world.bob)
    response = await ann.post(f"/tasks/{task['id']}/duplicate")

    assert (response.status_code, response.json()["assignee_ids"]) == (201, [world.ann])


async def test_duplicating_is_for_who_may_make_tasks(
    as_person: As, vera: httpx.AsyncClient, ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path = f"/tasks/{(await new_task())['id']}/duplicate"
    reader = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    for client, status in ((vera, 403), (as_person(world.otto), 404), (reader, 403), (as_person(None), 401)):
        assert (await client.post(path)).status_code == status
    for name, status in (("x", 404), (new_id(), 404), ("OPS-1", 422)):
        assert (await ann.post(f"/tasks/{name}/duplicate")).status_code == status
    await world.archive()
    assert (await ann.post(path)).json()["code"] == "project_archived"


async def test_a_repeated_request_makes_one_and_only_for_who_may(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path, key = f"/tasks/{(await new_task())['id']}/duplicate", {"Idempotency-Key": "key"}
    first, again = [await ann.post(path, headers=key) for _ in range(2)]
    await world.revoke(world.ann)

    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    assert (await ann.post(path, headers=key)).status_code == 404
