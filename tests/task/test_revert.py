"""Undoing changes, one by one or all of a request, as long as nothing moved on."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from taskyard.contracts.task import TASK_UPDATED
from taskyard.kit.changelog import FieldChange
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.task.actions.revert import _undo_fields
from taskyard.task.errors import ChangeNotRevertible
from taskyard.task.models.history import PastChange

from .conftest import As, NewTaskOf, World
from .test_history import activity


async def newest(client: httpx.AsyncClient, task: dict[str, Any]) -> str:
    """The way to undo the latest change of a task."""
    return f"/changes/{(await activity(client, task))[0]['id']}/revert"


async def test_a_change_is_undone_as_a_change_of_its_own(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task = await new_task(due_on="2027-01-02")
    path = f"/tasks/{task['id']}"
    await ann.patch(path, json={"title": "New", "due_at": "2027-01-02T10:00:00Z", "status": "done"})
    undo = await newest(ann, task)
    await ann.patch(path, json={"priority": "high"})
    undone = await ann.post(undo)

    assert (undone.status_code, undone.headers["etag"]) == (200, '"4"')
    same = {name: value for name, value in task.items() if name not in {"version", "updated_at", "priority"}}
    assert {name: undone.json()[name] for name in same} == same
    assert undone.json()["priority"] == "high"
    last = (await activity(ann, task))[0]
    assert (last["origin"], last["type"]) == ("revert", "task.transitioned.v1")
    assert last["changes"]["title"] == {"from": "New", "to": "Mend the roof"}
    assert (await ann.post(await newest(ann, task))).json()["title"] == "New"


async def test_what_moved_on_is_named_and_nothing_is_undone(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task = await new_task()
    await ann.patch(f"/tasks/{task['id']}", json={"title": "New", "priority": "low", "estimate": 3})
    undo = await newest(ann, task)
    moved = (await ann.patch(f"/tasks/{task['id']}", json={"title": "Newer", "estimate": 4})).json()
    refused = await ann.post(undo)

    assert (refused.status_code, refused.json()["code"]) == (409, "change_moved_on")
    assert refused.json()["detail"] == "Changed again since: title, estimate."
    assert (await ann.get(f"/tasks/{task['id']}")).json() == moved


async def test_deletion_restoration_and_creation_are_undone(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task = await new_task()
    path = f"/tasks/{task['id']}"
    made = await newest(ann, task)
    await ann.delete(path)
    await ann.post(f"{path}/restore")
    restored = await newest(ann, task)
    deletion = f"/changes/{(await activity(ann, task))[1]['id']}/revert"

    assert (await ann.post(restored)).status_code == 204
    assert (await ann.post(deletion)).json()["version"] == 5
    assert (await ann.post(deletion)).json()["code"] == "task_not_in_trash"
    assert (await ann.post(made)).status_code == 204
    assert (await ann.get(path)).status_code == 404


async def test_a_parent_is_given_back_unless_it_would_close_a_circle(
    ann: httpx.AsyncClient, new_task: NewTaskOf
) -> None:
    one, other = await new_task(), await new_task()
    await ann.patch(f"/tasks/{one['id']}", json={"parent_id": other["id"]})
    await ann.patch(f"/tasks/{one['id']}", json={"parent_id": None})
    undo = await newest(ann, one)
    await ann.patch(f"/tasks/{other['id']}", json={"parent_id": one["id"]})
    refused = await ann.post(undo)
    await ann.patch(f"/tasks/{other['id']}", json={"parent_id": None})

    assert (refused.status_code, refused.json()["code"]) == (409, "circular_tasks")
    assert (await ann.post(undo)).json()["parent_id"] == other["id"]


async def test_what_is_no_change_of_a_task_is_not_undone(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task = await new_task()
    await ann.post(f"/tasks/{task['id']}/checklist", json={"title": "Step"})
    refused = await ann.post(await newest(ann, task))

    assert (refused.status_code, refused.json()["code"]) == (409, "change_not_revertible")
    for name in ("x", "0", "9" * 18, "9" * 40, "²"):
        assert (await ann.post(f"/changes/{name}/revert")).json()["code"] == "change_not_found"


async def test_undoing_is_for_who_may_change_the_task(
    as_person: As, vera: httpx.AsyncClient, ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task, otto = await new_task(), as_person(world.otto)
    await ann.patch(f"/tasks/{task['id']}", json={"title": "New"})
    undo, key = await newest(ann, task), {"Idempotency-Key": "key"}
    reader = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    for client, status in ((vera, 403), (otto, 404), (reader, 403), (as_person(None), 401)):
        assert (await client.post(undo)).status_code == status
        assert (await client.post("/changes/revert", json={"request_id": "x"})).status_code in {404, status}
    answers = [await ann.post(undo, headers=key) for _ in range(2)]
    await world.revoke(world.ann)

    assert answers[1].headers["idempotency-replayed"] == "true"
    assert (await ann.post(undo, headers=key)).status_code == 404


@pytest.fixture
def request_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Let all requests bear one id, as a client would give it."""

    def named(name: str) -> str:
        monkeypatch.setattr("taskyard.kit.requests.request_id_of", lambda _: name)
        return name

    return named


