"""Reading one task, and lists of them."""

from typing import Any

import httpx
import pytest

from .conftest import As, NewTaskOf, World

NOBODY_HAS = "0190a000-0000-7000-8000-000000000000"


async def test_task_is_read_by_id_and_by_key(vera: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    task = await new_task()
    by_id = await vera.get(f"/tasks/{task['id']}")
    by_key = await vera.get("/tasks/ops-1", params={"workspace": world.slug})

    assert by_id.json() == by_key.json() == task
    assert (by_id.status_code, by_id.headers["etag"]) == (200, '"1"')


async def test_unchanged_task_is_not_sent_again(vera: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    response = await vera.get(f"/tasks/{(await new_task())['id']}", headers={"If-None-Match": '"1"'})

    assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", '"1"')


async def test_key_without_workspace_is_malformed(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    await new_task()
    response = await ann.get("/tasks/OPS-1")

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/workspace")


@pytest.mark.parametrize(
    "ref", ["OPS-99", "NOPE-1", "OPS-99999999999", "%00", "x", "OPS-1%0A", "0190a000-0000-7000-8000-000000000000"]
)
async def test_reference_to_nothing_is_not_found(ann: httpx.AsyncClient, world: World, ref: str) -> None:
    for method in ("GET", "DELETE"):
        response = await ann.request(method, f"/tasks/{ref}", params={"workspace": world.slug})
        assert (response.status_code, response.json()["code"]) == (404, "task_not_found")


async def test_impossible_workspace_is_not_found(ann: httpx.AsyncClient) -> None:
    assert (await ann.get("/tasks/OPS-1?workspace=%00")).status_code == 404


async def test_outsider_finds_nothing(otto: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    task = await new_task()

    assert (await otto.get(f"/tasks/{task['id']}")).status_code == 404
    assert (await otto.get(f"/tasks/OPS-1?workspace={world.slug}")).status_code == 404
    assert (await otto.get("/tasks")).json() == {"items": [], "next_cursor": None}
    assert (await otto.get("/trash")).json() == {"items": [], "next_cursor": None}


async def test_list_of_an_invisible_project_is_not_found(otto: httpx.AsyncClient, world: World) -> None:
    response = await otto.get("/tasks", params={"project_id": world.project_id})

    assert (response.status_code, response.json()["code"]) == (404, "project_not_found")


async def test_list_of_an_empty_project_is_empty(vera: httpx.AsyncClient, world: World) -> None:
    response = await vera.get("/tasks", params={"project_id": world.project_id})

    assert (response.status_code, response.json()) == (200, {"items": [], "next_cursor": None})


async def test_list_holds_what_was_changed_last_first(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    first, second = await new_task(), await new_task()
    await ann.patch(f"/tasks/{first['id']}", json={"title": "Changed"})

    assert [task["id"] for task in (await ann.get("/tasks")).json()["items"]] == [first["id"], second["id"]]


async def _walk(client: httpx.AsyncClient, **query: Any) -> list[int]:
    """The numbers of the tasks on all pages of a list."""
    numbers: list[int] = []
    cursor: str | None = None
    while True:
        params = {**query, "limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await client.get("/tasks", params=params)).json()
        numbers += [task["number"] for task in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return numbers


@pytest.mark.parametrize("column", ["updated_at", "created_at", "number"])
@pytest.mark.parametrize("descending", [True, False])
async def test_pages_hold_every_task_once_in_order(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, column: str, *, descending: bool
) -> None:
    for _ in range(8):
        await new_task()
    sort = f"-{column}" if descending else column
    expected = list(range(8, 0, -1) if descending else range(1, 9))

    assert await _walk(ann, sort=sort, project_id=world.project_id) == expected
    if column != "number":
        assert await _walk(ann, sort=sort) == expected


async def test_list_is_filtered(as_person: As, new_task: NewTaskOf, world: World) -> None:
    await new_task(status="done", assignee_ids=[world.bob])
    await new_task(assignee_ids=[world.bob, world.ann])
    await new_task(status="done")
    bob = as_person(world.bob)

    assert await _walk(bob, status="done") == [3, 1]
    assert await _walk(bob, assignee="me") == [2, 1]
    assert await _walk(bob, assignee=world.ann, project_id=world.project_id) == [2]
    assert await _walk(bob, assignee="me", status="done", project_id=world.project_id) == [1]


async def test_list_merges_projects(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    await world.grant(world.ann, world.hidden_project_id, "member")
    for n in range(8):
        await new_task(project_id=world.hidden_project_id if n % 2 else world.project_id, title=str(n))

    tasks = (await ann.get("/tasks", params={"limit": 5})).json()["items"]
    assert [task["title"] for task in tasks] == ["7", "6", "5", "4", "3"]


async def test_credential_limited_to_a_project_lists_only_that(
    as_person: As, new_task: NewTaskOf, world: World
) -> None:
    await world.grant(world.ann, world.hidden_project_id, "member")
    await new_task()
    await new_task(project_id=world.hidden_project_id)
    limited = as_person(world.ann, project_ids=frozenset({world.project_id}))

    assert [task["key"] for task in (await limited.get("/tasks")).json()["items"]] == ["OPS-1"]
    assert (await limited.get("/tasks", params={"project_id": world.hidden_project_id})).status_code == 404


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=many", "/limit"),
        ("sort=description", "/sort"),
        ("sort=,", "/sort"),
        ("sort=due,priority,number,title,estimate,status", "/sort"),
        ("sort=due&filter=order by due", "/sort"),
        ("count=many", "/count"),
        ("filter=colour = red", "/filter"),
        ("filter=order by number", "/filter"),
        ("sort=number", "/sort"),
        ("project_id=OPS", "/project_id"),
        ("assignee=somebody", "/assignee"),
        ("status=%00", "/status"),
        ("cursor=abc", "/cursor"),
        ("colour=red", "/colour"),
    ],
)
async def test_malformed_query_names_the_parameter(ann: httpx.AsyncClient, query: str, pointer: str) -> None:
    response = await ann.get(f"/tasks?{query}")

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_cursor_of_another_list_is_refused(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    await new_task()
    await new_task()
    cursor = (await ann.get("/tasks?limit=1")).json()["next_cursor"]

    assert (await ann.get("/tasks", params={"cursor": cursor, "limit": 1})).status_code == 200
    assert (await ann.get("/tasks", params={"cursor": cursor, "sort": "updated_at"})).status_code == 422
