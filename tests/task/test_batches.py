"""Many writes in one request: all or nothing, or each for itself."""

import asyncio
from typing import Any

import httpx
import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.problems import Unavailable
from taskyard.task.actions import batches as actions

from .conftest import As, NewTaskOf, World

Operations = list[dict[str, Any]]


def create(world: World, **fields: Any) -> dict[str, Any]:
    return {"op": "create", "task": {"project_id": world.project_id, "title": "Made together", **fields}}


def update(task: dict[str, Any], **patch: Any) -> dict[str, Any]:
    return {"op": "update", "task_id": task["id"], "patch": patch}


async def send(client: httpx.AsyncClient, operations: Operations, **fields: Any) -> httpx.Response:
    return await client.post("/tasks/batch", json={"operations": operations, **fields})


async def test_everything_is_done_in_its_order(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    one, other = await new_task(), await new_task()
    operations = [
        create(world),
        create(world, parent_id=one["id"]),
        update(one, title="First"),
        update(one, priority="high"),
        {"op": "delete", "task_id": other["id"], "version": 1},
        {"op": "restore", "task_id": other["id"], "version": 2},
        {"op": "delete", "task_id": other["id"]},
    ]
    response = await send(ann, operations)

    assert response.status_code == 200, response.text
    results = response.json()["results"]
    assert [result["status"] for result in results] == [201, 201, 200, 200, 204, 200, 204]
    assert [result["problem"] for result in results] == [None] * 7
    assert results[1]["task"]["parent_id"] == one["id"]
    assert (results[3]["task"]["title"], results[3]["task"]["version"]) == ("First", 3)
    assert (await ann.get(f"/tasks/{results[0]['task']['id']}")).json() == results[0]["task"]
    assert [version for _, version, _ in await world.events_of(other["id"])] == [1, 2, 3, 4]


async def test_an_atomic_batch_does_nothing_when_one_operation_is_refused(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    refused = await send(ann, [create(world), update(task, title="New"), create(world, title=" ")])
    stale = await send(ann, [update(task, title="New"), {"op": "delete", "task_id": task["id"], "version": 1}])

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/operations/2/title")
    assert refused.json()["detail"].startswith("Operation 2: ")
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (await ann.get("/tasks", params={"project_id": world.project_id})).json()["items"] == [task]
    assert len(await world.events_of(task["id"])) == 1


async def test_otherwise_what_is_refused_leaves_the_rest_alone(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    unknown = {"id": new_id()}
    operations = [update(unknown, title="x"), update(task, title="New"), create(world, title=" "), create(world)]
    results = (await send(ann, operations, atomic=False)).json()["results"]

    assert [result["status"] for result in results] == [404, 200, 422, 201]
    assert (results[0]["problem"]["code"], results[0]["task"]) == ("task_not_found", None)
    assert results[2]["problem"]["errors"][0]["pointer"] == "/title"
    assert (await ann.get(f"/tasks/{task['id']}")).json() == results[1]["task"]


async def test_a_whole_made_of_two_halves_is_no_circle_but_three_are(
    ann: httpx.AsyncClient, new_task: NewTaskOf
) -> None:
    one, two, three = [await new_task() for _ in range(3)]
    operations = [
        update(one, parent_id=two["id"]),
        update(two, parent_id=three["id"]),
        update(three, parent_id=one["id"]),
    ]
    refused = await send(ann, operations)

    assert (refused.status_code, refused.json()["code"]) == (409, "circular_tasks")
    assert refused.json()["detail"].startswith("Operation 2: ")
    assert (await send(ann, operations[:2])).status_code == 200


async def test_batches_that_meet_wait_in_no_circle(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    tasks = [await new_task() for _ in range(6)]
    batches = [[update(task, title=f"{n}") for task in tasks[:: 1 if n % 2 else -1]] for n in range(8)]
    answers = await asyncio.gather(*(send(ann, batch) for batch in batches))

    assert {answer.status_code for answer in answers} == {200}


async def test_a_fault_of_ours_refuses_the_batch_as_a_whole(
    ann: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(actions, "create_task", away)

    assert (await send(ann, [create(world)], atomic=False)).status_code == 503


@pytest.mark.parametrize(
    ("operations", "pointer"),
    [
        ([], "/operations"),
        ([{"op": "explode", "task_id": new_id()}], "/operations/0/op"),
        ([{"op": "delete", "task_id": "OPS-1"}], "/operations/0/task_id"),
        ([{"op": "delete", "task_id": new_id(), "version": 0}], "/operations/0/version"),
        ([{"op": "delete", "task_id": new_id()}] * 201, "/operations"),
        ([{"op": "create", "task": {"title": "x"}}], "/operations/0/task/project_id"),
        ([{"op": "update", "task_id": new_id(), "patch": {"number": 1}}], "/operations/0/patch/number"),
    ],
)
async def test_malformed_batch_names_the_place(ann: httpx.AsyncClient, operations: Operations, pointer: str) -> None:
    response = await send(ann, operations)

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_each_operation_asks_who_may(
    as_person: As, vera: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    operations = [
        create(world),
        update(task, title="New"),
        {"op": "delete", "task_id": task["id"]},
        {"op": "restore", "task_id": task["id"]},
    ]
    reader = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    for client, status in ((vera, 403), (as_person(world.otto), 404)):
        results = (await send(client, operations, atomic=False)).json()["results"]
        assert [result["status"] for result in results] == [status] * 4
        assert (await send(client, operations)).status_code == status
    assert [(await send(client, operations)).status_code for client in (reader, as_person(None))] == [403, 401]


@pytest.mark.parametrize("place", range(4))
async def test_a_repeated_batch_counts_once_and_only_for_who_may(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, place: int
) -> None:
    task = await new_task()
    gone = {"op": "delete", "task_id": task["id"]}
    operation = [create(world), update(task, title="New"), gone, {**gone, "op": "restore"}][place]
    body, key = {"operations": [operation]}, {"Idempotency-Key": "key"}
    if place == 3:
        await ann.delete(f"/tasks/{task['id']}")
    answers = [await ann.post("/tasks/batch", json=body, headers=key) for _ in range(2)]
    await world.revoke(world.ann)

    assert (answers[1].headers["idempotency-replayed"], answers[0].content) == ("true", answers[1].content)
    assert (await ann.post("/tasks/batch", json=body, headers=key)).status_code == 404