async def test_a_request_is_undone_as_a_whole(
    ann: httpx.AsyncClient, new_task: NewTaskOf, request_of: Callable[[str], str], as_person: As, world: World
) -> None:
    one, other = await new_task(), await new_task()
    name = request_of(new_id())
    await ann.patch(f"/tasks/{one['id']}", json={"title": "First"})
    await ann.patch(f"/tasks/{one['id']}", json={"title": "Second", "parent_id": other["id"]})
    await ann.delete(f"/tasks/{other['id']}")
    new = await new_task()
    request_of("")
    body, key = {"request_id": name}, {"Idempotency-Key": "key"}
    not_his = await as_person(world.bob).post("/changes/revert", json=body)
    undone = await ann.post("/changes/revert", json=body, headers=key)

    assert not_his.status_code == 404
    assert (undone.status_code, set(undone.json()["task_ids"])) == (200, {one["id"], other["id"], new["id"]})
    assert [(await ann.get(f"/tasks/{task['id']}")).status_code for task in (one, other, new)] == [200, 200, 404]
    back = (await ann.get(f"/tasks/{one['id']}")).json()
    assert (back["title"], back["parent_id"]) == ("Mend the roof", None)
    assert (await ann.post("/changes/revert", json=body, headers=key)).headers["idempotency-replayed"] == "true"
    await world.revoke(world.ann)
    assert (await ann.post("/changes/revert", json=body, headers=key)).status_code == 404


async def test_a_change_that_no_patch_can_say_cannot_be_undone(world: World) -> None:
    caller, names = Principal(id=world.ann, session_id=new_id()), {"number": FieldChange(1, 2)}
    change = PastChange(1, TASK_UPDATED, new_id(), world.workspace_id, "", world.ann, names)
    with pytest.raises(ChangeNotRevertible):
        async with world.task.transaction() as tx:
            await _undo_fields(tx, caller, change)


async def test_of_a_request_all_or_nothing_is_undone(
    ann: httpx.AsyncClient, new_task: NewTaskOf, request_of: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await new_task(), await new_task()
    name = request_of(new_id())
    for task in (one, other):
        await ann.patch(f"/tasks/{task['id']}", json={"title": "New"})
    request_of("")
    await ann.patch(f"/tasks/{one['id']}", json={"title": "Newer"})
    refused = await ann.post("/changes/revert", json={"request_id": name})

    assert refused.json()["code"] == "change_moved_on"
    assert (await ann.get(f"/tasks/{other['id']}")).json()["title"] == "New"
    monkeypatch.setattr("taskyard.task.actions.revert.MOST_CHANGES", 1)
    assert (await ann.post("/changes/revert", json={"request_id": name})).json()["code"] == "change_not_revertible"
    assert (await ann.post("/changes/revert", json={"request_id": ""})).status_code == 422
