"""The small steps of a task: in the order that people give them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from taskyard.kit.ids import new_id

from .conftest import As, NewTaskOf, World

NewItem = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def path(new_task: NewTaskOf) -> str:
    return f"/tasks/{(await new_task())['id']}/checklist"


@pytest.fixture
def new_item(ann: httpx.AsyncClient, path: str) -> NewItem:
    """Add a step to the task of ``path`` as Ann."""

    async def create(title: str, **fields: Any) -> dict[str, Any]:
        response = await ann.post(path, json={"title": title, **fields})
        assert response.status_code == 201, response.text
        item: dict[str, Any] = response.json()
        return item

    return create


async def titles(client: httpx.AsyncClient, path: str) -> str:
    return "".join(item["title"] for item in (await client.get(path)).json()["items"])


async def test_a_step_is_added_ticked_off_and_taken_away(
    ann: httpx.AsyncClient, path: str, new_item: NewItem, world: World
) -> None:
    item = await new_item(" Buy tiles ")
    one = f"{path}/{item['id']}"
    done = await ann.patch(one, json={"is_done": True}, headers={"If-Match": '"1"'})
    same = await ann.patch(one, json={"is_done": True, "title": "Buy tiles"})
    gone = await ann.delete(one, headers={"If-Match": '"2"'})

    assert (item["title"], item["is_done"], item["version"]) == ("Buy tiles", False, 1)
    assert (done.json()["is_done"], done.headers["etag"], same.json()) == (True, '"2"', done.json())
    assert (gone.status_code, (await ann.get(one)).status_code) == (204, 404)
    assert await world.events_of(item["id"]) == [
        ("checklist_item.created.v1", 1, {}),
        ("checklist_item.updated.v1", 2, {"is_done": {"from": False, "to": True}}),
        ("checklist_item.deleted.v1", 3, {}),
    ]


async def test_steps_are_read_in_pages_and_each_by_its_tag(
    ann: httpx.AsyncClient, path: str, new_item: NewItem
) -> None:
    made = [await new_item(title) for title in "abc"]
    first = (await ann.get(path, params={"limit": 2})).json()
    rest = (await ann.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    unchanged = await ann.get(f"{path}/{made[0]['id']}", headers={"If-None-Match": '"1"'})

    assert first["items"] + rest["items"] == made
    assert (await ann.get(f"{path}/{made[0]['id']}")).json() == made[0]
    assert unchanged.status_code == 304


async def test_steps_are_moved_and_stay_where_they_are_put(
    ann: httpx.AsyncClient, path: str, new_item: NewItem
) -> None:
    a, b, c = [await new_item(title) for title in "abc"]
    await new_item("d", after_id=a["id"])
    await new_item("e", after_id=None)
    assert await titles(ann, path) == "eadbc"

    await ann.patch(f"{path}/{c['id']}", json={"after_id": None})
    await ann.patch(f"{path}/{a['id']}", json={"after_id": b["id"]})
    assert await titles(ann, path) == "cedba"
    stays = await ann.patch(f"{path}/{b['id']}", json={"after_id": (await ann.get(path)).json()["items"][2]["id"]})
    first = await ann.patch(f"{path}/{c['id']}", json={"after_id": None})
    assert (stays.json()["version"], first.json()["version"]) == (1, 2)


async def test_parallel_moves_leave_one_order(ann: httpx.AsyncClient, path: str, new_item: NewItem) -> None:
    items = [await new_item(title) for title in "abcd"]
    answers = await asyncio.gather(
        *(ann.patch(f"{path}/{item['id']}", json={"after_id": None}) for item in items),
        *(ann.post(path, json={"title": "e", "after_id": None}) for _ in range(4)),
    )

    assert {answer.status_code for answer in answers} == {200, 201}
    assert sorted(await titles(ann, path)) == sorted("abcdeeee")


async def test_a_checklist_has_an_end(ann: httpx.AsyncClient, path: str, new_item: NewItem, world: World) -> None:
    item = await new_item("one")
    await world.owner.execute(
        """
        INSERT INTO task.checklist_items (workspace_id, id, task_id, title, rank, created_by, created_at, updated_at)
        SELECT i.workspace_id, gen_random_uuid(), i.task_id, 'x', 'a' || n, i.created_by, i.created_at, i.created_at
          FROM task.checklist_items i, generate_series(1, 199) n WHERE i.id = $1
        """,
        item["id"],
    )
    response = await ann.post(path, json={"title": "too much"})

    assert (response.status_code, response.json()["code"]) == (409, "checklist_full")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": " "}, "/title"),
        ({"title": "x", "after_id": "first"}, "/after_id"),
        ({"title": "x", "after_id": new_id()}, "/after_id"),
        ({"title": "x", "rank": "a"}, "/rank"),
        ({"title": None}, "/title"),
    ],
)
async def test_malformed_step_names_the_field(
    ann: httpx.AsyncClient, path: str, new_item: NewItem, body: dict[str, Any], pointer: str
) -> None:
    item = await new_item("a")
    answers = [await ann.post(path, json=body), await ann.patch(f"{path}/{item['id']}", json=body)]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert {answer.json()["errors"][0]["pointer"] for answer in answers} == {pointer}
    itself = await ann.patch(f"{path}/{item['id']}", json={"after_id": item["id"]})
    assert (itself.status_code, (await ann.patch(f"{path}/x", json={"is_done": True})).status_code) == (422, 404)


async def test_a_stale_version_is_refused(ann: httpx.AsyncClient, path: str, new_item: NewItem) -> None:
    one = f"{path}/{(await new_item('a'))['id']}"
    headers = {"If-Match": '"7"'}
    answers = [await ann.patch(one, json={"is_done": True}, headers=headers), await ann.delete(one, headers=headers)]

    assert [answer.status_code for answer in answers] == [412, 412]


async def test_steps_are_for_who_may_change_the_task(
    as_person: As, vera: httpx.AsyncClient, path: str, new_item: NewItem, world: World
) -> None:
    one, otto = f"{path}/{(await new_item('a'))['id']}", as_person(world.otto)
    reader = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    for client, status in ((vera, 403), (otto, 404), (reader, 403), (as_person(None), 401)):
        answers = [
            await client.post(path, json={"title": "x"}),
            await client.patch(one, json={"is_done": True}),
            await client.delete(one),
        ]
        assert [answer.status_code for answer in answers] == [status] * 3
    for client, status in ((vera, 200), (otto, 404), (reader, 200)):
        assert [(await client.get(url)).status_code for url in (path, one)] == [status] * 2


async def test_archived_project_keeps_its_checklists_and_the_trash_hides_them(
    ann: httpx.AsyncClient, path: str, new_item: NewItem, world: World
) -> None:
    item = await new_item("a")
    one = f"{path}/{item['id']}"
    await ann.delete(path.removesuffix("/checklist"))
    assert [(await ann.get(url)).status_code for url in (path, one)] == [404, 404]
    assert (await ann.post(path, json={"title": "b"})).json()["code"] == "task_not_found"
    await ann.post(path.replace("checklist", "restore"))
    await world.archive()

    answers = [await ann.post(path, json={"title": "b"}), await ann.delete(one)]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "project_archived")}
    assert (await ann.get(one)).json() == item


async def test_a_repeated_request_counts_once_and_only_for_who_may(
    ann: httpx.AsyncClient, path: str, world: World
) -> None:
    requests: list[tuple[str, str, Any]] = [("POST", path, {"title": "a"})]
    item = (await ann.post(path, json={"title": "a"}, headers={"Idempotency-Key": "key"})).json()
    requests += [("PATCH", f"{path}/{item['id']}", {"is_done": True}), ("DELETE", f"{path}/{item['id']}", None)]
    for method, url, body in requests:
        answers = [await ann.request(method, url, json=body, headers={"Idempotency-Key": "key"}) for _ in range(2)]
        assert answers[1].headers["idempotency-replayed"] == "true"
        assert answers[0].content == answers[1].content
    await world.revoke(world.ann)
    for method, url, body in requests:
        assert (await ann.request(method, url, json=body, headers={"Idempotency-Key": "key"})).status_code == 404
