"""Boards: columns in the order that people give them, and moving in and between them."""

import asyncio
from typing import Any

import httpx
import pytest

from taskyard.contracts.task import TASK_CREATED, TASK_MOVED, TASK_TRANSITIONED
from taskyard.kit.ids import new_id
from taskyard.task.models import boards as models

from .conftest import STATES, As, NewTaskOf, World


async def columns(client: httpx.AsyncClient, world: World, **params: Any) -> dict[str, list[str]]:
    """The titles of each column that is not empty."""
    answer = await client.get(f"/boards/{world.project_id}", params=params)
    assert answer.status_code == 200, answer.text
    return {
        column["state"]["key"]: [task["title"] for task in column["tasks"]]
        for column in answer.json()["columns"]
        if column["tasks"]
    }


async def made(new_task: NewTaskOf, titles: str, **fields: Any) -> dict[str, str]:
    """Tasks by their titles, a letter each."""
    return {title: (await new_task(title=title, **fields))["id"] for title in titles}


async def move(client: httpx.AsyncClient, task_id: str, **to: Any) -> dict[str, Any]:
    answer = await client.post(f"/tasks/{task_id}/move", json=to)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_new_tasks_stand_at_the_end_of_their_column(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    await made(new_task, "abc")
    await made(new_task, "de", status="done")
    board = (await ann.get(f"/boards/{world.project_id}", params={"limit": 2})).json()
    assert [column["state"]["key"] for column in board["columns"]] == list(STATES)
    todo = board["columns"][1]
    assert (todo["total"], [task["title"] for task in todo["tasks"]]) == (3, ["a", "b"])
    assert (todo["state"]["category"], todo["state"]["is_default"], todo["state"]["wip_limit"]) == ("todo", True, None)
    rest = await ann.get(f"/boards/{world.project_id}/columns/todo", params={"cursor": todo["next_cursor"]})
    assert ([task["title"] for task in rest.json()["items"]], rest.json()["next_cursor"]) == (["c"], None)
    assert (await ann.get(f"/boards/{world.project_id}/columns/nowhere")).json()["items"] == []
    assert await columns(ann, world) == {"todo": ["a", "b", "c"], "done": ["d", "e"]}


@pytest.mark.parametrize(
    ("moved", "where", "expected", "after"),
    [
        ("a", {"after_id": "b"}, "bacd", "b"),
        ("d", {"after_id": "a"}, "adbc", "a"),
        ("d", {"before_id": "a"}, "dabc", None),
        ("d", {"before_id": "c"}, "abdc", "b"),
        ("c", {"after_id": None}, "cabd", None),
        ("a", {}, "bcda", "d"),
        ("b", {"after_id": "a"}, "abcd", "a"),
    ],
)
async def test_moving_in_a_column(  # noqa: PLR0917 - one row of the table, and whom it is told to
    ann: httpx.AsyncClient,
    new_task: NewTaskOf,
    world: World,
    moved: str,
    where: dict[str, Any],
    expected: str,
    after: str | None,
) -> None:
    ids = await made(new_task, "abcd")
    to = {name: ids.get(title, title) for name, title in where.items()}
    task = await move(ann, ids[moved], **to)
    assert (task["version"], task["status"]) == (2, "todo")
    assert await columns(ann, world) == {"todo": list(expected)}
    events = await world.events_of(ids[moved])
    assert [kind for kind, _, _ in events] == [TASK_CREATED, TASK_MOVED]
    assert events[1][2]["after_id"]["to"] == (after and ids[after])


async def test_moving_to_another_column_obeys_the_workflow(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    ids = await made(new_task, "ab") | await made(new_task, "xy", status="done")
    task = await move(ann, ids["a"], status="done", after_id=ids["x"])
    assert (task["status"], task["version"], task["completed_at"] is None) == ("done", 3, False)
    assert await columns(ann, world) == {"todo": ["b"], "done": ["x", "a", "y"]}
    assert [kind for kind, _, _ in await world.events_of(ids["a"])] == [TASK_CREATED, TASK_TRANSITIONED, TASK_MOVED]
    assert (await move(ann, ids["a"], status="done"))["version"] == 3
    await move(ann, ids["b"], status="done")
    assert await columns(ann, world) == {"done": ["x", "a", "y", "b"]}
    new = await made(new_task, "z", status="done")
    assert (await columns(ann, world))["done"] == ["x", "a", "y", "b", "z"]
    await move(ann, ids["x"], after_id=new["z"])
    assert (await columns(ann, world))["done"] == ["a", "y", "b", "z", "x"]


async def test_tasks_that_came_with_the_same_rank_can_be_told_apart(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    ids = await made(new_task, "ab") | await made(new_task, "xyz", status="done")
    await move(ann, ids["b"], after_id=None)
    await move(ann, ids["y"], after_id=None)
    await world.owner.execute(
        "UPDATE task.tasks SET rank = (SELECT rank FROM task.tasks WHERE id = $1) WHERE id = $2", ids["y"], ids["b"]
    )
    assert (await ann.patch(f"/tasks/{ids['b']}", json={"status": "done"})).status_code == 200
    first, second = (await columns(ann, world))["done"][:2]
    await move(ann, ids["z"], after_id=ids[first])
    assert (await columns(ann, world))["done"] == [first, "z", second, "x"]


async def test_ranks_that_became_long_are_given_anew(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.task.actions.boards.LONGEST_RANK", 7)
    assert models.LONGEST_RANK > 7
    ids = await made(new_task, "abcd")
    order = list("abcd")
    for turn in range(30):
        moved, after = order[-1], order[0]
        await move(ann, ids[moved], after_id=ids[after])
        order = [after, moved, *order[1:-1]]
        assert (await columns(ann, world))["todo"] == order, turn
    longest = await world.owner.fetch_value(
        "SELECT max(length(rank)) FROM task.tasks WHERE project_id = $1", world.project_id
    )
    assert longest <= 8
    await made(new_task, "e")
    assert (await columns(ann, world))["todo"] == [*order, "e"]


@pytest.mark.usefixtures("patient_pools")
async def test_fifty_moves_at_once_end_in_one_order(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    ids = [(await new_task(title=str(number)))["id"] for number in range(10)]
    moves = [
        ann.post(f"/tasks/{ids[number % 10]}/move", json={"after_id": ids[(number * 7 + 3) % 10]})
        for number in range(50)
        if number % 10 != (number * 7 + 3) % 10
    ]
    answers = await asyncio.gather(*moves)
    assert {answer.status_code for answer in answers} == {200}
    seen = [await columns(client, world) for client in (ann, vera)]
    assert seen[0] == seen[1]
    assert sorted(seen[0]["todo"]) == sorted(str(number) for number in range(10))
    ranks = await world.owner.fetch("SELECT rank FROM task.tasks WHERE project_id = $1", world.project_id)
    assert len({row[0] for row in ranks}) == 10


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"after_id": "other", "before_id": "other"}, "/before_id"),
        ({"after_id": "own"}, "/after_id"),
        ({"before_id": "done"}, "/before_id"),
        ({"after_id": "nothing"}, "/after_id"),
        ({"before_id": None}, "/before_id"),
        ({"status": "nowhere"}, "/status"),
        ({"rank": "a"}, ""),
    ],
)
async def test_places_that_there_are_not(
    ann: httpx.AsyncClient, new_task: NewTaskOf, body: dict[str, Any], pointer: str
) -> None:
    known = {"own": (await new_task())["id"], "other": (await new_task())["id"], "nothing": new_id()}
    known["done"] = (await new_task(status="done"))["id"]
    answer = await ann.post(
        f"/tasks/{known['own']}/move", json={name: known.get(str(value), value) for name, value in body.items()}
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


async def test_who_may_see_and_move(  # noqa: PLR0917 - everybody there is
    ann: httpx.AsyncClient,
    vera: httpx.AsyncClient,
    otto: httpx.AsyncClient,
    as_person: As,
    new_task: NewTaskOf,
    world: World,
) -> None:
    ids = await made(new_task, "ab")
    path = f"/tasks/{ids['a']}/move"
    assert await columns(vera, world) == {"todo": ["a", "b"]}
    assert (await vera.post(path, json={})).status_code == 403
    assert (await otto.post(path, json={})).status_code == 404
    for board in (world.project_id, world.hidden_project_id, new_id(), "board"):
        assert (await otto.get(f"/boards/{board}")).status_code == 404
        assert (await otto.get(f"/boards/{board}/columns/todo")).status_code == 404
    assert (await ann.post(path, json={}, headers={"If-Match": '"2"'})).status_code == 412
    narrow = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    assert (await narrow.post(path, json={})).status_code == 403
    key = {"Idempotency-Key": new_id()}
    first, again = [await ann.post(path, json={}, headers=key) for _ in range(2)]
    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    await ann.delete(f"/tasks/{ids['a']}")
    assert (await ann.post(path, json={})).status_code == 404
    assert await columns(ann, world) == {"todo": ["b"]}
    await world.archive()
    assert (await ann.post(f"/tasks/{ids['b']}/move", json={})).status_code == 409
